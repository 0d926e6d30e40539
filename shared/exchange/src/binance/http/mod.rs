//! Binance's REST.

pub mod sign;

pub(crate) mod body;
pub(crate) mod client;
pub(crate) mod convert;
pub(crate) mod error;
pub(crate) mod limits;
pub(crate) mod models;
