//! What was earned: positions, lots and figures.

mod curve;
mod figures;
mod lots;
mod position;

pub use curve::{Drawdown, EquityCurve, EquityPoint};
pub use figures::{
    Figures, MIN_DAILY_RETURNS, MIN_YEARLY_DAYS, TradeStats, annual_growth, freqtrade_sharpe,
    sharpe, sortino,
};
pub use lots::{FifoLots, LotPart, LotsError};
pub use position::{Position, Sale};
