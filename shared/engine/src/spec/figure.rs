use serde::{Deserialize, Serialize};
use trading::Amount;
use utoipa::ToSchema;

use super::Summary;

/// A figure by which backtests are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Equity at the end less at the start, in quote.
    Profit,
    /// The same over the equity at the start.
    TotalReturn,
    /// Profit booked, in quote.
    Realised,
    /// Profit of what is held, in quote.
    Unrealised,
    /// Fees paid, in quote.
    Fees,
    /// Price × quantity of all fills, in quote.
    Volume,
    /// Deepest fall from a peak, in quote.
    MaxDrawdown,
    /// Deepest fall from a peak, over the peak.
    MaxDrawdownRatio,
    /// Mean over deviation of daily returns.
    Sharpe,
    /// Mean over downside deviation of daily returns.
    Sortino,
    /// Yearly growth.
    Cagr,
    /// Yearly growth over the deepest fall.
    Calmar,
    /// Closed trades.
    Trades,
    /// Share of trades that won.
    WinRate,
    /// Profits over losses.
    ProfitFactor,
    /// Mean profit of a trade, in quote.
    Expectancy,
    /// Mean profit in units of risk.
    ExpectancyRatio,
    /// Share of the time in which base was held.
    TimeInMarket,
}

impl Figure {
    /// Every figure.
    pub const ALL: [Self; 18] = [
        Self::Profit,
        Self::TotalReturn,
        Self::Realised,
        Self::Unrealised,
        Self::Fees,
        Self::Volume,
        Self::MaxDrawdown,
        Self::MaxDrawdownRatio,
        Self::Sharpe,
        Self::Sortino,
        Self::Cagr,
        Self::Calmar,
        Self::Trades,
        Self::WinRate,
        Self::ProfitFactor,
        Self::Expectancy,
        Self::ExpectancyRatio,
        Self::TimeInMarket,
    ];

    /// Its value in a result; nothing where it has no meaning for the run.
    pub fn of(self, summary: &Summary) -> Option<Amount> {
        let figures = &summary.figures;
        match self {
            Self::Profit => Some(figures.profit),
            Self::TotalReturn => figures.total_return,
            Self::Realised => Some(summary.realised),
            Self::Unrealised => Some(summary.unrealised),
            Self::Fees => Some(summary.fees),
            Self::Volume => Some(summary.volume),
            Self::MaxDrawdown => Some(figures.drawdown.amount),
            Self::MaxDrawdownRatio => figures.drawdown.ratio,
            Self::Sharpe => figures.sharpe,
            Self::Sortino => figures.sortino,
            Self::Cagr => figures.cagr,
            Self::Calmar => figures.calmar,
            Self::Trades => i64::try_from(figures.trades.count)
                .ok()
                .map(Amount::from_int),
            Self::WinRate => figures.win_rate,
            Self::ProfitFactor => figures.profit_factor,
            Self::Expectancy => figures.expectancy,
            Self::ExpectancyRatio => figures.expectancy_ratio,
            Self::TimeInMarket => summary.time_in_market,
        }
    }

    /// Whether less of it is better.
    pub const fn is_better_small(self) -> bool {
        matches!(
            self,
            Self::Fees | Self::MaxDrawdown | Self::MaxDrawdownRatio
        )
    }
}
