//! The API key of an account.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use platform::Secret;
use sha2::Sha256;

/// Longest key or secret that is taken: Binance's have 64 characters.
const LONGEST: usize = 256;

/// An API key and its secret. `Debug` shows neither.
#[derive(Clone, Debug)]
pub struct Credential {
    key: Secret<String>,
    secret: Secret<String>,
    header: HeaderValue,
}

/// A key or secret that cannot be one of Binance's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an API key and its secret are 1 to {LONGEST} letters and digits")]
pub struct CredentialError;

impl Credential {
    /// Takes a key and its secret of the kind `HMAC`.
    ///
    /// # Errors
    /// [`CredentialError`] when either is empty, too long or has other characters than letters and digits.
    pub fn new(key: Secret<String>, secret: Secret<String>) -> Result<Self, CredentialError> {
        for part in [&key, &secret] {
            let text = part.expose();
            let is_valid = (1..=LONGEST).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !is_valid {
                return Err(CredentialError);
            }
        }
        let mut header = HeaderValue::try_from(key.expose()).map_err(|_| CredentialError)?;
        header.set_sensitive(true);
        Ok(Self {
            key,
            secret,
            header,
        })
    }

    /// The signature of a payload: HMAC-SHA256 with the secret, in lower-case hexadecimal digits.
    pub fn sign(&self, payload: &str) -> String {
        let secret = self.secret.expose().as_bytes();
        // HMAC takes keys of every length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
            return String::new();
        };
        mac.update(payload.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    pub(crate) const fn key(&self) -> &Secret<String> {
        &self.key
    }

    /// The key as a header that is not shown.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}
