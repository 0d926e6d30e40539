//! Signing, with josekit.

use josekit::{
    jws::{HS256, JwsHeader, alg::hmac::HmacJwsSigner},
    jwt::{self, JwtPayload},
};

use super::claims::{AUDIENCE, AccessClaims, GATEWAY_AUDIENCE, ISSUER};
use crate::Secret;

/// Why a token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("the token could not be signed")]
pub struct SignError(#[from] josekit::JoseError);

/// Signs access tokens.
#[derive(Clone)]
pub struct TokenSigner(HmacJwsSigner);

impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenSigner([redacted])")
    }
}

impl TokenSigner {
    /// A signer under `secret`.
    ///
    /// # Errors
    /// When josekit finds the key unfit, which the configuration's length check rules out.
    pub fn new(secret: &Secret<String>) -> Result<Self, SignError> {
        Ok(Self(HS256.signer_from_bytes(secret.expose().as_bytes())?))
    }

    /// The compact form of an access token with these claims.
    ///
    /// # Errors
    /// When josekit cannot write the claims.
    pub fn sign(&self, claims: &AccessClaims) -> Result<String, SignError> {
        self.sign_for(AUDIENCE, claims)
    }

    /// The compact form of a gateway token with these claims.
    ///
    /// # Errors
    /// When josekit cannot write the claims.
    pub fn sign_for_gateway(&self, claims: &AccessClaims) -> Result<String, SignError> {
        self.sign_for(GATEWAY_AUDIENCE, claims)
    }

    fn sign_for(&self, audience: &str, claims: &AccessClaims) -> Result<String, SignError> {
        let mut header = JwsHeader::new();
        header.set_token_type("JWT");
        let mut payload = JwtPayload::new();
        payload.set_issuer(ISSUER);
        payload.set_audience(vec![audience]);
        payload.set_subject(claims.sub.to_string());
        // josekit's own setters write times as floats.
        payload.set_claim("iat", Some(claims.iat.timestamp().into()))?;
        payload.set_claim("iat_ms", Some(claims.iat.timestamp_millis().into()))?;
        payload.set_claim("exp", Some(claims.exp.timestamp().into()))?;
        payload.set_claim("sid", Some(claims.sid.to_string().into()))?;
        payload.set_claim("role", Some(claims.role.as_str().into()))?;
        if let Some(network) = claims.network {
            payload.set_claim("network", Some(network.to_string().into()))?;
        }
        Ok(jwt::encode_with_signer(&payload, &header, &self.0)?)
    }
}
