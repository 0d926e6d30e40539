//! Verifying, by ourselves: josekit's validator lets a missing `exp` or `aud` pass and compares MACs with `!=`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use super::claims::{AUDIENCE, AccessClaims, GATEWAY_AUDIENCE, ISSUER, WireClaims};
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

/// Verifies tokens of the audiences that it was made for.
#[derive(Clone)]
pub struct TokenVerifier {
    mac: Hmac<Sha256>,
    audiences: &'static [&'static str],
}

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
    /// The api's verifier under `secret`: of access tokens only.
    pub fn new(secret: &Secret<String>) -> Self {
        Self::of(secret, &[AUDIENCE])
    }

    /// The gateway's verifier under `secret`: of gateway tokens, and of access tokens.
    pub fn for_gateway(secret: &Secret<String>) -> Self {
        Self::of(secret, &[AUDIENCE, GATEWAY_AUDIENCE])
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn of(secret: &Secret<String>, audiences: &'static [&'static str]) -> Self {
        Self {
            mac: Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
                .expect("HMAC takes keys of any length"),
            audiences,
        }
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
        self.mac
            .clone()
            .chain_update(signed.as_bytes())
            .verify_slice(&mac)
            .map_err(|_| TokenError::Invalid)?;

        let header: Header = parse(header)?;
        let typ_is_jwt = header.typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"));
        if header.alg != "HS256" || !typ_is_jwt || header.crit.is_some() {
            return Err(TokenError::Invalid);
        }
        let claims: WireClaims = parse(payload)?;
        if !self.audiences.contains(&claims.aud.as_str()) {
            return Err(TokenError::Invalid);
        }
        check(&claims, now.timestamp())
    }
}

fn check(claims: &WireClaims, now: i64) -> Result<AccessClaims, TokenError> {
    let starts = claims.nbf.unwrap_or(claims.iat).max(claims.iat);
    if claims.iss != ISSUER || starts > now + CLOCK_SKEW_S {
        return Err(TokenError::Invalid);
    }
    if claims.exp <= now {
        return Err(TokenError::Expired);
    }
    let time = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(TokenError::Invalid);
    let iat = match claims.iat_ms {
        // Finer, and nothing else.
        Some(ms) if ms.div_euclid(1_000) == claims.iat => DateTime::from_timestamp_millis(ms),
        Some(_) => None,
        None => DateTime::from_timestamp(claims.iat, 0),
    };
    let network = claims.network.as_deref().map(str::parse).transpose();
    Ok(AccessClaims {
        sub: claims.sub,
        sid: claims.sid,
        role: claims.role,
        iat: iat.ok_or(TokenError::Invalid)?,
        exp: time(claims.exp)?,
        network: network.map_err(|_| TokenError::Invalid)?,
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
