use chrono::{DateTime, Utc};
use platform::time::of_millis;
use serde::{Deserialize, Serialize};
use trading::{
    Amount, Symbol,
    amount::{AmountError, Rounding},
    backtest::{BacktestError, Held, MarketReport, Report},
    bot::BotStatus,
    pnl::{EquityPoint, Figures, Position},
};
use utoipa::ToSchema;

/// Points of the equity series that are kept.
const MOST_POINTS: usize = 1_000;

/// What a backtest came to. Figures that have no meaning for the run are null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Summary {
    /// What was traded.
    pub symbol: Symbol,
    /// The type of the bot.
    pub bot: String,
    /// Its status at the end.
    pub status: BotStatus,
    /// Open time of the first candle.
    #[serde(with = "platform::time::wire")]
    pub from: DateTime<Utc>,
    /// Close time of the last candle.
    #[serde(with = "platform::time::wire")]
    pub to: DateTime<Utc>,
    /// What was played.
    pub market: MarketReport,
    /// Deals that were closed.
    #[schema(minimum = 0)]
    pub closed_deals: u64,
    /// Orders that were filled, in whole or in part.
    #[schema(minimum = 0)]
    pub fills: u64,
    /// Profit booked, in quote, fees off.
    pub realised: Amount,
    /// Profit of what is held, at the last price, in quote.
    pub unrealised: Amount,
    /// The same if all of it were sold at the last price as a taker; null for backtests from before it was computed.
    #[serde(default)]
    pub unrealised_after_fee: Option<Amount>,
    /// Fees paid, as value in quote.
    pub fees: Amount,
    /// Base held at the end, and its cost.
    pub position: Position,
    /// Price × quantity of all fills, in quote.
    pub volume: Amount,
    /// Share of the time in which the bot held base that it had bought, 0–1.
    pub time_in_market: Option<Amount>,
    /// Figures of equity and closed trades.
    pub figures: Figures,
    /// Equity over time, at most 1,000 points.
    pub equity: Vec<EquitySample>,
}

/// Equity at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EquitySample {
    /// When, on the clock of the data.
    #[serde(with = "platform::time::wire")]
    pub at: DateTime<Utc>,
    /// Quote + Σ base × mark.
    pub equity: Amount,
}

impl Summary {
    /// What a run of one bot, of type `bot_type`, came to.
    ///
    /// # Errors
    /// When a sum has no exact form, or the report is of another plan.
    pub fn of(bot_type: &str, report: &Report) -> Result<Self, BacktestError> {
        let (Some(bot), Some(account), Some(market)) = (
            report.bots.first(),
            report.accounts.first(),
            report.markets.first(),
        ) else {
            return Err(BacktestError::Plan);
        };
        Ok(Self {
            symbol: bot.symbol.clone(),
            bot: bot_type.to_owned(),
            status: bot.status,
            from: of_millis(report.from),
            to: of_millis(report.to),
            market: market.clone(),
            closed_deals: bot.closed_deals,
            fills: bot.fills,
            realised: bot.realised,
            unrealised: bot.unrealised,
            unrealised_after_fee: Some(bot.unrealised_after_fee),
            fees: bot.fees,
            position: bot.position,
            volume: bot.volume,
            time_in_market: share_of_time(bot.held, report)?,
            figures: account.figures.ok_or(BacktestError::Plan)?,
            equity: thinned(&account.equity),
        })
    }
}

/// What part of the time of a run it was; nothing where the run took none.
fn share_of_time(Held(part): Held, report: &Report) -> Result<Option<Amount>, AmountError> {
    let whole = report.to - report.from;
    if whole <= 0 {
        return Ok(None);
    }
    Amount::from_int(part)
        .div_rounded(Amount::from_int(whole), 6, Rounding::HalfEven)
        .map(Some)
}

/// Every n-th point, and the last.
fn thinned(points: &[EquityPoint]) -> Vec<EquitySample> {
    let step = points.len().div_ceil(MOST_POINTS - 1).max(1);
    let mut kept: Vec<EquityPoint> = points.iter().copied().step_by(step).collect();
    if let Some(last) = points.last().filter(|last| kept.last() != Some(last)) {
        kept.push(*last);
    }
    kept.into_iter()
        .map(|point| EquitySample {
            at: of_millis(point.at),
            equity: point.equity,
        })
        .collect()
}
