use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::figures::RATIO_DECIMALS;
use crate::amount::{Amount, AmountError, Exact, Rounding};
use crate::order::Millis;

/// Milliseconds of a UTC day.
pub(super) const DAY_MS: Millis = 86_400_000;

/// Equity at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EquityPoint {
    /// When.
    pub at: Millis,
    /// Quote + Σ base × mark.
    pub equity: Amount,
}

/// The deepest falls from a peak, on equity marked to market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Drawdown {
    /// Largest `(peak - equity) / peak`; nothing when equity never stood above zero.
    pub ratio: Option<Amount>,
    /// Largest `peak - equity`, in quote.
    pub amount: Amount,
}

/// Equity over time, kept as it streams by: extremes at every record, a sample per interval, a close per UTC day.
#[derive(Clone, Debug)]
pub struct EquityCurve {
    start: EquityPoint,
    last: EquityPoint,
    peak: Amount,
    trough: Amount,
    deepest: Option<(Amount, Amount)>,
    largest_fall: Amount,
    sample_ms: Millis,
    next_sample: Millis,
    next_day: Millis,
    samples: Vec<EquityPoint>,
    daily: Vec<EquityPoint>,
}

impl EquityCurve {
    /// Starts with the equity before the first trade; a sample every `sample_ms`.
    pub fn new(start: EquityPoint, sample_ms: Millis) -> Self {
        let sample_ms = sample_ms.max(1);
        Self {
            start,
            last: start,
            peak: start.equity,
            trough: start.equity,
            deepest: None,
            largest_fall: Amount::ZERO,
            sample_ms,
            next_sample: next_multiple(start.at, sample_ms),
            next_day: next_multiple(start.at, DAY_MS),
            samples: vec![start],
            daily: Vec::new(),
        }
    }

    /// Takes the equity of a later time.
    ///
    /// # Errors
    /// When a difference has no exact form.
    #[inline]
    pub fn record(&mut self, at: Millis, equity: Amount) -> Result<(), AmountError> {
        if at >= self.next_sample {
            self.samples.push(self.last);
            self.next_sample = next_multiple(at, self.sample_ms);
        }
        if at >= self.next_day {
            self.daily.push(self.last);
            self.next_day = next_multiple(at, DAY_MS);
        }
        self.last = EquityPoint { at, equity };
        if equity > self.peak {
            self.close_fall()?;
            self.peak = equity;
            self.trough = equity;
        } else if equity < self.trough {
            self.trough = equity;
        }
        Ok(())
    }

    fn close_fall(&mut self) -> Result<(), AmountError> {
        let fall = self.peak.minus(self.trough)?;
        self.largest_fall = self.largest_fall.max(fall);
        self.deepest = self.deeper(fall)?;
        Ok(())
    }

    /// The deeper of the deepest fall so far and `fall` from the current peak, as (fall, peak).
    fn deeper(&self, fall: Amount) -> Result<Option<(Amount, Amount)>, AmountError> {
        if !self.peak.is_positive() {
            return Ok(self.deepest);
        }
        let Some((old_fall, old_peak)) = self.deepest else {
            return Ok(Some((fall, self.peak)));
        };
        let now = Exact::of(fall).over(self.peak)?;
        let then = Exact::of(old_fall).over(old_peak)?;
        Ok(if now.compare(&then)?.is_gt() {
            Some((fall, self.peak))
        } else {
            self.deepest
        })
    }

    /// The deepest falls so far.
    ///
    /// # Errors
    /// When a difference has no exact form.
    pub fn drawdown(&self) -> Result<Drawdown, AmountError> {
        let fall = self.peak.minus(self.trough)?;
        let ratio = match self.deeper(fall)? {
            Some((fall, peak)) => {
                Some(fall.div_rounded(peak, RATIO_DECIMALS, Rounding::HalfEven)?)
            }
            None => None,
        };
        Ok(Drawdown {
            ratio,
            amount: self.largest_fall.max(fall),
        })
    }

    /// The first equity.
    pub fn start(&self) -> EquityPoint {
        self.start
    }

    /// The latest equity.
    pub fn last(&self) -> EquityPoint {
        self.last
    }

    /// The first equity, the last one of every sampling interval, and the latest.
    pub fn samples(&self) -> Vec<EquityPoint> {
        let mut samples = self.samples.clone();
        if samples.last() != Some(&self.last) {
            samples.push(self.last);
        }
        samples
    }

    /// The first equity, then the last one of every UTC day, the current day included.
    pub fn days(&self) -> Vec<Amount> {
        let closes = self.daily.iter().chain(std::iter::once(&self.last));
        std::iter::once(&self.start)
            .chain(closes)
            .map(|point| point.equity)
            .collect()
    }
}

const fn next_multiple(at: Millis, step: Millis) -> Millis {
    (at.div_euclid(step) + 1) * step
}
