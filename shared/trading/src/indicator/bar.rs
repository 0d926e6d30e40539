use serde::{Deserialize, Serialize};

use super::Real;
use crate::amount::Amount;
use crate::candle::Candle;
use crate::order::Millis;

/// Powers of ten that are exact, for every scale that an amount has.
const TENS: [f64; 19] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18,
];

/// A closed candle as indicators see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// First millisecond of the interval.
    pub open_time: Millis,
    /// First price.
    pub open: Real,
    /// Highest price.
    pub high: Real,
    /// Lowest price.
    pub low: Real,
    /// Last price.
    pub close: Real,
    /// Base traded.
    pub volume: Real,
}

impl Bar {
    /// The candle in floating-point numbers, each the nearest to its amount.
    #[inline]
    pub fn of(candle: &Candle) -> Self {
        Self {
            open_time: candle.open_time,
            open: Real(float(candle.open)),
            high: Real(float(candle.high)),
            low: Real(float(candle.low)),
            close: Real(float(candle.close)),
            volume: Real(float(candle.volume)),
        }
    }

    /// Takes in the candle that follows, within the same longer interval.
    pub(super) fn extend(&mut self, next: &Self) {
        self.high.0 = self.high.0.max(next.high.0);
        self.low.0 = self.low.0.min(next.low.0);
        self.close = next.close;
        self.volume.0 += next.volume.0;
    }

    /// `(high + low + close) / 3`
    pub(super) fn typical(&self) -> f64 {
        (self.high.0 + self.low.0 + self.close.0) / 3.0
    }

    /// The greatest of `high - low`, `|high - close before|` and `|low - close before|`.
    pub(super) fn true_range(&self, before: f64) -> f64 {
        let range = self.high.0 - self.low.0;
        range
            .max((self.high.0 - before).abs())
            .max((self.low.0 - before).abs())
    }
}

/// The nearest floating-point number to an amount.
#[inline]
#[expect(
    clippy::cast_precision_loss,
    reason = "an indicator decides, it does not count"
)]
pub fn float(amount: Amount) -> f64 {
    let decimal = amount.decimal();
    let (mantissa, scale) = (decimal.mantissa(), decimal.scale());
    let whole = match i64::try_from(mantissa) {
        Ok(small) => small as f64,
        Err(_) => float_of_large(mantissa),
    };
    let ten = usize::try_from(scale).ok().and_then(|at| TENS.get(at));
    ten.map_or(f64::NAN, |ten| whole / ten)
}

/// Slower, and not needed for prices that there are.
#[cold]
#[expect(
    clippy::cast_precision_loss,
    reason = "an indicator decides, it does not count"
)]
const fn float_of_large(mantissa: i128) -> f64 {
    mantissa as f64
}

/// A floating-point number as decisions show it: to 8 decimals; none where there is no value.
pub fn shown(value: f64) -> Option<Amount> {
    if !value.is_finite() {
        return None;
    }
    format!("{value:.8}").parse().ok()
}
