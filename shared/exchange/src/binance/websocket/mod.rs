//! Binance's sockets.

pub(crate) mod market;
pub(crate) mod user;

mod market_events;
mod models;
mod pacing;
mod socket;
mod user_events;
