//! Access tokens: JWT, HS256, 15 minutes, signed by the api and verified by api and gateway alike; and gateway tokens,
//! which only the gateway takes.

mod claims;
pub mod nextauth;
mod sign;
mod verify;

pub use claims::{ACCESS_TOKEN_TTL, AUDIENCE, AccessClaims, GATEWAY_AUDIENCE, ISSUER, Role};
pub use sign::{SignError, TokenSigner};
pub use verify::{MAX_TOKEN_BYTES, TokenError, TokenVerifier};
