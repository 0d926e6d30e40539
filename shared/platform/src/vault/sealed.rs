//! The bytes of a sealed value.

use super::{
    VaultError,
    key_id::{KEY_ID_BYTES, KeyId},
};

/// The format that new values are sealed in.
const VERSION: u8 = 1;
/// Bytes before the nonce.
pub const HEADER_BYTES: usize = 1 + KEY_ID_BYTES;
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

impl KeyId {
    /// The key that a value was sealed under, as the value says.
    ///
    /// # Errors
    /// [`VaultError::Truncated`] or [`VaultError::UnknownVersion`].
    pub fn of_sealed(sealed: &[u8]) -> Result<Self, VaultError> {
        split(sealed).map(|(header, ..)| header.key)
    }

    /// The key that a value was sealed under, of which only the first bytes are at hand.
    ///
    /// # Errors
    /// [`VaultError::Truncated`] or [`VaultError::UnknownVersion`].
    pub fn of_prefix(prefix: &[u8]) -> Result<Self, VaultError> {
        header(prefix).map(|header| header.key)
    }
}

type Parts<'a> = (Header, [u8; NONCE_BYTES], &'a [u8], [u8; TAG_BYTES]);

/// The header of a value, of which no more than that has to be there.
pub(super) fn header(sealed: &[u8]) -> Result<Header, VaultError> {
    match sealed.first() {
        None => return Err(VaultError::Truncated),
        Some(&VERSION) => {}
        Some(&other) => return Err(VaultError::UnknownVersion(other)),
    }
    let key = sealed.get(1..).and_then(<[u8]>::first_chunk);
    key.map(|key| Header::new(KeyId(*key)))
        .ok_or(VaultError::Truncated)
}

/// Header, nonce, ciphertext and tag.
pub(super) fn split(sealed: &[u8]) -> Result<Parts<'_>, VaultError> {
    let header = header(sealed)?;
    let parts = || {
        let (nonce, rest) = sealed.get(HEADER_BYTES..)?.split_first_chunk()?;
        let (body, tag) = rest.split_last_chunk()?;
        Some((header, *nonce, body, *tag))
    };
    parts().ok_or(VaultError::Truncated)
}
