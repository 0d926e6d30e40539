use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Candle;
use crate::amount::{Amount, AmountError};
use crate::order::Millis;

/// A price at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// When.
    pub at: Millis,
    /// How much, in quote.
    pub price: Amount,
}

/// In which order a backtest visits the extremes of a candle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PointOrder {
    /// The extreme nearer to the open first; low first when both are as near.
    #[default]
    Nearest,
    /// Low first while a bot holds base, for a long position the worse order; nearest otherwise.
    WorseForPosition,
}

impl Candle {
    /// Whether the high comes before the low: it is nearer to the open. A tie puts the low first.
    ///
    /// # Errors
    /// When a difference of prices has no exact form.
    #[inline]
    pub fn is_high_first(&self) -> Result<bool, AmountError> {
        Ok(self.high.minus(self.open)? < self.open.minus(self.low)?)
    }

    /// The four prices a candle stands for, at its open, one third, two thirds and close.
    #[inline]
    pub fn points(&self, high_first: bool) -> [Point; 4] {
        let (second, third) = if high_first {
            (self.high, self.low)
        } else {
            (self.low, self.high)
        };
        let length = self.duration();
        [
            Point {
                at: self.open_time,
                price: self.open,
            },
            Point {
                at: self.open_time + length / 3,
                price: second,
            },
            Point {
                at: self.open_time + length * 2 / 3,
                price: third,
            },
            Point {
                at: self.close_time,
                price: self.close,
            },
        ]
    }
}
