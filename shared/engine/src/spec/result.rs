use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::backtests::BacktestTrade;
use trading::{
    backtest::{MOST_FILLS, OrderFill},
    bot::FieldError,
};
use utoipa::ToSchema;

use super::{Played, Summary};

/// Fills of a backtest that are kept.
pub const MOST_TRADES: usize = MOST_FILLS;

/// What is kept of a backtest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BacktestResult {
    /// Its figures, of the whole run.
    pub summary: Summary,
    /// What is doubtful about the request and its candles.
    pub warnings: Vec<FieldError>,
    /// How many of its fills are kept: the first 100,000.
    #[schema(minimum = 0, maximum = 100_000)]
    pub kept_trades: u32,
    /// How many fills came after those: not listed, but part of every figure. Absent where a backtest is from before it was
    /// counted.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub dropped_trades: u64,
}

impl Played {
    /// What is kept of it besides its fills.
    pub fn result(&self) -> BacktestResult {
        let fills = &self.excerpt.fills;
        BacktestResult {
            summary: self.summary.clone(),
            warnings: self.warnings.clone(),
            kept_trades: u32::try_from(fills.kept().len()).unwrap_or(u32::MAX),
            dropped_trades: fills.dropped(),
        }
    }

    /// The fills that are kept of it, by time; an error where a word of the kernel has no JSON form.
    pub fn trades(&self) -> impl Iterator<Item = Result<BacktestTrade, serde_json::Error>> {
        self.excerpt.fills.kept().iter().zip(1..).map(trade)
    }
}

fn trade((one, number): (&OrderFill, i32)) -> Result<BacktestTrade, serde_json::Error> {
    Ok(BacktestTrade {
        number,
        order_number: i64::try_from(one.number).unwrap_or(i64::MAX),
        deal: one.deal.into(),
        purpose: word(&one.purpose)?,
        level: one.level.into(),
        side: word(&one.side)?,
        price: one.fill.price,
        quantity: one.fill.quantity,
        quote: one.fill.quote,
        fee: one.fill.fee,
        fee_asset: one.fill.fee_asset.to_string(),
        liquidity: word(&one.fill.liquidity)?,
        at: DateTime::from_timestamp_millis(one.fill.at),
    })
}

fn word(value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(match serde_json::to_value(value)? {
        Value::String(word) => word,
        other => other.to_string(),
    })
}
