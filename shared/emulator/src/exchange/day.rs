//! The last 24 hours of a symbol.

use trading::{Amount, AmountError, amount::Rounding, order::Millis};

use super::{bars::Bar, interval::DAY, listing::Listing};
use crate::config::DECIMALS;

/// Figures of the last 24 hours.
pub(crate) struct Day {
    pub(crate) bar: Bar,
    pub(crate) change: Amount,
    /// Change in percent of the first price, with three decimals.
    pub(crate) percent: String,
    /// Average price, weighted by volume.
    pub(crate) average: Amount,
}

impl Listing {
    /// The figures of the last 24 hours.
    pub(crate) fn day(&self, now: Millis) -> Result<Day, AmountError> {
        let price = self.price;
        let bar = self.bars.since(now - DAY)?.unwrap_or(Bar {
            open_time: now,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Amount::ZERO,
            quote: Amount::ZERO,
            trades: 0,
            taker_volume: Amount::ZERO,
            taker_quote: Amount::ZERO,
        });
        let change = price.minus(bar.open)?;
        let percent =
            change
                .times(Amount::HUNDRED)?
                .div_rounded(bar.open, 3, Rounding::HalfEven)?;
        let average = if bar.volume.is_positive() {
            bar.quote
                .div_rounded(bar.volume, DECIMALS, Rounding::HalfEven)?
        } else {
            price
        };
        Ok(Day {
            bar,
            change,
            percent: format!("{:.3}", percent.decimal()),
            average,
        })
    }
}
