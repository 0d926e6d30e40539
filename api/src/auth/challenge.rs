//! Between a right password and the second factor: proof of the first, for a short while and for nothing else.
//!
//! Not stored: it is worth nothing without a code, which is good once. It is bound to the password's hash, so that a
//! changed password voids it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use platform::{Secret, ids::UserId};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::keys::Keys;

/// How long one is good.
pub const TTL: Duration = Duration::minutes(5);

const PURPOSE: &str = "login challenge";

/// What a challenge says, not believed before [`Challenge::is_genuine`].
pub struct Challenge {
    /// Whose password was right.
    pub user: UserId,
    expires_at_ms: i64,
    tag: [u8; 32],
}

impl Challenge {
    /// The text of a new one, and its end.
    pub fn issue(
        keys: &Keys,
        user: UserId,
        password_hash: &Secret<String>,
        now: DateTime<Utc>,
    ) -> (Secret<String>, DateTime<Utc>) {
        let expires_at = now + TTL;
        let ms = expires_at.timestamp_millis();
        let tag = tag(keys, user, ms, password_hash);
        let bytes = [
            user.0.as_bytes().as_slice(),
            ms.to_be_bytes().as_slice(),
            tag.as_slice(),
        ]
        .concat();
        (Secret::new(URL_SAFE_NO_PAD.encode(bytes)), expires_at)
    }

    /// Reads a text that may be one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (user, rest) = bytes.split_first_chunk::<16>()?;
        let (ms, tag) = rest.split_first_chunk::<8>()?;
        Some(Self {
            user: UserId(Uuid::from_bytes(*user)),
            expires_at_ms: i64::from_be_bytes(*ms),
            tag: tag.try_into().ok()?,
        })
    }

    /// Whether we issued it to this user, for the password that the user has now, and not too long ago.
    pub fn is_genuine(
        &self,
        keys: &Keys,
        password_hash: &Secret<String>,
        now: DateTime<Utc>,
    ) -> bool {
        let expected = tag(keys, self.user, self.expires_at_ms, password_hash);
        bool::from(self.tag.ct_eq(&expected)) && now.timestamp_millis() < self.expires_at_ms
    }
}

fn tag(keys: &Keys, user: UserId, expires_at_ms: i64, password_hash: &Secret<String>) -> [u8; 32] {
    keys.hash(
        PURPOSE,
        &[
            user.0.as_bytes(),
            &expires_at_ms.to_be_bytes(),
            password_hash.expose().as_bytes(),
        ],
    )
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration};
    use platform::{Secret, ids::UserId};

    use super::{Challenge, Keys, TTL};

    #[test]
    fn it_is_good_for_its_user_its_password_and_five_minutes() {
        let now = DateTime::from_timestamp_millis(1_760_000_000_123).unwrap();
        let (keys, hash) = (Keys::derive(&"one".into()), Secret::from("$argon2id$one"));
        let user = UserId::new(now);
        let (text, until) = Challenge::issue(&keys, user, &hash, now);
        let challenge = Challenge::parse(text.expose()).unwrap();
        assert_eq!(challenge.user, user);
        assert!(challenge.is_genuine(&keys, &hash, now));
        assert!(challenge.is_genuine(&keys, &hash, until - Duration::milliseconds(1)));
        assert_eq!(until, now + TTL);
        assert!(!challenge.is_genuine(&keys, &hash, until));
        assert!(!challenge.is_genuine(&keys, &"$argon2id$two".into(), now));
        assert!(!challenge.is_genuine(&Keys::derive(&"two".into()), &hash, now));
        let other = Challenge {
            user: UserId::new(now),
            ..challenge
        };
        assert!(!other.is_genuine(&keys, &hash, now));
        for text in [
            "",
            "x",
            "AAAA",
            &text.expose()[1..],
            &format!("{}AAAA", text.expose()),
        ] {
            assert!(Challenge::parse(text).is_none(), "{text}");
        }
    }
}
