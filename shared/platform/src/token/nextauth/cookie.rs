//! The cookies by name, and their chunks.

use std::{borrow::Cow, collections::BTreeMap};

use super::NextAuthError;

/// A cookie that may hold a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionCookie {
    /// Auth.js v5 over https.
    SecureAuthJs,
    /// Auth.js v5 over http.
    AuthJs,
    /// NextAuth v4 over https.
    SecureNextAuth,
    /// NextAuth v4 over http.
    NextAuth,
}

/// How a cookie is encrypted (RFC 7518, 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// AES-256-GCM.
    A256Gcm,
    /// AES-256-CBC, then HMAC-SHA-512.
    A256CbcHs512,
}

impl SessionCookie {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 4] = [
        Self::SecureAuthJs,
        Self::AuthJs,
        Self::SecureNextAuth,
        Self::NextAuth,
    ];

    /// Its name. A long session is spread over `name.0`, `name.1` and so on.
    pub fn name(self) -> &'static str {
        match self {
            Self::SecureAuthJs => "__Secure-authjs.session-token",
            Self::AuthJs => "authjs.session-token",
            Self::SecureNextAuth => "__Secure-next-auth.session-token",
            Self::NextAuth => "next-auth.session-token",
        }
    }

    /// The cookie that one of this name is, or is a chunk of.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|cookie| name == cookie.name() || cookie.chunk(name).is_some())
    }

    pub(super) fn encryption(self) -> Encryption {
        match self {
            Self::SecureAuthJs | Self::AuthJs => Encryption::A256CbcHs512,
            Self::SecureNextAuth | Self::NextAuth => Encryption::A256Gcm,
        }
    }

    /// The token in this cookie or in its chunks, in numeric order. Of cookies with the same name the first counts,
    /// as it does for the frontend.
    pub(super) fn join<'a>(
        self,
        cookies: &[(&str, &'a str)],
    ) -> Result<Option<Cow<'a, str>>, NextAuthError> {
        let whole = cookies
            .iter()
            .find(|(name, value)| *name == self.name() && !value.is_empty());
        if let Some((_, value)) = whole {
            return Ok(Some(Cow::Borrowed(*value)));
        }
        let mut chunks = BTreeMap::new();
        for (name, value) in cookies {
            if let Some(number) = self.chunk(name) {
                chunks.entry(number).or_insert(*value);
            }
        }
        if chunks.is_empty() {
            return Ok(None);
        }
        if !chunks.keys().copied().eq(0..chunks.len()) {
            return Err(NextAuthError::MissingChunk);
        }
        Ok(Some(chunks.into_values().collect()))
    }

    fn chunk(self, name: &str) -> Option<usize> {
        let number = name.strip_prefix(self.name())?.strip_prefix('.')?;
        let value: usize = number.parse().ok()?;
        (value.to_string() == number).then_some(value)
    }
}

impl Encryption {
    /// Its `enc`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::A256Gcm => "A256GCM",
            Self::A256CbcHs512 => "A256CBC-HS512",
        }
    }

    /// Length of the initialisation vector, in bytes.
    pub(super) fn iv_bytes(self) -> usize {
        match self {
            Self::A256Gcm => 12,
            Self::A256CbcHs512 => 16,
        }
    }

    /// Length of the tag, in bytes.
    pub(super) fn tag_bytes(self) -> usize {
        match self {
            Self::A256Gcm => 16,
            Self::A256CbcHs512 => 32,
        }
    }
}
