//! Session cookies of an existing Next.js frontend: encrypted JWTs of NextAuth v4 and Auth.js v5.
//!
//! josekit 0.10 decrypts them, behind our own checks. It accepts GCM tags cut to one byte, so that 256 tries forge a
//! cookie without the key; it removes CBC padding before it looks at the MAC, which it compares with `!=`; and it
//! inflates whatever `zip` asks for.
//!
//! A session says who signed in over there, and nothing more: it is no second factor, and its address counts only if
//! our own users table holds it as verified.

mod claims;
mod cookie;
mod guard;
mod key;

use chrono::{DateTime, Utc};
use josekit::jwe;

pub use claims::NextAuthSession;
pub use cookie::SessionCookie;

use crate::Secret;
use guard::Parts;
use key::CookieKey;

/// Longer tokens, joined from their chunks, are refused unread.
pub const MAX_SESSION_BYTES: usize = 16 * 1024;

/// Why a session cookie is refused. The reason is for our logs; every caller is answered alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NextAuthError {
    /// More than [`MAX_SESSION_BYTES`].
    #[error("the session cookie is too long")]
    TooLong,
    /// A chunk of the cookie is missing.
    #[error("a part of the session cookie is missing")]
    MissingChunk,
    /// Not five parts of base64url, a header that is no JSON object, or authentic and yet impossible to decrypt.
    #[error("the session cookie is malformed")]
    Malformed,
    /// `alg` or `enc` is not the one that this cookie has, or the header says something that we do not know, such as
    /// `zip` or `crit`.
    #[error("the session cookie has an unexpected header")]
    Header,
    /// An encrypted key, where the key is agreed.
    #[error("the session cookie carries a key")]
    EncryptedKey,
    /// An initialisation vector of another length than the algorithm's.
    #[error("the session cookie has an initialisation vector of a wrong length")]
    IvLength,
    /// A tag of another length than the algorithm's.
    #[error("the session cookie has a tag of a wrong length")]
    TagLength,
    /// The tag is wrong: another secret, another cookie's name, or changed since.
    #[error("the session cookie was not made with our secret")]
    Tag,
    /// Authentic, but a claim is missing or of a wrong type: `email`, `iat` and `exp` are required.
    #[error("the session cookie lacks a claim")]
    Claims,
    /// Authentic, and from the future.
    #[error("the session is not valid yet")]
    NotYetValid,
    /// Authentic, and over.
    #[error("the session has expired")]
    Expired,
}

/// Reads session cookies that were made with the frontend's secret.
#[derive(Clone)]
pub struct NextAuth([CookieKey; 4]);

impl std::fmt::Debug for NextAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NextAuth([redacted])")
    }
}

impl NextAuth {
    /// A reader of cookies made with `secret`, the frontend's `NEXTAUTH_SECRET` (`AUTH_SECRET` in v5).
    pub fn new(secret: &Secret<String>) -> Self {
        Self(SessionCookie::ALL.map(|cookie| CookieKey::derive(cookie, secret)))
    }

    /// The session among a request's cookies, given as names and values. None when there is no such cookie.
    ///
    /// All four names are tried, the `__Secure-` ones first, and the first valid session counts: a frontend that was
    /// upgraded may leave a stale cookie of its former version behind.
    ///
    /// # Errors
    /// Why the first of the cookies is refused, when none is valid.
    pub fn session(
        &self,
        cookies: &[(&str, &str)],
        now: DateTime<Utc>,
    ) -> Result<Option<NextAuthSession>, NextAuthError> {
        let mut refused = None;
        for key in &self.0 {
            let session = match key.cookie.join(cookies) {
                Ok(None) => continue,
                Ok(Some(token)) => decrypt(key, &token, now),
                Err(error) => Err(error),
            };
            match session {
                Ok(session) => return Ok(Some(session)),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        refused.map_or(Ok(None), Err)
    }
}

fn decrypt(
    key: &CookieKey,
    token: &str,
    now: DateTime<Utc>,
) -> Result<NextAuthSession, NextAuthError> {
    let parts = Parts::parse(token, key.cookie.encryption())?;
    // What josekit's failure means: GCM checks its tag there, that of CBC was right already.
    let failure = match &key.mac {
        None => NextAuthError::Tag,
        Some(mac) => {
            parts.verify_cbc_tag(mac.clone())?;
            NextAuthError::Malformed
        }
    };
    let (payload, _header) =
        jwe::deserialize_compact(token, &key.decrypter).map_err(|_| failure)?;
    claims::check(&payload, now)
}
