//! The engine: owns shards of users, relays their events, and keeps the house in order.

pub mod bots;
pub mod clock;
pub mod config;
pub mod departures;
pub mod downgrades;
pub mod ear;
pub mod gauges;
pub mod heartbeat;
pub mod held;
pub mod janitor;
pub mod jobs;
pub mod keeper;
pub mod plan;
pub mod relay;
pub mod spec;

mod health;
mod run;

pub use config::EngineConfig;
pub use held::{LeaseGuard, Leases, SendPermit};
pub use run::{Engine, EngineError, run};
