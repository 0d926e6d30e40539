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
mod error;
mod guard;
mod key;

use chrono::{DateTime, Utc};
use josekit::jwe;

pub use claims::NextAuthSession;
pub use cookie::SessionCookie;
pub use error::{MAX_SESSION_BYTES, NextAuthError};

use crate::Secret;
use guard::Parts;
use key::CookieKey;

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
