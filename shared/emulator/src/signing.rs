//! Signatures and timestamps of requests.

use hmac::{Hmac, KeyInit, Mac};
use platform::Secret;
use sha2::Sha256;
use trading::order::Millis;

use crate::error::ApiError;

/// How long a request is good for when it does not say so, in milliseconds.
const DEFAULT_WINDOW: Millis = 5_000;
/// The longest that a request may be good for, in milliseconds.
const LONGEST_WINDOW: Millis = 60_000;
/// How far in the future a timestamp may lie, in milliseconds.
const MOST_AHEAD: Millis = 1_000;

/// HMAC-SHA256 of a payload, in hexadecimal: the value of `signature`.
pub fn signature(secret_key: &str, payload: &str) -> String {
    hex::encode(mac(secret_key, payload).finalize().into_bytes())
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac(secret_key: &str, payload: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret_key.as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(payload.as_bytes());
    mac
}

/// Tests the signature of a payload.
///
/// # Errors
/// [`ApiError::Signature`] when it is not that of the payload under this key.
pub(crate) fn verify(
    secret_key: &Secret<String>,
    payload: &str,
    signature: &str,
) -> Result<(), ApiError> {
    let given = hex::decode(signature).map_err(|_| ApiError::Signature)?;
    mac(secret_key.expose(), payload)
        .verify_slice(&given)
        .map_err(|_| ApiError::Signature)
}

/// When a request was made and how long it is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    timestamp: Millis,
    window: Millis,
}

impl Timing {
    /// Reads both, in milliseconds.
    pub(crate) fn new(timestamp: Millis, window: Option<Millis>) -> Result<Self, ApiError> {
        let window = window.unwrap_or(DEFAULT_WINDOW);
        if !(0..=LONGEST_WINDOW).contains(&window) {
            return Err(ApiError::RecvWindow);
        }
        Ok(Self { timestamp, window })
    }

    /// Tests the timestamp against the exchange's clock: on arrival and again before the matching engine.
    pub(crate) fn check(&self, now: Millis) -> Result<(), ApiError> {
        if self.timestamp >= now + MOST_AHEAD {
            return Err(ApiError::TimestampAhead);
        }
        if now - self.timestamp > self.window {
            return Err(ApiError::OutsideRecvWindow);
        }
        Ok(())
    }
}
