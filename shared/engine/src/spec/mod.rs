//! What users say about simulated trading: paper accounts, candle sources and backtests. These are the bodies of
//! requests and the jsonb of their rows alike.

mod backtest;
mod candles;
mod market;
mod paper;
mod summary;

pub use backtest::{BacktestSpec, SpecError, account_findings};
pub use candles::{CandleSource, Candles, FeedDir, Interval, SourceError};
pub use market::MarketRules;
pub use paper::{FlatOut, PaperSpec, Speed};
pub use summary::{Summary, Trade, trades};
