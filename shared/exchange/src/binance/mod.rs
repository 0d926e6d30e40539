//! The adapter for Binance's spot exchange.
//!
//! [`BinanceMarket`] is one exchange as seen from this address: connections, rate limits, clock and names of markets are
//! shared by all accounts on it. [`Binance`] is one account there.

pub mod common;
pub mod http;

mod account;
mod config;
mod exchange;
mod market;
mod websocket;

pub use account::Binance;
pub use common::{
    credential::{Credential, CredentialError},
    symbols::SymbolTable,
    urls::{Environment, UrlError, Urls},
};
pub use config::{Config, StreamTimes};
pub use market::{BinanceMarket, PublicTrade};
