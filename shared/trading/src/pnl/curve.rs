use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Moments;
use crate::amount::{Amount, AmountError, Exact, Rounding};
use crate::order::Millis;

/// Decimals of ratios in reports.
pub(crate) const RATIO_DECIMALS: u32 = 12;

/// Milliseconds of a UTC day.
pub(super) const DAY_MS: Millis = 86_400_000;
/// Most samples of a curve that are kept: those of fourteen years of hours.
pub const MOST_SAMPLES: usize = 1 << 17;

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

/// Looks for the deepest fall from a peak while equity streams by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Falls {
    peak: Amount,
    trough: Amount,
    deepest: Option<(Amount, Amount)>,
    largest: Amount,
}

impl Falls {
    pub(super) const fn new(start: Amount) -> Self {
        Self {
            peak: start,
            trough: start,
            deepest: None,
            largest: Amount::ZERO,
        }
    }

    #[inline]
    pub(super) fn record(&mut self, equity: Amount) -> Result<(), AmountError> {
        if equity > self.peak {
            self.close()?;
            self.peak = equity;
            self.trough = equity;
        } else if equity < self.trough {
            self.trough = equity;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), AmountError> {
        let fall = self.peak.minus(self.trough)?;
        self.largest = self.largest.max(fall);
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

    pub(super) fn drawdown(&self) -> Result<Drawdown, AmountError> {
        let fall = self.peak.minus(self.trough)?;
        let ratio = match self.deeper(fall)? {
            Some((fall, peak)) => {
                Some(fall.div_rounded(peak, RATIO_DECIMALS, Rounding::HalfEven)?)
            }
            None => None,
        };
        Ok(Drawdown {
            ratio,
            amount: self.largest.max(fall),
        })
    }
}

/// Equity over time, as it streams by: extremes at every record, a sample per interval, a return per UTC day. What it
/// keeps does not grow with the time: of more than [`MOST_SAMPLES`] samples every other one is dropped, and the returns are
/// summed up.
#[derive(Clone, Debug)]
pub struct EquityCurve {
    start: EquityPoint,
    last: EquityPoint,
    falls: Falls,
    sample_ms: Millis,
    next_sample: Millis,
    next_day: Millis,
    samples: Vec<EquityPoint>,
    /// Samples seen, kept or not.
    seen: u64,
    /// One of so many samples is kept.
    stride: u64,
    /// Equity at the end of the day before.
    day_start: Amount,
    /// Of the days that are over; nothing once a return had no meaning.
    returns: Option<Moments>,
}

impl EquityCurve {
    /// Starts with the equity before the first trade; a sample every `sample_ms`.
    pub fn new(start: EquityPoint, sample_ms: Millis) -> Self {
        let sample_ms = sample_ms.max(1);
        Self {
            start,
            last: start,
            falls: Falls::new(start.equity),
            sample_ms,
            next_sample: next_multiple(start.at, sample_ms),
            next_day: next_multiple(start.at, DAY_MS),
            samples: vec![start],
            seen: 1,
            stride: 1,
            day_start: start.equity,
            returns: Some(Moments::default()),
        }
    }

    /// Takes the equity of a later time.
    ///
    /// # Errors
    /// When a difference has no exact form.
    #[inline]
    pub fn record(&mut self, at: Millis, equity: Amount) -> Result<(), AmountError> {
        if at >= self.next_sample {
            self.sample();
            self.next_sample = next_multiple(at, self.sample_ms);
        }
        if at >= self.next_day {
            self.returns = self.daily_returns();
            self.day_start = self.last.equity;
            self.next_day = next_multiple(at, DAY_MS);
        }
        self.last = EquityPoint { at, equity };
        self.falls.record(equity)
    }

    /// Keeps the latest equity as a sample, if its turn has come.
    fn sample(&mut self) {
        if self.seen.is_multiple_of(self.stride) {
            if self.samples.len() == MOST_SAMPLES {
                let mut is_odd = true;
                self.samples.retain(|_| {
                    is_odd = !is_odd;
                    !is_odd
                });
                self.stride *= 2;
            }
            // Its number is a multiple of the new distance too, because MOST_SAMPLES is even.
            self.samples.push(self.last);
        }
        self.seen += 1;
    }

    /// The deepest falls so far.
    ///
    /// # Errors
    /// When a difference has no exact form.
    pub fn drawdown(&self) -> Result<Drawdown, AmountError> {
        self.falls.drawdown()
    }

    /// The first equity.
    pub fn start(&self) -> EquityPoint {
        self.start
    }

    /// The latest equity.
    pub fn last(&self) -> EquityPoint {
        self.last
    }

    /// The first equity, the last one of every sampling interval, and the latest; of more than [`MOST_SAMPLES`] intervals
    /// every second, fourth, … one.
    pub fn samples(&self) -> Vec<EquityPoint> {
        let mut samples = self.samples.clone();
        if samples.last() != Some(&self.last) {
            samples.push(self.last);
        }
        samples
    }

    /// Simple returns from the first equity to the last one of a UTC day, from there to that of the next, and so on, the
    /// current day included; nothing when one began with no equity above zero.
    pub fn daily_returns(&self) -> Option<Moments> {
        if !self.day_start.is_positive() {
            return None;
        }
        let (before, after) = (self.day_start.decimal(), self.last.equity.decimal());
        let growth = after.checked_sub(before)?.checked_div(before)?;
        self.returns?.and(growth)
    }
}

const fn next_multiple(at: Millis, step: Millis) -> Millis {
    (at.div_euclid(step) + 1) * step
}
