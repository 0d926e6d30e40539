//! A Binance-spot-compatible exchange with fault injection, for tests and for developers' machines.
//!
//! One port serves REST (`/api/v3`), market streams (`/ws`, `/stream`), the WebSocket API (`/ws-api/v3`) and admin routes
//! (`/emulator`). Balances, filters and amounts are the kernel's; users trade against a synthetic market whose prices
//! come from a seed or a file, and move only by an action or by a ticker.
//!
//! Admin routes are `POST /emulator/<action>` with the fields of an [`Action`] as JSON, for example
//! `POST /emulator/inject` with `{"fault": {"fault": "timeout_after_accept"}, "target": {"user": "demo"}}`, and
//! `GET /emulator/books`, `/emulator/faults` and `/emulator/health`. [`Books::check`] tests that money is conserved.
//!
//! What differs from Binance: orders of users never meet each other and are not in the book, which is one of equal levels
//! around the price that every request finds full; a resting order fills at its limit when the price touches it; stop
//! orders, order lists, amendments, `1s` candles and differential depth streams are not served.

mod admin;
mod answer;
mod config;
mod emulator;
mod error;
mod exchange;
mod faults;
mod front;
mod limits;
mod request;
mod rest;
mod signing;
mod sockets;
mod state;
mod wire;

pub use admin::{Action, ActionError};
pub use config::{Config, DECIMALS, Feed, RateLimits, SymbolConfig, Ticker, UserConfig};
pub use emulator::{Emulator, StartError};
pub use error::{ApiError, Rejection};
pub use exchange::{
    BalanceEntry, Books, Deposit, ListingError, OrderEntry, OrderType, SetupError, Status,
    SymbolStatus, TimeInForce, TradeEntry, Violation,
};
pub use faults::{Fault, Latency, Rate, Schedule, Target};
pub use signing::signature;
