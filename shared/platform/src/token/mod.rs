//! Access tokens: JWT, HS256, 15 minutes, signed by the api and verified by api and gateway alike.

mod claims;
pub mod nextauth;
mod sign;
mod verify;

pub use claims::{ACCESS_TOKEN_TTL, AUDIENCE, AccessClaims, ISSUER, Role};
pub use sign::{SignError, TokenSigner};
pub use verify::{MAX_TOKEN_BYTES, TokenError, TokenVerifier};
