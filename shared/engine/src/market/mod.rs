//! Prices: where an account's come from, and where the newest are published.

pub(crate) mod candles;
pub(crate) mod hub;
pub(crate) mod replay;
pub(crate) mod ticker;
