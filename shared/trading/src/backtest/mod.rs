//! Backtests: the kernel's session, fed from candles.

mod ledger;
mod recorder;
mod report;
mod run;

pub use ledger::{Difference, Ledger, LedgerFill, LedgerOrder};
pub use recorder::Recorder;
pub use report::{AccountReport, BotReport, MarketReport, Report};
pub use run::{BacktestError, BotPlan, MarketPlan, Plan, ScheduledCommand, run};
