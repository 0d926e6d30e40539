//! The sockets of Binance: market streams and the WebSocket API.

pub(crate) mod market;
pub(crate) mod user;

mod market_events;
mod models;
mod pacing;
mod socket;
mod user_events;
