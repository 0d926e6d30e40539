//! The platform's parts, driven as the services drive them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what went wrong by panicking"
)]

mod config;
mod healthcheck;
mod http;
mod metrics;
mod nextauth;
mod redis;
mod telemetry;
mod token;
mod totp;
mod vault;
