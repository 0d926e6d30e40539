//! The second factor: time-based codes (RFC 6238; SHA-1, 6 digits, 30 s, one step either way) and recovery codes.
//!
//! SHA-1, because authenticator apps silently ignore any other choice.

mod recovery;

use chrono::{DateTime, Utc};
use totp_rs::Builder;

pub use recovery::{RECOVERY_CODES, RecoveryHash, recovery_codes, recovery_hash};

use crate::{Secret, random};

const ISSUER: &str = "BlockbotX";
const SECRET_BYTES: usize = 20;

/// The stored bytes are not a TOTP secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored TOTP secret is not {SECRET_BYTES} bytes long")]
pub struct TotpSecretError;

/// A name that cannot label an `otpauth://` URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the account's name is empty or holds a colon")]
pub struct TotpAccountError;

/// The secret that a user's authenticator app shares with us: 160 bits, as RFC 4226 recommends.
#[derive(Debug, Clone)]
pub struct TotpSecret(Secret<[u8; SECRET_BYTES]>);

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotpVerdict {
    /// Valid now and never used: its step of 30 s since 1970.
    Right(i64),
    /// Valid now, but it, or a newer one, was used before: somebody has seen it.
    Replayed,
    /// No code of this moment.
    Wrong,
}

impl TotpSecret {
    /// A fresh secret.
    pub fn generate() -> Self {
        Self(Secret::new(random::bytes()))
    }

    /// The secret out of what [`TotpSecret::to_bytes`] gave.
    ///
    /// # Errors
    /// When the length is wrong.
    pub fn from_bytes(bytes: &Secret<Vec<u8>>) -> Result<Self, TotpSecretError> {
        let bytes = bytes.expose().as_slice().try_into();
        bytes
            .map(|bytes| Self(Secret::new(bytes)))
            .map_err(|_| TotpSecretError)
    }

    /// The secret as the vault takes it.
    pub fn to_bytes(&self) -> Secret<Vec<u8>> {
        Secret::new(self.0.expose().to_vec())
    }

    /// The secret in base32, for typing into an app.
    pub fn base32(&self) -> Secret<String> {
        Secret::new(totp_rs::Secret::from(*self.0.expose()).to_base32())
    }

    /// The `otpauth://` URI of the QR code, labelled with the user's e-mail address.
    ///
    /// # Errors
    /// When `account` is empty or holds a colon, which the format reserves.
    pub fn uri(&self, account: &str) -> Result<Secret<String>, TotpAccountError> {
        let builder = self
            .builder()
            .with_issuer(Some(ISSUER))
            .with_account_name(account);
        let uri = builder.build().and_then(|totp| totp.to_url());
        uri.map(Secret::new).map_err(|_| TotpAccountError)
    }

    /// Judges a code at `now`. Blanks within the code are ignored.
    ///
    /// Store the step of [`TotpVerdict::Right`] as the next `last_used` in the same transaction, and on the condition that
    /// the stored one is still smaller: a code works once (RFC 6238, 5.2), and so does none that is older.
    pub fn verify(&self, code: &str, now: DateTime<Utc>, last_used: Option<i64>) -> TotpVerdict {
        match self.step(code, now) {
            None => TotpVerdict::Wrong,
            Some(step) if last_used.is_none_or(|last| step > last) => TotpVerdict::Right(step),
            Some(_) => TotpVerdict::Replayed,
        }
    }

    fn step(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let code: String = code.split_whitespace().collect();
        let now = u64::try_from(now.timestamp()).ok()?;
        let step = self.builder().build().ok()?.check(&code, now)?;
        i64::try_from(step).ok()
    }

    fn builder(&self) -> Builder {
        // 6 digits, 30 s and one step either way are the crate's defaults; the vectors of the RFC hold it to them.
        Builder::new()
            .with_algorithm(totp_rs::Algorithm::SHA1)
            .with_secret(*self.0.expose())
    }
}
