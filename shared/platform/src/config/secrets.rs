//! Keys that sign and seal.

use super::Reader;
use crate::Secret;

/// The key of access tokens.
#[derive(Debug, Clone)]
pub struct TokenConfig {
    /// `JWT_SECRET`, at least 64 characters.
    pub jwt_secret: Secret<String>,
}

impl TokenConfig {
    /// `JWT_SECRET`.
    pub fn read(reader: &mut Reader) -> Self {
        let what = "a random value of at least 64 characters, such as the output of `openssl rand -hex 48`";
        let jwt_secret = reader.required_secret("JWT_SECRET", what);
        let length = jwt_secret.expose().chars().count();
        if (1..64).contains(&length) {
            reader.problem(
                "JWT_SECRET",
                format!("has {length} characters; expected {what}"),
            );
        }
        Self { jwt_secret }
    }
}

/// The key that seals exchange credentials.
#[derive(Debug, Clone)]
pub struct VaultConfig {
    /// `ENCRYPTION_KEY`, exactly 32 bytes.
    pub key: Secret<[u8; 32]>,
}

impl VaultConfig {
    /// `ENCRYPTION_KEY`.
    pub fn read(reader: &mut Reader) -> Self {
        let what = "exactly 32 ASCII characters, such as the output of `openssl rand -hex 16`";
        let text = reader.required_secret("ENCRYPTION_KEY", what);
        let bytes = text.expose().as_bytes();
        let mut key = [0_u8; 32];
        if bytes.len() == key.len() && text.expose().is_ascii() {
            key.copy_from_slice(bytes);
        } else if !text.expose().is_ascii() {
            reader.problem("ENCRYPTION_KEY", format!("is not ASCII; expected {what}"));
        } else if !bytes.is_empty() {
            reader.problem(
                "ENCRYPTION_KEY",
                format!("has {} characters; expected {what}", bytes.len()),
            );
        }
        Self {
            key: Secret::new(key),
        }
    }
}
