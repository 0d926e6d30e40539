use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::backtests::BacktestTrade;
use trading::bot::FieldError;
use utoipa::ToSchema;

use super::{Played, Summary, trades};

/// Fills of a backtest that are kept.
const MOST_TRADES: usize = 100_000;

/// What is kept of a backtest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BacktestResult {
    /// Its figures.
    pub summary: Summary,
    /// What is doubtful about the request and its candles.
    pub warnings: Vec<FieldError>,
    /// How many of its fills are kept: the first 100,000.
    #[schema(minimum = 0, maximum = 100_000)]
    pub kept_trades: u32,
}

impl Played {
    /// What is kept of it: its result, and its fills.
    ///
    /// # Errors
    /// When a word of the kernel has no JSON form.
    pub fn kept(&self) -> Result<(BacktestResult, Vec<BacktestTrade>), serde_json::Error> {
        let kept = trades(&self.report)
            .into_iter()
            .take(MOST_TRADES)
            .zip(1..)
            .map(|(trade, number)| {
                Ok(BacktestTrade {
                    number,
                    order_number: i64::try_from(trade.order.number).unwrap_or(i64::MAX),
                    deal: trade.order.deal.into(),
                    purpose: word(&trade.order.purpose)?,
                    level: trade.order.level.into(),
                    side: word(&trade.order.side)?,
                    price: trade.fill.price,
                    quantity: trade.fill.quantity,
                    quote: trade.fill.quote,
                    fee: trade.fill.fee,
                    fee_asset: trade.fill.fee_asset.to_string(),
                    liquidity: word(&trade.fill.liquidity)?,
                    at: DateTime::from_timestamp_millis(trade.fill.at),
                })
            })
            .collect::<Result<Vec<_>, serde_json::Error>>()?;
        let result = BacktestResult {
            summary: self.summary.clone(),
            warnings: self.warnings.clone(),
            kept_trades: u32::try_from(kept.len()).unwrap_or(u32::MAX),
        };
        Ok((result, kept))
    }
}

fn word(value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(match serde_json::to_value(value)? {
        Value::String(word) => word,
        other => other.to_string(),
    })
}
