//! Candles, and the prices they stand for.

mod columns;
mod csv;
mod error;
mod interval;
mod number;
mod points;
mod raster;
mod row;
mod synthetic;
mod timeline;
mod unit;

use serde::{Deserialize, Serialize};

use crate::amount::Amount;
use crate::order::Millis;

pub use csv::{CandleReader, Gap, Mended};
pub use error::CandleError;
pub use interval::Interval;
pub use points::{Point, PointOrder};
pub use synthetic::{SyntheticError, SyntheticMarket};
pub use timeline::{Timeline, TimelinePoint};

/// The last time that is written and read everywhere, in RFC 3339 and by the database: 9999-12-31T23:59:59.999Z.
pub const LAST_TIME: Millis = 253_402_300_799_999;

/// Prices of one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candle {
    /// First millisecond of the interval.
    pub open_time: Millis,
    /// Last millisecond of the interval.
    pub close_time: Millis,
    /// First price.
    pub open: Amount,
    /// Highest price.
    pub high: Amount,
    /// Lowest price.
    pub low: Amount,
    /// Last price.
    pub close: Amount,
    /// Base traded.
    pub volume: Amount,
}

impl Candle {
    /// Length of the interval in milliseconds.
    pub const fn duration(&self) -> Millis {
        self.close_time - self.open_time + 1
    }

    /// Whether the prices contradict each other.
    pub fn is_consistent(&self) -> bool {
        self.low.is_positive()
            && self.low <= self.open
            && self.low <= self.close
            && self.high >= self.open
            && self.high >= self.close
            && self.close_time >= self.open_time
            && !self.volume.is_negative()
    }
}
