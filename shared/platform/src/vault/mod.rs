//! Seals what must be stored but never read by anyone else: exchange credentials and TOTP secrets.
//!
//! AES-256-GCM. A sealed value is
//! `version (1) | key id (8) | nonce (12, random) | ciphertext | tag (16)`,
//! and its associated data are version, key id and the [`Binding`]: a value copied to another row does not open.
//! One key may seal 2^32 values before random nonces become a risk (NIST SP 800-38D, 8.3).
//!
//! # Rotating the key
//! 1. Give every process the new key in `ENCRYPTION_KEYS_PREVIOUS`, so that all can read what the first one writes.
//! 2. Swap: the new key in `ENCRYPTION_KEY`, the old one in `ENCRYPTION_KEYS_PREVIOUS`, in every process.
//! 3. [`Vault::reseal`] every value that [`Vault::needs_reseal`], then store a new [`Vault::check_value`].
//! 4. Remove the old key. [`Vault::verify_check_value`] refuses a boot that removes it too early.

mod binding;
mod check;
mod error;
mod key;
mod key_id;
mod sealed;

use aes_gcm::{AeadInOut, Nonce};

pub use binding::Binding;
pub use check::CheckedKey;
pub use error::VaultError;
pub use key_id::KeyId;

pub use sealed::HEADER_BYTES;

use crate::{Secret, config::VaultConfig, random};
use key::Key;
use sealed::{Header, NONCE_BYTES, TAG_BYTES};

/// Seals and opens, under the current key; opens what previous keys sealed.
pub struct Vault {
    current: Key,
    previous: Vec<Key>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault([redacted])")
    }
}

impl Vault {
    /// A vault under the configured keys.
    pub fn new(config: &VaultConfig) -> Self {
        Self {
            current: Key::new(&config.key),
            previous: config.previous.iter().map(Key::new).collect(),
        }
    }

    /// The key that new values are sealed under.
    pub fn key_id(&self) -> KeyId {
        self.current.id
    }

    /// Whether values under this key can be opened.
    pub fn knows(&self, key: KeyId) -> bool {
        self.keys().any(|known| known.id == key)
    }

    /// What every value that [`Vault::needs_reseal`] passes over begins with.
    pub fn current_prefix(&self) -> Vec<u8> {
        Header::new(self.current.id).bytes().to_vec()
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    /// Seals `value` for `binding`, under the current key and a fresh nonce.
    pub fn seal(&self, binding: Binding, value: &Secret<Vec<u8>>) -> Vec<u8> {
        seal_with(&self.current, random::bytes(), binding, value.expose())
    }

    /// The value that was sealed for `binding`.
    ///
    /// # Errors
    /// [`VaultError`]: nothing is given out of a value that is not whole, ours and meant for `binding`.
    pub fn open(&self, binding: Binding, sealed: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        let (header, nonce, body, tag) = sealed::split(sealed)?;
        let key = self
            .keys()
            .find(|key| key.id == header.key)
            .ok_or(VaultError::UnknownKey(header.key))?;
        let mut value = body.to_vec();
        key.cipher
            .decrypt_inout_detached(
                &Nonce::from(nonce),
                &binding.associated_data(header),
                value.as_mut_slice().into(),
                &tag.into(),
            )
            .map_err(|_| VaultError::Tampered)?;
        Ok(Secret::new(value))
    }

    /// True when a value is not sealed in the current format under the current key.
    pub fn needs_reseal(&self, sealed: &[u8]) -> bool {
        !sealed.starts_with(&Header::new(self.current.id).bytes())
    }

    /// Opens a value and seals it again under the current key.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn reseal(&self, binding: Binding, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(self.seal(binding, &self.open(binding, sealed)?))
    }
}

#[expect(
    clippy::expect_used,
    reason = "GCM refuses only plaintexts over 64 GiB"
)]
fn seal_with(key: &Key, nonce: [u8; NONCE_BYTES], binding: Binding, value: &[u8]) -> Vec<u8> {
    let header = Header::new(key.id);
    let prefix = [header.bytes().as_slice(), &nonce].concat();
    // Allocated once, at its final size: growing would leave copies of the value behind.
    let mut sealed = Vec::with_capacity(prefix.len() + value.len() + TAG_BYTES);
    sealed.extend_from_slice(&prefix);
    sealed.extend_from_slice(value);
    let tag = key
        .cipher
        .encrypt_inout_detached(
            &Nonce::from(nonce),
            &binding.associated_data(header),
            (&mut sealed[prefix.len()..]).into(),
        )
        .expect("GCM refuses only plaintexts over 64 GiB");
    sealed.extend_from_slice(&tag);
    sealed
}

#[cfg(test)]
mod tests {
    use aes_gcm::{AeadInOut, Nonce};
    use uuid::Uuid;

    use super::{Binding, Key, TAG_BYTES, seal_with, sealed::Header};
    use crate::{Secret, ids::UserId};

    fn unhex<const N: usize>(text: &str) -> [u8; N] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    /// Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation", which NIST validates against.
    #[test]
    fn the_cipher_is_aes_256_gcm() {
        let key: [u8; 32] =
            unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let nonce: [u8; 12] = unhex("cafebabefacedbaddecaf888");
        let aad: [u8; 20] = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let mut text: [u8; 60] = unhex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
             1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let tag = Key::new(&Secret::new(key))
            .cipher
            .encrypt_inout_detached(&Nonce::from(nonce), &aad, text.as_mut_slice().into())
            .unwrap();
        assert_eq!(
            hex::encode(text),
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
             8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        );
        assert_eq!(hex::encode(tag), "76fc6ece0f4e1768cddf8853bb2d551b");
    }

    /// The stored format, byte by byte: values sealed today must open in years.
    #[test]
    fn the_format_is_what_it_says() {
        let key = Key::new(&Secret::new([7; 32]));
        let (user, connection) = (Uuid::from_bytes([1; 16]), Uuid::from_bytes([2; 16]));
        let binding = Binding::connection(UserId(user), connection);
        let sealed = seal_with(&key, [9; 12], binding, b"value");

        assert_eq!(sealed[0], 1);
        assert_eq!(sealed[1..9], key.id.0);
        assert_eq!(sealed[9..21], [9; 12]);
        let mut aad = sealed[..9].to_vec();
        aad.push(1);
        aad.extend([1; 16]);
        aad.extend([2; 16]);
        assert_eq!(binding.associated_data(Header::new(key.id)), aad);

        let mut body = *b"value";
        let tag = key
            .cipher
            .encrypt_inout_detached(&Nonce::from([9; 12]), &aad, body.as_mut_slice().into())
            .unwrap();
        assert_eq!(sealed[21..26], body);
        assert_eq!(sealed[26..], *tag);
        assert_eq!(sealed.len(), 21 + body.len() + TAG_BYTES);
    }
}
