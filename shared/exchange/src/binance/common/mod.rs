//! What requests and sockets of Binance have in common.

pub mod credential;
pub mod symbols;
pub mod urls;

pub(crate) mod clock;
pub(crate) mod enums;
pub(crate) mod parse;
