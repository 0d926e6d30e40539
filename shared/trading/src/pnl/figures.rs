use ethnum::{AsU256 as _, U256};
use rust_decimal::{Decimal, MathematicalOps as _};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Drawdown, EquityCurve, Moments,
    curve::{Falls, RATIO_DECIMALS},
};
use crate::amount::{Amount, AmountError, Rounding};
use crate::order::Millis;

const YEAR_DAYS: Decimal = Decimal::from_parts(365, 0, 0, false, 0);
const EXP_TOLERANCE: Decimal = Decimal::from_parts(1, 0, 0, false, 24);
/// Shortest run with figures by the year: the shortest month. Raising the growth of less to the power of a year says
/// nothing about a year: 0.14 % in six minutes would be 254,768,708,292 %.
pub const MIN_YEARLY_DAYS: u32 = 28;
/// Fewest daily returns with a Sharpe and a Sortino ratio: those of a week.
pub const MIN_DAILY_RETURNS: u64 = 7;

/// Results of closed trades: deals of a DCA bot, matched pairs of a grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TradeStats {
    /// All closed trades; those that broke even count here only.
    pub count: u64,
    /// Trades with a profit.
    pub wins: u64,
    /// Trades with a loss.
    pub losses: u64,
    /// Sum of the profits, in quote.
    pub gross_profit: Amount,
    /// Sum of the losses, in quote, not negative.
    pub gross_loss: Amount,
    /// Result of the best trade, in quote; nothing without a trade.
    #[serde(default)]
    pub best: Option<Amount>,
    /// Result of the worst trade, in quote; nothing without a trade.
    #[serde(default)]
    pub worst: Option<Amount>,
}

impl TradeStats {
    /// Counts a closed trade.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn record(&mut self, pnl: Amount) -> Result<(), AmountError> {
        self.count += 1;
        self.best = self.best.max(Some(pnl));
        self.worst = [self.worst, Some(pnl)].into_iter().flatten().min();
        if pnl.is_positive() {
            self.wins += 1;
            self.gross_profit = self.gross_profit.plus(pnl)?;
        } else if pnl.is_negative() {
            self.losses += 1;
            self.gross_loss = self.gross_loss.minus(pnl)?;
        }
        Ok(())
    }

    /// `Σ wins / |Σ losses|`; nothing without a loss.
    pub fn profit_factor(&self) -> Option<Amount> {
        ratio(self.gross_profit, self.gross_loss)
    }

    /// Share of trades that won, 0–1; nothing without a trade.
    pub fn win_rate(&self) -> Option<Amount> {
        ratio(count(self.wins), count(self.count))
    }

    /// Mean profit of a trade in quote (`win rate × mean win - loss rate × mean loss`); nothing without a trade.
    pub fn expectancy(&self) -> Option<Amount> {
        ratio(
            self.gross_profit.minus(self.gross_loss).ok()?,
            count(self.count),
        )
    }

    /// `(1 + mean win / mean loss) × win rate - 1`; nothing without a loss.
    pub fn expectancy_ratio(&self) -> Option<Amount> {
        let mean_win = decimal_ratio(self.gross_profit, count(self.wins)).unwrap_or(Decimal::ZERO);
        let mean_loss = decimal_ratio(self.gross_loss, count(self.losses))?;
        let win_rate = decimal_ratio(count(self.wins), count(self.count))?;
        let payoff = mean_win.checked_div(mean_loss)?.checked_add(Decimal::ONE)?;
        to_ratio(payoff.checked_mul(win_rate)?.checked_sub(Decimal::ONE)?)
    }
}

/// Closed trades of an account as they stream by, and the capital that changes with them and with nothing else.
#[derive(Clone, Copy, Debug)]
pub struct ClosedTrades {
    start: Amount,
    capital: Amount,
    stats: TradeStats,
    falls: Falls,
    /// Of `profit / start`; nothing once one had no meaning.
    returns: Option<Moments>,
}

impl ClosedTrades {
    /// None yet, on a capital of `start`, in quote.
    pub fn new(start: Amount) -> Self {
        Self {
            start,
            capital: start,
            stats: TradeStats::default(),
            falls: Falls::new(start),
            returns: start.is_positive().then(Moments::default),
        }
    }

    /// Takes the next one's profit.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn record(&mut self, profit: Amount) -> Result<(), AmountError> {
        self.stats.record(profit)?;
        self.capital = self.capital.plus(profit)?;
        self.falls.record(self.capital)?;
        self.returns = self.returns.and_then(|returns| {
            let growth = profit.decimal().checked_div(self.start.decimal())?;
            returns.and(growth)
        });
        Ok(())
    }

    /// How many, and what they brought.
    pub const fn stats(&self) -> TradeStats {
        self.stats
    }
}

/// Everything a report says about a run. A figure that has no meaning for the run is null, never infinite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Figures {
    /// Equity at the start, in quote.
    pub start_equity: Amount,
    /// Equity at the end, in quote.
    pub end_equity: Amount,
    /// End less start, in quote.
    pub profit: Amount,
    /// `profit / start`.
    pub total_return: Option<Amount>,
    /// Deepest falls from a peak, marked to market.
    pub drawdown: Drawdown,
    /// Mean over sample deviation of daily simple returns, × √365; null for fewer than seven of them.
    pub sharpe: Option<Amount>,
    /// Mean over downside deviation of daily simple returns, × √365; null for fewer than seven of them.
    pub sortino: Option<Amount>,
    /// Yearly growth: `(end / start)^(365 / days) - 1`; null for runs of less than 28 days.
    pub cagr: Option<Amount>,
    /// Yearly growth over the deepest fall; null for runs of less than 28 days.
    pub calmar: Option<Amount>,
    /// How many trades were closed, and how they ended.
    pub trades: TradeStats,
    /// Share of trades that won.
    pub win_rate: Option<Amount>,
    /// Profits over losses.
    pub profit_factor: Option<Amount>,
    /// Mean profit of a trade, in quote.
    pub expectancy: Option<Amount>,
    /// Mean profit in units of risk.
    pub expectancy_ratio: Option<Amount>,
    /// Deepest falls of the sum of closed trades, as freqtrade counts them: what is held is not seen.
    #[serde(default)]
    pub closed_drawdown: Drawdown,
    /// Freqtrade's variant of Sharpe, from closed trades; -100 where they do not differ, null for runs of less than 28
    /// days.
    #[serde(default)]
    pub freqtrade_sharpe: Option<Amount>,
}

impl Figures {
    /// Figures of an equity curve and its closed trades.
    ///
    /// # Errors
    /// When a sum of money has no exact form.
    pub fn of(curve: &EquityCurve, closed: &ClosedTrades) -> Result<Self, AmountError> {
        let trades = closed.stats;
        let (start, last) = (curve.start(), curve.last());
        let profit = last.equity.minus(start.equity)?;
        let drawdown = curve.drawdown()?;
        let returns = curve
            .daily_returns()
            .filter(|returns| returns.count() >= MIN_DAILY_RETURNS);
        // The last time is the last millisecond of its candle.
        let elapsed = last.at - start.at + 1;
        let is_yearly = days(elapsed) >= MIN_YEARLY_DAYS;
        let cagr = is_yearly
            .then(|| annual_growth(start.equity, last.equity, last.at - start.at))
            .flatten();
        Ok(Self {
            start_equity: start.equity,
            end_equity: last.equity,
            profit,
            total_return: ratio(profit, start.equity),
            drawdown,
            sharpe: returns.as_ref().and_then(sharpe),
            sortino: returns.as_ref().and_then(sortino),
            cagr,
            calmar: cagr
                .zip(drawdown.ratio)
                .and_then(|(growth, fall)| ratio(growth, fall)),
            trades,
            win_rate: trades.win_rate(),
            profit_factor: trades.profit_factor(),
            expectancy: trades.expectancy(),
            expectancy_ratio: trades.expectancy_ratio(),
            closed_drawdown: closed.falls.drawdown()?,
            freqtrade_sharpe: is_yearly
                .then(|| freqtrade_sharpe(&closed.returns?, days(last.at - start.at)))
                .flatten(),
        })
    }
}

/// Whole days.
fn days(elapsed: Millis) -> u32 {
    u32::try_from(elapsed / super::curve::DAY_MS).unwrap_or(0)
}

/// `mean(r) / sd(r, ddof = 1) × √365` of daily simple returns; nothing below two returns or without deviation.
pub fn sharpe(returns: &Moments) -> Option<Amount> {
    annualised(returns.mean()?, sqrt(returns.variance(1)?)?)
}

/// `mean(r) / √(Σ_{r<0} r² / n) × √365` of daily simple returns; nothing below two returns or without a loss.
pub fn sortino(returns: &Moments) -> Option<Amount> {
    if returns.count() < 2 {
        return None;
    }
    annualised(returns.mean()?, sqrt(returns.downside()?)?)
}

/// Freqtrade's variant, of `r = profit / start` of each trade: `Σ r / days` over their population deviation, × √365;
/// -100 when there is no deviation, nothing without a trade.
pub fn freqtrade_sharpe(returns: &Moments, days: u32) -> Option<Amount> {
    let deviation = sqrt(returns.variance(0)?)?;
    if deviation.is_zero() {
        return Some(Amount::from_int(-100));
    }
    let mean = returns.sum().checked_div(Decimal::from(days.max(1)))?;
    annualised(mean, deviation)
}

/// `(end / start)^(365 / days) - 1`; nothing when no time passed or an equity is not above zero.
pub fn annual_growth(start: Amount, end: Amount, elapsed: Millis) -> Option<Amount> {
    if elapsed <= 0 || !start.is_positive() || !end.is_positive() {
        return None;
    }
    let years = Decimal::from(elapsed)
        .checked_div(Decimal::from(super::curve::DAY_MS).checked_mul(YEAR_DAYS)?)?;
    let growth = end
        .decimal()
        .checked_div(start.decimal())?
        .checked_ln()?
        .checked_div(years)?;
    to_ratio(
        growth
            .checked_exp_with_tolerance(EXP_TOLERANCE)?
            .checked_sub(Decimal::ONE)?,
    )
}

fn annualised(mean: Decimal, deviation: Decimal) -> Option<Amount> {
    if deviation.is_zero() {
        return None;
    }
    to_ratio(mean.checked_div(deviation)?.checked_mul(sqrt(YEAR_DAYS)?)?)
}

/// Square root rounded down at 20 decimals. The one of `rust_decimal` may not settle, and panics then.
fn sqrt(value: Decimal) -> Option<Decimal> {
    const ROOT_DECIMALS: u32 = 20;
    let mantissa = u128::try_from(value.mantissa()).ok()?.as_u256();
    let square = mantissa.checked_mul(U256::new(10).pow(2 * ROOT_DECIMALS - value.scale()))?;
    if square == U256::ZERO {
        return Some(Decimal::ZERO);
    }
    // Newton's method from above falls until it has the root.
    let mut root = U256::ONE << (256_u32.saturating_sub(square.leading_zeros())).div_ceil(2);
    loop {
        let next = (root + square / root) >> 1_u32;
        if next >= root {
            return Decimal::try_from_i128_with_scale(i128::try_from(root).ok()?, ROOT_DECIMALS)
                .ok();
        }
        root = next;
    }
}

fn count(number: u64) -> Amount {
    i64::try_from(number).map_or(Amount::ZERO, Amount::from_int)
}

fn decimal_ratio(part: Amount, whole: Amount) -> Option<Decimal> {
    part.decimal().checked_div(whole.decimal())
}

fn ratio(part: Amount, whole: Amount) -> Option<Amount> {
    part.div_rounded(whole, RATIO_DECIMALS, Rounding::HalfEven)
        .ok()
}

fn to_ratio(value: Decimal) -> Option<Amount> {
    Amount::from_decimal(value.round_dp(RATIO_DECIMALS)).ok()
}
