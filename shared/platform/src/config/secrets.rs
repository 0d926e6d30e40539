//! Keys that sign and seal.

use super::{
    AppEnv, Reader,
    strength::{self, Weakness},
};
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

/// The keys that seal exchange credentials and TOTP secrets.
#[derive(Debug, Clone)]
pub struct VaultConfig {
    /// `ENCRYPTION_KEY`, exactly 32 bytes: seals and opens.
    pub key: Secret<[u8; 32]>,
    /// `ENCRYPTION_KEYS_PREVIOUS`: only open, until a rotation is done.
    pub previous: Vec<Secret<[u8; 32]>>,
}

const VAULT_KEY: &str = "exactly 32 ASCII characters, such as the output of `openssl rand -hex 16`";

impl VaultConfig {
    /// `ENCRYPTION_KEY`, and the comma-separated `ENCRYPTION_KEYS_PREVIOUS`. In production none may be one that others know.
    pub fn read(reader: &mut Reader) -> Self {
        Self::read_with(reader, strength::weakness)
    }

    /// The same for a rotation, which is the way out of a previous key that others know.
    pub fn read_for_rotation(reader: &mut Reader) -> Self {
        Self::read_with(reader, |_| None)
    }

    fn read_with(reader: &mut Reader, judge: fn(&str) -> Option<Weakness>) -> Self {
        let text = reader.required_secret("ENCRYPTION_KEY", VAULT_KEY);
        let key = if text.expose().is_empty() {
            Secret::new([0; 32])
        } else {
            vault_key(reader, "ENCRYPTION_KEY", "", text.expose())
        };
        let name = "ENCRYPTION_KEYS_PREVIOUS";
        let previous = reader.secrets(name).map_or_else(Vec::new, |text| {
            let keys = split_keys(text.expose());
            let number = keys.into_iter().zip(1..);
            number
                .map(|(key, n)| {
                    let which = format!("key {n} ");
                    reader.judge(name, &which, judge(key));
                    vault_key(reader, name, &which, key)
                })
                .collect()
        });
        Self { key, previous }
    }
}

/// The key that `text` is, or a stand-in after a problem.
fn vault_key(reader: &mut Reader, name: &str, which: &str, text: &str) -> Secret<[u8; 32]> {
    if !text.is_ascii() {
        reader.problem(name, format!("{which}is not ASCII; expected {VAULT_KEY}"));
    } else if text.len() != 32 {
        let length = text.len();
        reader.problem(
            name,
            format!("{which}has {length} characters; expected {VAULT_KEY}"),
        );
    } else if let Ok(key) = text.as_bytes().try_into() {
        return Secret::new(key);
    }
    Secret::new([0; 32])
}

/// Splits at every 33rd character if commas stand there, since a key may hold commas too; else at every comma.
fn split_keys(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let regular = text.is_ascii() && bytes.len() % 33 == 32;
    if regular && bytes.iter().skip(32).step_by(33).all(|byte| *byte == b',') {
        let starts = (0..bytes.len()).step_by(33);
        return starts.map(|start| &text[start..start + 32]).collect();
    }
    text.split(',').map(str::trim).collect()
}

/// The sessions of an existing Next.js frontend.
#[derive(Debug, Clone)]
pub struct NextAuthConfig {
    /// `NEXTAUTH_SECRET`. None: its cookies are nobody's.
    pub secret: Option<Secret<String>>,
}

impl NextAuthConfig {
    /// `NEXTAUTH_SECRET`, in production at least 32 characters: whoever guesses it, offline, is every user.
    pub fn read(reader: &mut Reader, env: AppEnv) -> Self {
        let name = "NEXTAUTH_SECRET";
        let secret = reader.own_secret(name);
        let length = secret.as_ref().map(|text| text.expose().chars().count());
        if let Some(length @ ..32) = length
            && env.is_production()
        {
            reader.problem(
                name,
                format!("has {length} characters; expected a random value of at least 32"),
            );
        }
        Self { secret }
    }
}
