//! Averages: simple, exponential, weighted; MACD and Bollinger bands are made of them.

use serde::{Deserialize, Serialize};

use super::Real;
use super::window::{Spread, Window};

/// Exponential average. The first value is the mean of the first `period`; then `e + 2 / (period + 1) × (x - e)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ema {
    period: u32,
    seen: u32,
    /// The sum until there are enough, then the average.
    value: Real,
}

impl Ema {
    pub(super) const fn new(period: u32) -> Self {
        Self {
            period,
            seen: 0,
            value: Real(0.0),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, value: f64) -> f64 {
        if self.seen < self.period {
            self.seen += 1;
            self.value.0 += value;
            if self.seen < self.period {
                return f64::NAN;
            }
            self.value.0 /= f64::from(self.period);
        } else {
            let factor = 2.0 / (f64::from(self.period) + 1.0);
            self.value.0 += (value - self.value.0) * factor;
        }
        self.value.0
    }
}

/// Weighted average: the newest value counts `period` times, the oldest once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wma {
    period: u32,
    window: Window,
    weighted: Real,
}

impl Wma {
    pub(super) const fn new(period: u32) -> Self {
        Self {
            period,
            window: Window::new(period),
            weighted: Real(0.0),
        }
    }

    pub(super) fn push(&mut self, value: f64) -> f64 {
        let sum = self.window.sum();
        let period = f64::from(self.period);
        if self.window.push(value).is_some() {
            self.weighted.0 += period * value - sum;
        } else {
            self.weighted.0 += f64::from(self.window.len()) * value;
        }
        if !self.window.is_full() {
            return f64::NAN;
        }
        if self.window.is_round() {
            let weights = (1..=self.period).map(f64::from);
            let weighted = weights.zip(self.window.values());
            self.weighted.0 = weighted.map(|(weight, value)| weight * value).sum();
        }
        self.weighted.0 / (period * (period + 1.0) / 2.0)
    }
}

/// Part of a price below which a difference of two averages is what rounding made of it.
const ROUNDING: f64 = 1e-12;

/// Two exponential averages apart, and the exponential average of that. Both averages begin at the same candle, the first
/// of the slow one: the fast one with the mean of the latest `fast` values there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Macd {
    skipped: u32,
    head_start: u32,
    fast: Ema,
    slow: Ema,
    signal: Ema,
}

impl Macd {
    pub(super) const fn new(fast: u32, slow: u32, signal: u32) -> Self {
        Self {
            skipped: 0,
            head_start: slow.saturating_sub(fast),
            fast: Ema::new(fast),
            slow: Ema::new(slow),
            signal: Ema::new(signal),
        }
    }

    /// Line, signal and the difference of the two; all begin with the signal.
    pub(super) fn push(&mut self, value: f64) -> [f64; 3] {
        let slow = self.slow.push(value);
        let mut fast = f64::NAN;
        if self.skipped < self.head_start {
            self.skipped += 1;
        } else {
            fast = self.fast.push(value);
        }
        if fast.is_nan() || slow.is_nan() {
            return [f64::NAN; 3];
        }
        let noise = ROUNDING * slow.abs();
        let apart = |one: f64, other: f64| {
            let difference = one - other;
            if difference.abs() <= noise {
                0.0
            } else {
                difference
            }
        };
        let line = apart(fast, slow);
        let signal = self.signal.push(line);
        if signal.is_nan() {
            return [f64::NAN; 3];
        }
        let histogram = apart(line, signal);
        [line, line - histogram, histogram]
    }
}

/// Simple average and bands so many deviations of the whole population away from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bollinger {
    deviations: Real,
    spread: Spread,
}

impl Bollinger {
    pub(super) const fn new(period: u32, deviations: f64) -> Self {
        Self {
            deviations: Real(deviations),
            spread: Spread::new(period),
        }
    }

    /// Upper band, average, lower band.
    pub(super) fn push(&mut self, value: f64) -> [f64; 3] {
        let (mean, deviation) = self.spread.push(value);
        let distance = self.deviations.0 * deviation;
        [mean + distance, mean, mean - distance]
    }
}
