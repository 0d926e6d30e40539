//! Accounts and sessions: what the routes of `auth` have in common.

pub mod cookies;
pub mod email;
pub mod keys;
pub mod lockout;
pub mod password;
pub mod session;
