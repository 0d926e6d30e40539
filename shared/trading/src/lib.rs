//! The pure kernel of trading: amounts, markets, bots, matching, backtests and figures.
//!
//! Nothing here reads a clock, a random source or the network: every input carries its own time, so that a live run,
//! a paper run and a backtest over the same inputs are the same run.

pub mod amount;
pub mod backtest;
pub mod bot;
pub mod candle;
pub mod deal;
pub mod indicator;
pub mod live;
pub mod market;
pub mod order;
pub mod paper;
pub mod pnl;
pub mod preview;
pub mod runner;
pub mod symbol;

pub use amount::{Amount, AmountError};
pub use market::{Market, RejectCode};
pub use symbol::{Asset, Symbol, Venue};
