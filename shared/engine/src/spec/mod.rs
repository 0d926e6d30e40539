//! What users say about simulated trading: paper accounts, candle sources and backtests. These are the bodies of
//! requests and the jsonb of their rows alike.

mod account;
mod backtest;
mod candles;
mod figure;
mod market;
mod packed;
mod paper;
mod result;
mod search;
mod signals;
mod summary;

pub use account::account_findings;
pub use backtest::{BacktestSpec, Played, SpecError};
pub use candles::{CandleSource, Candles, FeedDir, Meter, SourceError};
pub use figure::Figure;
pub use market::MarketRules;
pub use paper::{FlatOut, PaperSpec, Speed};
pub use result::{BacktestResult, MOST_TRADES};
pub use search::{
    MOST_COMBINATIONS, Ranked, RefusedCombination, SearchError, SearchField, SearchResult,
    SearchSpec,
};
pub use signals::BacktestSignal;
pub use summary::{EquitySample, Summary};
pub use trading::candle::Interval;
