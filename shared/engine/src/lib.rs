//! The trading engine: holds shards of users, runs their bots, relays their events, computes their backtests, and prunes.

pub mod config;
pub mod jobs;
pub mod leases;
pub mod maintenance;
pub mod relay;
pub mod runner;
pub mod spec;

mod backoff;
mod health;
mod market;
mod run;

pub use config::EngineConfig;
pub use leases::{LeaseGuard, Leases, SendPermit};
pub use run::{Engine, EngineError, run};
