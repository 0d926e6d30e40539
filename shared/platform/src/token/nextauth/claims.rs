//! What a session says.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::NextAuthError;

/// How far the frontend's clock may be ahead of ours, in seconds: as far as Auth.js itself allows.
const CLOCK_SKEW_S: i64 = 15;

/// Longest address that mail can be sent to (RFC 5321, 4.5.3.1.3, less the angle brackets).
const MAX_EMAIL_BYTES: usize = 254;

/// A valid session of the frontend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextAuthSession {
    /// Who signed in, as the frontend wrote it: compare with ours in lower case.
    pub email: String,
    /// The display name, if the frontend knows one.
    pub name: Option<String>,
    /// Issued at, whole seconds.
    pub iat: DateTime<Utc>,
    /// Expires at, whole seconds.
    pub exp: DateTime<Utc>,
}

#[derive(Deserialize)]
struct WireClaims {
    email: String,
    name: Option<String>,
    iat: i64,
    exp: i64,
    nbf: Option<i64>,
}

pub(super) fn check(payload: &[u8], now: DateTime<Utc>) -> Result<NextAuthSession, NextAuthError> {
    let claims: WireClaims = serde_json::from_slice(payload).map_err(|_| NextAuthError::Claims)?;
    let time = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(NextAuthError::Claims);
    let (iat, exp) = (time(claims.iat)?, time(claims.exp)?);
    if !is_address(&claims.email) {
        return Err(NextAuthError::Claims);
    }
    let now = now.timestamp();
    if claims.nbf.unwrap_or(claims.iat).max(claims.iat) > now + CLOCK_SKEW_S {
        return Err(NextAuthError::NotYetValid);
    }
    if claims.exp <= now {
        return Err(NextAuthError::Expired);
    }
    Ok(NextAuthSession {
        email: claims.email,
        name: claims.name,
        iat,
        exp,
    })
}

// Only enough to look it up safely: the address counts if our table holds it.
fn is_address(text: &str) -> bool {
    let clean = !text.contains(|char: char| char.is_whitespace() || char.is_control());
    clean && text.len() <= MAX_EMAIL_BYTES && text.contains('@')
}
