//! Keyed hashes for what must be found or proven again but not read: e-mail addresses in counters, bodies with
//! passwords behind idempotency keys, cursors.

use hmac::{Hmac, KeyInit, Mac};
use platform::Secret;
use sha2::Sha256;

/// One key, from which each purpose gets hashes of its own.
#[derive(Clone)]
pub struct Keys(Hmac<Sha256>);

impl Keys {
    /// Derives the key from the platform's signing secret.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    pub fn derive(secret: &Secret<String>) -> Self {
        let root = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
            .expect("HMAC takes keys of any length")
            .chain_update(b"blockbotx api keyed hashes v1")
            .finalize()
            .into_bytes();
        Self(Hmac::new_from_slice(&root).expect("HMAC takes keys of any length"))
    }

    /// HMAC-SHA256 over purpose and parts, each with its length before it so that no two lists of parts look alike.
    pub fn hash(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}
