//! What was earned: positions, lots and figures.

mod curve;
mod figures;
mod lots;
mod moments;
mod position;

pub use curve::{Drawdown, EquityCurve, EquityPoint, MOST_SAMPLES};
pub use figures::{
    ClosedTrades, Figures, MIN_DAILY_RETURNS, MIN_YEARLY_DAYS, TradeStats, annual_growth,
    freqtrade_sharpe, sharpe, sortino,
};
pub use lots::{FifoLots, LotPart, LotsError};
pub use moments::Moments;
pub use position::{Position, Sale};
