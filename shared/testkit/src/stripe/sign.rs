use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The value of `Stripe-Signature` for this body at this time, in seconds.
///
/// # Panics
/// Never: HMAC takes keys of any length.
pub fn signature(secret: &str, time: i64, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    let mac = mac.chain_update(format!("{time}.{body}"));
    format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes()))
}
