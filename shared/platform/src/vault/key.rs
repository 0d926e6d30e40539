//! Keys and their public names.

use std::fmt;

use aes_gcm::{Aes256Gcm, KeyInit};
use sha2::{Digest, Sha256};

use super::{VaultError, sealed};
use crate::Secret;

pub(super) const KEY_ID_BYTES: usize = 8;

/// Names a key without giving it away: the first 8 bytes of a domain-separated SHA-256 of it. Shown in hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub(super) [u8; KEY_ID_BYTES]);

impl KeyId {
    /// The key that a value was sealed under, as the value says.
    ///
    /// # Errors
    /// [`VaultError::Truncated`] or [`VaultError::UnknownVersion`].
    pub fn of_sealed(sealed: &[u8]) -> Result<Self, VaultError> {
        sealed::split(sealed).map(|(header, ..)| header.key)
    }

    /// The key that a value was sealed under, of which only the first bytes are at hand.
    ///
    /// # Errors
    /// [`VaultError::Truncated`] or [`VaultError::UnknownVersion`].
    pub fn of_prefix(prefix: &[u8]) -> Result<Self, VaultError> {
        sealed::header(prefix).map(|header| header.key)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A key, expanded for use. The cipher wipes its key schedule when it is dropped.
pub(super) struct Key {
    pub(super) id: KeyId,
    pub(super) cipher: Aes256Gcm,
}

impl Key {
    pub(super) fn new(key: &Secret<[u8; 32]>) -> Self {
        let digest = Sha256::new()
            .chain_update(b"blockbotx vault key id\0")
            .chain_update(key.expose())
            .finalize();
        let mut id = [0; KEY_ID_BYTES];
        id.copy_from_slice(&digest[..KEY_ID_BYTES]);
        Self {
            id: KeyId(id),
            cipher: Aes256Gcm::new(key.expose().into()),
        }
    }
}
