use chrono::{DateTime, Utc};
use http::HeaderMap;
use platform::Secret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{PROOF_HEADER, SIGNATURE_HEADER};
use crate::stripe::WebhookVerifier;

/// What a signal says of where it comes from.
#[derive(Debug)]
pub enum Proof {
    /// A signature over its time and its body.
    Signature(String),
    /// The secret itself.
    Secret(Secret<String>),
    /// Nothing, or several things of one kind.
    None,
}

impl Proof {
    /// What the headers say, or else the body. A signature counts before a secret.
    pub fn of(headers: &HeaderMap, in_body: Option<Secret<String>>) -> Self {
        let only = |name| {
            let mut values = headers.get_all(name).iter();
            match (values.next(), values.next()) {
                (None, _) => Some(None),
                (Some(only), None) => only.to_str().ok().map(|text| Some(text.to_owned())),
                (Some(_), Some(_)) => None,
            }
        };
        match (only(SIGNATURE_HEADER), only(PROOF_HEADER)) {
            (Some(Some(signature)), _) => Self::Signature(signature),
            (Some(None), Some(Some(secret))) => Self::Secret(Secret::new(secret)),
            (Some(None), Some(None)) => in_body.map_or(Self::None, Self::Secret),
            _ => Self::None,
        }
    }

    /// The time that a signature names, in seconds.
    pub fn signed_at(&self) -> Option<&str> {
        let Self::Signature(header) = self else {
            return None;
        };
        let mut parts = header.split(',');
        parts.find_map(|part| part.trim().strip_prefix("t="))
    }
}

/// Whether it fits a secret. Takes as long whether or not it does, and where there is none to fit.
pub fn proven(
    proof: &Proof,
    secret: Option<&Secret<Vec<u8>>>,
    body: &[u8],
    now: DateTime<Utc>,
) -> bool {
    let nobody = [0; 1];
    let known = secret.map_or(nobody.as_slice(), |secret| secret.expose());
    let fits = match proof {
        Proof::Signature(header) => {
            // A secret of ours is text.
            let text = Secret::new(String::from_utf8_lossy(known).into_owned());
            WebhookVerifier::new(&text)
                .verify(header, body, now)
                .is_ok()
        }
        // Digests are of one length: how far two of them agree says nothing about the secret.
        Proof::Secret(given) => {
            let (given, known) = (Sha256::digest(given.expose()), Sha256::digest(known));
            given.ct_eq(&known).into()
        }
        Proof::None => false,
    };
    fits && secret.is_some()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use hmac::{Hmac, KeyInit, Mac};
    use http::{HeaderMap, HeaderValue};
    use platform::Secret;
    use sha2::Sha256;

    use super::{Proof, proven};

    const BODY: &[u8] = br#"{"action":"enter_long"}"#;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn known() -> Secret<Vec<u8>> {
        Secret::new(b"bbs_known".to_vec())
    }

    fn signed(secret: &str, time: i64) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let mac = mac.chain_update(time.to_string()).chain_update(".");
        let mac = mac.chain_update(BODY).finalize().into_bytes();
        format!("t={time},v1={}", hex::encode(mac))
    }

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in of {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn the_secret_itself_fits_in_the_header_or_in_the_body() {
        let in_body = || Some(Secret::from("bbs_known"));
        for (of, in_body, fits) in [
            (vec![], in_body(), true),
            (vec![("x-signal-secret", "bbs_known")], None, true),
            (vec![("x-signal-secret", "bbs_known2")], in_body(), false),
            (vec![("x-signal-secret", "bbs_know")], None, false),
            (vec![("x-signal-secret", "")], None, false),
            (vec![], None, false),
            (
                vec![
                    ("x-signal-secret", "bbs_known"),
                    ("x-signal-secret", "bbs_known"),
                ],
                in_body(),
                false,
            ),
        ] {
            let proof = Proof::of(&headers(&of), in_body);
            assert_eq!(proven(&proof, Some(&known()), BODY, now()), fits, "{of:?}");
            assert!(!proven(&proof, None, BODY, now()));
        }
    }

    #[test]
    fn nothing_fits_where_there_is_no_secret() {
        let proof = Proof::Secret(Secret::from("\0"));
        assert!(!proven(&proof, None, BODY, now()));
    }

    #[test]
    fn a_signature_fits_its_body_and_its_time() {
        let time = now().timestamp();
        let sent = |header: &str| Proof::of(&headers(&[("x-signal-signature", header)]), None);
        let good = sent(&signed("bbs_known", time));
        assert_eq!(good.signed_at(), Some("1800000000"));
        assert!(proven(&good, Some(&known()), BODY, now()));
        assert!(!proven(&good, Some(&known()), b"{}", now()));
        assert!(!proven(
            &good,
            Some(&known()),
            BODY,
            now() + TimeDelta::seconds(301)
        ));
        assert!(!proven(
            &sent(&signed("other", time)),
            Some(&known()),
            BODY,
            now()
        ));
        let (_, without_time) = signed("bbs_known", time)
            .split_once(',')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        assert!(!proven(&sent(&without_time), Some(&known()), BODY, now()));
        // A wrong signature is not made good by the secret.
        let both = headers(&[
            ("x-signal-signature", "t=1,v1=00"),
            ("x-signal-secret", "bbs_known"),
        ]);
        let both = Proof::of(&both, Some(Secret::from("bbs_known")));
        assert!(!proven(&both, Some(&known()), BODY, now()));
    }
}
