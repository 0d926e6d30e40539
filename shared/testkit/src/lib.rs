//! What the tests of every crate share: databases and servers of their own, faults, processes and clients.
//!
//! Development only. A test that cannot be set up has failed, so most of this panics instead of answering errors.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot be set up has failed"
)]

mod db;
pub mod http;
pub mod nextauth;
pub mod paper;
pub mod process;
mod proxy;
mod redis;
pub mod servers;
mod services;
mod story;
pub mod stripe;
pub mod totp;
mod wait;
pub mod ws;

pub use db::TestDb;
pub use proxy::ChaosProxy;
pub use redis::TestRedis;
pub use services::{APP_PASSWORD, APP_ROLE};
pub use wait::{DEADLINE, wait_until};
