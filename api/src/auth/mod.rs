//! Accounts and sessions: what the routes of `auth` have in common.

pub mod api_token;
pub mod challenge;
pub mod cookies;
pub mod device;
pub mod email;
pub mod factor;
pub mod keys;
pub mod lockout;
pub mod password;
pub(crate) mod reauth;
pub mod session;
pub mod step_up;
