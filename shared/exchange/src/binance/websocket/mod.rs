//! Binance's sockets.

pub(crate) mod market;
pub(crate) mod user;

mod models;
mod pacing;
mod socket;
