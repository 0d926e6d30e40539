//! The bytes of a sealed value.

use super::{KeyId, VaultError, key::KEY_ID_BYTES};

/// The format that new values are sealed in.
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES;
pub(super) const NONCE_BYTES: usize = 12;
pub(super) const TAG_BYTES: usize = 16;

/// What stands before the nonce, authenticated with the rest.
#[derive(Clone, Copy)]
pub(super) struct Header {
    pub(super) key: KeyId,
}

impl Header {
    pub(super) fn new(key: KeyId) -> Self {
        Self { key }
    }

    pub(super) fn bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [VERSION; HEADER_BYTES];
        bytes[1..].copy_from_slice(&self.key.0);
        bytes
    }
}

type Parts<'a> = (Header, [u8; NONCE_BYTES], &'a [u8], [u8; TAG_BYTES]);

/// Header, nonce, ciphertext and tag.
pub(super) fn split(sealed: &[u8]) -> Result<Parts<'_>, VaultError> {
    match sealed.first() {
        None => return Err(VaultError::Truncated),
        Some(&VERSION) => {}
        Some(&other) => return Err(VaultError::UnknownVersion(other)),
    }
    let parts = || {
        let (key, rest) = sealed.get(1..)?.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (body, tag) = rest.split_last_chunk()?;
        Some((Header::new(KeyId(*key)), *nonce, body, *tag))
    };
    parts().ok_or(VaultError::Truncated)
}
