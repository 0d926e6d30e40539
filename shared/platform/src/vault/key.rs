//! Keys, ready for use.

use aes_gcm::{Aes256Gcm, KeyInit};
use sha2::{Digest, Sha256};

use super::key_id::{KEY_ID_BYTES, KeyId};
use crate::Secret;

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
