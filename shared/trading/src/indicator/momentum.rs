//! How fast prices move: RSI, stochastic, rate of change, momentum.

use serde::{Deserialize, Serialize};

use super::window::{Extreme, Window};
use super::{Bar, Real, is_zero};

/// Wilder's relative strength: `100 × gains / (gains + losses)`, both averaged by his smoothing from the mean of the first
/// `period` changes on. Where nothing changed it is 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rsi {
    period: u32,
    changes: u32,
    before: Real,
    gains: Real,
    losses: Real,
}

impl Rsi {
    pub(super) const fn new(period: u32) -> Self {
        Self {
            period,
            changes: 0,
            before: Real::UNKNOWN,
            gains: Real(0.0),
            losses: Real(0.0),
        }
    }

    pub(super) fn push(&mut self, value: f64) -> f64 {
        let change = value - std::mem::replace(&mut self.before, Real(value)).0;
        if change.is_nan() {
            return f64::NAN;
        }
        let (gain, loss) = (change.max(0.0), (-change).max(0.0));
        let period = f64::from(self.period);
        if self.changes < self.period {
            self.changes += 1;
            self.gains.0 += gain;
            self.losses.0 += loss;
            if self.changes < self.period {
                return f64::NAN;
            }
            self.gains.0 /= period;
            self.losses.0 /= period;
        } else {
            self.gains.0 = (self.gains.0 * (period - 1.0) + gain) / period;
            self.losses.0 = (self.losses.0 * (period - 1.0) + loss) / period;
        }
        let all = self.gains.0 + self.losses.0;
        if is_zero(all) {
            0.0
        } else {
            100.0 * (self.gains.0 / all)
        }
    }
}

/// Where the close lies between the lowest low and the highest high, in percent, averaged (`k`), and that averaged again (`d`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stochastic {
    highest: Extreme,
    lowest: Extreme,
    k: Window,
    d: Window,
}

impl Stochastic {
    pub(super) const fn new(period: u32, smooth_k: u32, smooth_d: u32) -> Self {
        Self {
            highest: Extreme::highest(period),
            lowest: Extreme::lowest(period),
            k: Window::new(smooth_k),
            d: Window::new(smooth_d),
        }
    }

    /// `k` and `d`; both begin with `d`.
    pub(super) fn push(&mut self, bar: &Bar) -> [f64; 3] {
        let highest = self.highest.push(bar.high.0);
        let lowest = self.lowest.push(bar.low.0);
        if highest.is_nan() {
            return [f64::NAN; 3];
        }
        let range = (highest - lowest) / 100.0;
        let raw = if range > 0.0 {
            (bar.close.0 - lowest) / range
        } else {
            0.0
        };
        self.k.push(raw);
        if !self.k.is_full() {
            return [f64::NAN; 3];
        }
        self.d.push(self.k.mean());
        if !self.d.is_full() {
            return [f64::NAN; 3];
        }
        [self.k.mean(), self.d.mean(), f64::NAN]
    }
}

/// How far a value is from the one `period` candles before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    is_rate: bool,
    window: Window,
}

impl Change {
    /// The difference.
    pub(super) const fn momentum(period: u32) -> Self {
        Self {
            is_rate: false,
            window: Window::new(period),
        }
    }

    /// The difference in percent of the value before; 0 where that is 0.
    pub(super) const fn rate(period: u32) -> Self {
        Self {
            is_rate: true,
            window: Window::new(period),
        }
    }

    pub(super) fn push(&mut self, value: f64) -> f64 {
        match self.window.push(value) {
            None => f64::NAN,
            Some(before) if !self.is_rate => value - before,
            Some(before) if is_zero(before) => 0.0,
            Some(before) => (value / before - 1.0) * 100.0,
        }
    }
}
