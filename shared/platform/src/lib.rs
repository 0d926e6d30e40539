//! What every process stands on: configuration, secrets, time, tokens, telemetry, the HTTP server loop and Redis.

pub mod build;
pub mod clock;
pub mod config;
pub mod health;
pub mod healthcheck;
pub mod http;
pub mod ids;
pub mod metrics;
pub mod random;
pub mod redis;
pub mod secret;
pub mod shutdown;
pub mod telemetry;
pub mod time;
pub mod token;
pub mod totp;
pub mod vault;

pub use clock::{Clock, SharedClock, SystemClock};
pub use secret::Secret;
