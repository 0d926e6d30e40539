//! Signing, with josekit.

use josekit::{
    jws::{HS256, JwsHeader, alg::hmac::HmacJwsSigner},
    jwt::{self, JwtPayload},
};

use super::claims::{AUDIENCE, AccessClaims, ISSUER};
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

    /// The compact form of a token with these claims.
    ///
    /// # Errors
    /// When josekit cannot write the claims.
    pub fn sign(&self, claims: &AccessClaims) -> Result<String, SignError> {
        let mut header = JwsHeader::new();
        header.set_token_type("JWT");
        let mut payload = JwtPayload::new();
        payload.set_issuer(ISSUER);
        payload.set_audience(vec![AUDIENCE]);
        payload.set_subject(claims.sub.to_string());
        // josekit's own setters write times as floats.
        payload.set_claim("iat", Some(claims.iat.timestamp().into()))?;
        payload.set_claim("exp", Some(claims.exp.timestamp().into()))?;
        payload.set_claim("sid", Some(claims.sid.to_string().into()))?;
        payload.set_claim("role", Some(claims.role.as_str().into()))?;
        Ok(jwt::encode_with_signer(&payload, &header, &self.0)?)
    }
}
