//! What josekit does not look at.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha512;

use super::{MAX_SESSION_BYTES, NextAuthError, cookie::Encryption};

/// A token whose shape is exactly the expected one. Nothing in it is authentic yet.
pub(super) struct Parts<'a> {
    header: &'a str,
    iv: Vec<u8>,
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

/// All that a header may say. Whatever else it says is refused: `zip` and `crit`, and `jwk` or `p2c` of other
/// algorithms.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    enc: String,
    #[serde(rename = "kid")]
    _kid: Option<String>,
    #[serde(rename = "typ")]
    _typ: Option<String>,
}

impl<'a> Parts<'a> {
    pub(super) fn parse(token: &'a str, encryption: Encryption) -> Result<Self, NextAuthError> {
        if token.len() > MAX_SESSION_BYTES {
            return Err(NextAuthError::TooLong);
        }
        let parts: Vec<&str> = token.split('.').collect();
        let &[header, key, iv, ciphertext, tag] = parts.as_slice() else {
            return Err(NextAuthError::Malformed);
        };
        check_header(&decode(header)?, encryption)?;
        if !key.is_empty() {
            return Err(NextAuthError::EncryptedKey);
        }
        let parts = Self {
            header,
            iv: decode(iv)?,
            ciphertext: decode(ciphertext)?,
            tag: decode(tag)?,
        };
        if parts.iv.len() != encryption.iv_bytes() {
            return Err(NextAuthError::IvLength);
        }
        if parts.tag.len() != encryption.tag_bytes() {
            return Err(NextAuthError::TagLength);
        }
        Ok(parts)
    }

    /// Checks the tag of CBC before anything is decrypted, in constant time.
    ///
    /// RFC 7518, 5.2.2.1: T = the first 32 bytes of HMAC-SHA-512(MAC key, A || IV || E || AL), with A the header as it
    /// is encoded and AL its length in bits, 64 bits big-endian.
    pub(super) fn verify_cbc_tag(&self, mac: Hmac<Sha512>) -> Result<(), NextAuthError> {
        let bits = self.header.len() as u64 * 8;
        mac.chain_update(self.header)
            .chain_update(&self.iv)
            .chain_update(&self.ciphertext)
            .chain_update(bits.to_be_bytes())
            .verify_truncated_left(&self.tag)
            .map_err(|_| NextAuthError::Tag)
    }
}

fn check_header(header: &[u8], encryption: Encryption) -> Result<(), NextAuthError> {
    if !matches!(
        serde_json::from_slice(header),
        Ok(serde_json::Value::Object(_))
    ) {
        return Err(NextAuthError::Malformed);
    }
    match serde_json::from_slice::<Header>(header) {
        Ok(header) if header.alg == "dir" && header.enc == encryption.name() => Ok(()),
        _ => Err(NextAuthError::Header),
    }
}

fn decode(part: &str) -> Result<Vec<u8>, NextAuthError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| NextAuthError::Malformed)
}
