//! Verifying, by ourselves: josekit's validator lets a missing `exp` or `aud` pass and compares MACs with `!=`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use super::claims::{AUDIENCE, AccessClaims, ISSUER, WireClaims};
use crate::Secret;

/// Longer texts are refused unread.
pub const MAX_TOKEN_BYTES: usize = 2_048;

/// How far another machine's clock may be ahead of ours, in seconds.
const CLOCK_SKEW_S: i64 = 5;

/// Why a token is refused. Callers answer alike whichever it is, except that an expired one may be said to be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not one of our tokens: malformed, another algorithm, another key, another issuer or audience, not yet valid.
    #[error("the access token is invalid")]
    Invalid,
    /// Ours, and its time is over.
    #[error("the access token has expired")]
    Expired,
}

/// Verifies access tokens.
#[derive(Clone)]
pub struct TokenVerifier(Hmac<Sha256>);

impl std::fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenVerifier([redacted])")
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    crit: Option<serde_json::Value>,
}

impl TokenVerifier {
    /// A verifier under `secret`.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    pub fn new(secret: &Secret<String>) -> Self {
        Self(
            Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
                .expect("HMAC takes keys of any length"),
        )
    }

    /// The claims of a token that is ours and valid at `now`.
    ///
    /// # Errors
    /// [`TokenError`]; nothing of a token is believed before its MAC was checked, in constant time.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<AccessClaims, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid);
        }
        let (signed, mac) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenError::Invalid)?;
        let mac = decode(mac)?;
        self.0
            .clone()
            .chain_update(signed.as_bytes())
            .verify_slice(&mac)
            .map_err(|_| TokenError::Invalid)?;

        let header: Header = parse(header)?;
        let typ_is_jwt = header.typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"));
        if header.alg != "HS256" || !typ_is_jwt || header.crit.is_some() {
            return Err(TokenError::Invalid);
        }
        check(&parse(payload)?, now.timestamp())
    }
}

fn check(claims: &WireClaims, now: i64) -> Result<AccessClaims, TokenError> {
    let starts = claims.nbf.unwrap_or(claims.iat).max(claims.iat);
    if claims.iss != ISSUER || claims.aud != AUDIENCE || starts > now + CLOCK_SKEW_S {
        return Err(TokenError::Invalid);
    }
    if claims.exp <= now {
        return Err(TokenError::Expired);
    }
    let time = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(TokenError::Invalid);
    Ok(AccessClaims {
        sub: claims.sub,
        sid: claims.sid,
        role: claims.role,
        iat: time(claims.iat)?,
        exp: time(claims.exp)?,
    })
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Invalid)
}

fn parse<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    serde_json::from_slice(&decode(part)?).map_err(|_| TokenError::Invalid)
}
