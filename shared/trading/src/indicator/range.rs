//! How far prices swing: ATR, ADX, SuperTrend, Donchian channel.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::window::Extreme;
use super::{Bar, Real, is_zero};

/// Wilder's average true range: the mean of the first `period` true ranges, the first of which is the second candle's, then
/// `(before × (period - 1) + range) / period`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Atr {
    period: u32,
    ranges: u32,
    close: Real,
    value: Real,
}

impl Atr {
    pub(super) const fn new(period: u32) -> Self {
        Self {
            period,
            ranges: 0,
            close: Real::UNKNOWN,
            value: Real(0.0),
        }
    }

    pub(super) fn push(&mut self, bar: &Bar) -> f64 {
        let before = std::mem::replace(&mut self.close, bar.close).0;
        if before.is_nan() {
            return f64::NAN;
        }
        let range = bar.true_range(before);
        let period = f64::from(self.period);
        if self.ranges < self.period {
            self.ranges += 1;
            self.value.0 += range;
            if self.ranges < self.period {
                return f64::NAN;
            }
            self.value.0 /= period;
        } else {
            self.value.0 = (self.value.0 * (period - 1.0) + range) / period;
        }
        self.value.0
    }
}

/// Wilder's directional movement: the strength of a trend, and of both directions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Adx {
    period: u32,
    seen: u32,
    before: Option<Bar>,
    plus: Real,
    minus: Real,
    range: Real,
    /// The sum of the first `period` strengths, then the average.
    value: Real,
}

impl Adx {
    pub(super) const fn new(period: u32) -> Self {
        Self {
            period,
            seen: 0,
            before: None,
            plus: Real(0.0),
            minus: Real(0.0),
            range: Real(0.0),
            value: Real(0.0),
        }
    }

    /// ADX, +DI and -DI.
    pub(super) fn push(&mut self, bar: &Bar) -> [f64; 3] {
        let Some(before) = self.before.replace(*bar) else {
            return [f64::NAN; 3];
        };
        self.seen = self.seen.saturating_add(1);
        let (up, down) = (bar.high.0 - before.high.0, before.low.0 - bar.low.0);
        let plus = if up > 0.0 && up > down { up } else { 0.0 };
        let minus = if down > 0.0 && down > up { down } else { 0.0 };
        let range = bar.true_range(before.close.0);
        let period = f64::from(self.period);
        // The first sums are of one change less than the period.
        let kept = if self.seen < self.period {
            1.0
        } else {
            1.0 - 1.0 / period
        };
        self.plus.0 = self.plus.0 * kept + plus;
        self.minus.0 = self.minus.0 * kept + minus;
        self.range.0 = self.range.0 * kept + range;
        if self.seen < self.period {
            return [f64::NAN; 3];
        }
        let (plus, minus) = self.directions();
        let strength =
            (!is_zero(plus + minus)).then(|| 100.0 * ((minus - plus).abs() / (plus + minus)));
        let enough = self.period.saturating_mul(2).saturating_sub(1);
        if self.seen <= enough {
            self.value.0 += strength.unwrap_or(0.0);
            if self.seen < enough {
                return [f64::NAN, plus, minus];
            }
            self.value.0 /= period;
        } else if let Some(strength) = strength {
            self.value.0 = (self.value.0 * (period - 1.0) + strength) / period;
        }
        [self.value.0, plus, minus]
    }

    fn directions(&self) -> (f64, f64) {
        if is_zero(self.range.0) {
            return (0.0, 0.0);
        }
        let part = |sum: Real| 100.0 * (sum.0 / self.range.0);
        (part(self.plus), part(self.minus))
    }
}

/// A line that follows the price `multiplier` average true ranges away: below it in a rise, above it in a fall. It only comes
/// nearer, until the close crosses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuperTrend {
    multiplier: Real,
    atr: Atr,
    close: Real,
    upper: Real,
    lower: Real,
    is_rising: bool,
}

impl SuperTrend {
    pub(super) const fn new(period: u32, multiplier: f64) -> Self {
        Self {
            multiplier: Real(multiplier),
            atr: Atr::new(period),
            close: Real::UNKNOWN,
            upper: Real::UNKNOWN,
            lower: Real::UNKNOWN,
            is_rising: false,
        }
    }

    /// The line, and the direction: 1 in a rise, -1 in a fall. It begins as a fall.
    pub(super) fn push(&mut self, bar: &Bar) -> [f64; 3] {
        let atr = self.atr.push(bar);
        let before = std::mem::replace(&mut self.close, bar.close).0;
        if atr.is_nan() {
            return [f64::NAN; 3];
        }
        let middle = f64::midpoint(bar.high.0, bar.low.0);
        let (upper, lower) = (
            middle + self.multiplier.0 * atr,
            middle - self.multiplier.0 * atr,
        );
        let is_first = self.upper.0.is_nan();
        if is_first || upper < self.upper.0 || before > self.upper.0 {
            self.upper.0 = upper;
        }
        if is_first || lower > self.lower.0 || before < self.lower.0 {
            self.lower.0 = lower;
        }
        if !is_first {
            self.is_rising = if self.is_rising {
                bar.close.0 >= self.lower.0
            } else {
                bar.close.0 > self.upper.0
            };
        }
        if self.is_rising {
            [self.lower.0, 1.0, f64::NAN]
        } else {
            [self.upper.0, -1.0, f64::NAN]
        }
    }
}

/// The highest high and the lowest low of the last candles, as they were `offset` candles ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Donchian {
    offset: u32,
    highest: Extreme,
    lowest: Extreme,
    /// Channels of the candles between then and now, the oldest first.
    past: VecDeque<(Real, Real)>,
}

impl Donchian {
    pub(super) const fn new(period: u32, offset: u32) -> Self {
        Self {
            offset,
            highest: Extreme::highest(period),
            lowest: Extreme::lowest(period),
            past: VecDeque::new(),
        }
    }

    /// Upper line, middle and lower line.
    pub(super) fn push(&mut self, bar: &Bar) -> [f64; 3] {
        let highest = Real(self.highest.push(bar.high.0));
        let lowest = Real(self.lowest.push(bar.low.0));
        self.past.push_back((highest, lowest));
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        if self.past.len() <= offset {
            return [f64::NAN; 3];
        }
        let (upper, lower) = self.past.pop_front().unwrap_or((highest, lowest));
        [upper.0, f64::midpoint(upper.0, lower.0), lower.0]
    }
}
