//! Proof that a webhook is Stripe's: HMAC-SHA256 over `t.body`, in the header `Stripe-Signature: t=…,v1=…`.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use platform::Secret;
use sha2::Sha256;

/// How far the time of a signature may be from ours.
pub const TOLERANCE: TimeDelta = TimeDelta::seconds(300);

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is missing or malformed.
    #[error("the Stripe-Signature header is missing or malformed")]
    Malformed,
    /// It was made too long ago, or is not due yet.
    #[error("the signature's time is too far from now")]
    Untimely,
    /// None of its signatures is ours.
    #[error("no signature fits")]
    Wrong,
}

/// Checks signatures with the secret of the endpoint.
#[derive(Clone)]
pub struct WebhookVerifier(Hmac<Sha256>);

impl WebhookVerifier {
    /// Checks with this secret, `whsec_` included.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    pub fn new(secret: &Secret<String>) -> Self {
        let mac = Hmac::new_from_slice(secret.expose().as_bytes());
        Self(mac.expect("HMAC takes keys of any length"))
    }

    /// Whether the body is Stripe's and from now. Any of several `v1` may fit: while a secret is rolled, there are two.
    ///
    /// # Errors
    /// [`SignatureError`]
    pub fn verify(
        &self,
        header: &str,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(), SignatureError> {
        let (time, signatures) = parse(header).ok_or(SignatureError::Malformed)?;
        let mac = self.0.clone().chain_update(time).chain_update(b".");
        let mac = mac.chain_update(body);
        // All are tried: which one fits is told by nothing, not by the time it takes either.
        let fitting = signatures
            .iter()
            .filter(|signature| mac.clone().verify_slice(signature.as_slice()).is_ok())
            .count();
        if fitting == 0 {
            return Err(SignatureError::Wrong);
        }
        let signed_at = time
            .parse()
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .ok_or(SignatureError::Malformed)?;
        if (now - signed_at).abs() > TOLERANCE {
            return Err(SignatureError::Untimely);
        }
        Ok(())
    }
}

/// The time and the signatures of scheme `v1`; other schemes are for others.
fn parse(header: &str) -> Option<(&str, Vec<[u8; 32]>)> {
    let mut time = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        let (name, value) = part.trim().split_once('=')?;
        match name {
            "t" if time.replace(value).is_some() => return None,
            "v1" => {
                let mut signature = [0; 32];
                if hex::decode_to_slice(value, &mut signature).is_ok() {
                    signatures.push(signature);
                }
            }
            _ => {}
        }
    }
    let time = time.filter(|time| time.bytes().all(|byte| byte.is_ascii_digit()))?;
    (!time.is_empty() && !signatures.is_empty()).then_some((time, signatures))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use hmac::{Hmac, KeyInit, Mac};
    use platform::Secret;
    use sha2::Sha256;

    use super::{SignatureError, TOLERANCE, WebhookVerifier};

    const SECRET: &str = "whsec_test_secret";
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;

    fn signature(secret: &str, time: &str, body: &[u8]) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let mac = mac.chain_update(time).chain_update(".").chain_update(body);
        hex::encode(mac.finalize().into_bytes())
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn verify(header: &str, at: DateTime<Utc>) -> Result<(), SignatureError> {
        WebhookVerifier::new(&Secret::from(SECRET)).verify(header, BODY, at)
    }

    #[test]
    fn a_known_signature_fits() {
        // Made with: printf '1800000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test_secret
        let known = "8a6563dbee1eccda632491deb091d19e764aadddcd0ace8d9516599526831c89";
        assert_eq!(signature(SECRET, "1800000000", BODY), known);
        assert_eq!(verify(&format!("t=1800000000,v1={known}"), now()), Ok(()));
    }

    #[test]
    fn any_of_several_may_fit_and_other_schemes_do_not_count() {
        let good = signature(SECRET, "1800000000", BODY);
        let other = signature("whsec_other", "1800000000", BODY);
        let header = format!("t=1800000000,v1={other},v1={good},v0={other}");
        assert_eq!(verify(&header, now()), Ok(()));
        let header = format!("t=1800000000,v1={other},v0={good}");
        assert_eq!(verify(&header, now()), Err(SignatureError::Wrong));
        let header = format!("t=1800000000,v1=nonsense,v1={good}");
        assert_eq!(verify(&header, now()), Ok(()));
    }

    #[test]
    fn the_time_is_part_of_it_and_must_be_near() {
        let header = format!("t=1800000000,v1={}", signature(SECRET, "1800000000", BODY));
        for by in [TOLERANCE, -TOLERANCE] {
            assert_eq!(verify(&header, now() + by), Ok(()));
        }
        let second = TimeDelta::seconds(1);
        for by in [TOLERANCE + second, -TOLERANCE - second] {
            assert_eq!(verify(&header, now() + by), Err(SignatureError::Untimely));
        }
        let moved = header.replace("1800000000", "1800000001");
        assert_eq!(verify(&moved, now()), Err(SignatureError::Wrong));
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let good = signature(SECRET, "1800000000", BODY);
        for header in [
            String::new(),
            "t=1800000000".to_owned(),
            format!("v1={good}"),
            format!("t=,v1={good}"),
            format!("t=-1,v1={good}"),
            format!("t=1800000000,t=1800000000,v1={good}"),
            format!("t=1800000000;v1={good}"),
            "t=1800000000,v1=".to_owned(),
            format!("t=1800000000,v1={}", &good[..62]),
            format!("t=1800000000,v0={good}"),
        ] {
            assert_eq!(
                verify(&header, now()),
                Err(SignatureError::Malformed),
                "{header}"
            );
        }
        let secret = WebhookVerifier::new(&Secret::from("whsec_other"));
        let header = format!("t=1800000000,v1={good}");
        assert_eq!(
            secret.verify(&header, BODY, now()),
            Err(SignatureError::Wrong)
        );
        let changed = br#"{"id":"evt_2"}"#;
        let ours = WebhookVerifier::new(&Secret::from(SECRET));
        assert_eq!(
            ours.verify(&header, changed, now()),
            Err(SignatureError::Wrong)
        );
    }
}
