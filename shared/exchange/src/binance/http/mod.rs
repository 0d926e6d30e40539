//! The client of Binance's REST API.

pub mod sign;

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod client;
pub(crate) mod convert;
pub(crate) mod error;
pub(crate) mod instrument;
pub(crate) mod limits;
pub(crate) mod lost;
pub(crate) mod models;
pub(crate) mod order;
pub(crate) mod restrictions;
mod spending;
