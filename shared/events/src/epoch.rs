//! The epoch of the event log.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest epoch, in bytes.
pub const MAX_EPOCH_BYTES: usize = 32;

/// Changes when the database is restored from a backup, so that a client that is ahead of it starts anew.
///
/// Letters, digits, `-` and `_`: it is part of key names and of a line whose words are separated by spaces.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Epoch(Arc<str>);

/// A text that is no epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an epoch is 1 to 32 letters, digits, - and _")]
pub struct BadEpoch;

impl Epoch {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Epoch {
    type Err = BadEpoch;

    fn from_str(text: &str) -> Result<Self, BadEpoch> {
        let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        if text.is_empty() || text.len() > MAX_EPOCH_BYTES || !text.bytes().all(plain) {
            return Err(BadEpoch);
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Epoch {
    type Error = BadEpoch;

    fn try_from(text: String) -> Result<Self, BadEpoch> {
        text.parse()
    }
}

impl From<Epoch> for String {
    fn from(epoch: Epoch) -> Self {
        epoch.as_str().to_owned()
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Epoch;

    #[test]
    fn an_epoch_fits_into_a_key_and_a_header() {
        assert!("k3".parse::<Epoch>().is_ok());
        for bad in ["", "a b", "a:b", "a\n", "é", &"x".repeat(33)] {
            assert!(bad.parse::<Epoch>().is_err(), "{bad:?}");
        }
        assert!(serde_json::from_str::<Epoch>(r#""a b""#).is_err());
    }
}
