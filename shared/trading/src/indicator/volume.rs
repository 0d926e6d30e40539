//! What was traded: on-balance volume, volume-weighted price, volume ratio.

use serde::{Deserialize, Serialize};

use super::window::Window;
use super::{Bar, Real, is_zero};
use crate::order::Millis;

const DAY: Millis = 86_400_000;

/// All volume of candles that closed higher than the one before, less that of those that closed lower. The first candle's
/// counts as the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Obv {
    close: Real,
    value: Real,
}

impl Obv {
    pub(super) const fn new() -> Self {
        Self {
            close: Real::UNKNOWN,
            value: Real(0.0),
        }
    }

    pub(super) fn push(&mut self, bar: &Bar) -> f64 {
        let before = std::mem::replace(&mut self.close, bar.close).0;
        if before.is_nan() || bar.close.0 > before {
            self.value.0 += bar.volume.0;
        } else if bar.close.0 < before {
            self.value.0 -= bar.volume.0;
        }
        self.value.0
    }
}

/// The mean typical price since the beginning of the day in UTC, each candle's counted by its volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vwap {
    day: Millis,
    /// Whether the candles of the day came from its beginning on.
    is_whole: bool,
    value: Real,
    volume: Real,
}

impl Vwap {
    pub(super) const fn new() -> Self {
        Self {
            day: Millis::MIN,
            is_whole: false,
            value: Real(0.0),
            volume: Real(0.0),
        }
    }

    /// No value on a day that had begun before the first candle, nor before anything was traded.
    pub(super) fn push(&mut self, bar: &Bar) -> f64 {
        let day = bar.open_time.div_euclid(DAY);
        if day != self.day {
            let is_whole = self.day != Millis::MIN || bar.open_time.rem_euclid(DAY) == 0;
            *self = Self {
                day,
                is_whole,
                ..Self::new()
            };
        }
        self.value.0 += bar.typical() * bar.volume.0;
        self.volume.0 += bar.volume.0;
        if !self.is_whole || is_zero(self.volume.0) {
            f64::NAN
        } else {
            self.value.0 / self.volume.0
        }
    }
}

/// The volume over the mean of the `period` candles before. No value where nothing was traded in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VolumeRatio {
    period: u32,
    window: Window,
    /// Candles in a row in which nothing was traded.
    idle: u32,
}

impl VolumeRatio {
    pub(super) const fn new(period: u32) -> Self {
        Self {
            period,
            window: Window::new(period),
            idle: 0,
        }
    }

    pub(super) fn push(&mut self, bar: &Bar) -> f64 {
        let mean = self.window.mean_if_full();
        let was_idle = self.idle >= self.period;
        self.window.push(bar.volume.0);
        self.idle = if is_zero(bar.volume.0) {
            self.idle.saturating_add(1)
        } else {
            0
        };
        if was_idle {
            f64::NAN
        } else {
            bar.volume.0 / mean
        }
    }
}
