//! WebSocket fan-out: from Redis to every socket of a user, in order, without a database.

pub mod admission;
mod ask;
pub mod config;
mod connection;
mod control;
mod drain;
pub mod handshake;
pub mod hub;
pub mod limits;
pub mod market;
pub mod outbound;
pub mod registry;
pub mod revocations;
pub mod server;
pub mod session;
pub mod state;

pub use config::GatewayConfig;
pub use limits::GatewayLimits;
pub use server::Gateway;
