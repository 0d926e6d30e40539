//! Backtests: the kernel's session, fed from candles.

mod excerpt;
mod ledger;
mod plan;
mod recorder;
mod report;
mod run;
mod tally;

pub use excerpt::{Excerpt, First, MOST_DEALS, MOST_DECISIONS, MOST_FILLS, OrderFill};
pub use ledger::{Difference, Ledger, LedgerFill, LedgerOrder};
pub use plan::{BotPlan, MarketPlan, Plan, ScheduledCommand};
pub use recorder::Recorder;
pub use report::{AccountReport, BotReport, Held, MarketReport, Report};
pub use run::{BacktestError, record, run, run_with};
