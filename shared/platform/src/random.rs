//! Randomness for secrets and ids, from the operating system.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::Secret;

/// `N` random bytes.
///
/// # Panics
/// If the operating system has no randomness to give: nothing may go on with a guessable secret.
#[expect(
    clippy::expect_used,
    reason = "without randomness no secret may be made"
)]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// An opaque token of `N` random bytes, base64url without padding.
pub fn token<const N: usize>() -> Secret<String> {
    Secret::new(URL_SAFE_NO_PAD.encode(bytes::<N>()))
}
