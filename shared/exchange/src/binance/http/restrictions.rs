//! What the exchange says of an API key itself.

use super::models::KeyRestrictions;
use crate::{
    binance::common::urls::Urls,
    error::{Ambiguity, VenueError},
};

/// What is known of a key after the exchange at these addresses was asked. Hosts that stand for the live exchange may
/// lack the path. Of Binance's own that is a failure: a key whose permissions are not known is not one that may do
/// nothing.
pub(crate) fn told(
    answer: Result<KeyRestrictions, VenueError>,
    urls: &Urls,
) -> Result<Option<KeyRestrictions>, VenueError> {
    match answer {
        Ok(key) => Ok(Some(key)),
        Err(VenueError::Unknown(Ambiguity::Status { status: 404 }))
            if !urls.is_rest_of_binance() =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::{
        binance::{Environment, Urls},
        error::{Ambiguity, VenueError},
    };

    #[test]
    fn a_path_may_be_missing_on_hosts_that_are_not_of_binance() {
        let missing = VenueError::from(Ambiguity::Status { status: 404 });
        let failed = VenueError::from(Ambiguity::Status { status: 503 });
        for (rest, is_tolerated) in [
            ("https://api.binance.com", false),
            ("https://API4.Binance.com.", false),
            ("https://api-gcp.binance.com:443", false),
            ("https://binance.com", false),
            ("https://api.binance.com.example", true),
            ("https://notbinance.com", true),
            ("http://127.0.0.1:8080", true),
            ("http://emulator", true),
        ] {
            let (streams, api) = ("wss://stream.example", "wss://api.example");
            let urls = Urls::custom(Environment::Live, rest, streams, api).unwrap();
            let known = told(Err(missing.clone()), &urls);
            assert_eq!(matches!(known, Ok(None)), is_tolerated, "{rest}");
            assert!(told(Err(failed.clone()), &urls).is_err(), "{rest}");
        }
    }
}
