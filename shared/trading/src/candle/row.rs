use csv::StringRecord;

use super::columns::{CLOSE_TIME, Columns, PRICES, TIME, VOLUME, field};
use super::unit::Unit;
use super::{Candle, CandleError, number};
use crate::amount::Amount;
use crate::order::Millis;

/// Prices, volumes and their products beyond this are no market's: sums of a day of them still fit an amount.
const MOST: Amount = Amount::from_whole(1_000_000_000_000_000);

/// A row as the file has it, with its prices on the tick.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    /// As the file has it.
    pub(super) time: i64,
    /// As the file has it.
    pub(super) close_time: Option<i64>,
    pub(super) prices: [Amount; 4],
    pub(super) volume: Amount,
    /// A price was brought to the tick.
    pub(super) is_rounded: bool,
}

impl Row {
    /// Reads the fields of a row; `unit` is that of the first row.
    pub(super) fn read(
        fields: &StringRecord,
        line: u64,
        columns: &Columns,
        unit: Option<Unit>,
        tick: Amount,
    ) -> Result<Self, CandleError> {
        let close_time = columns.close_time;
        let time = time(fields, line, (columns.time, TIME), unit)?;
        let unit = unit.unwrap_or_else(|| Unit::of(time));
        let mut row = Self {
            line,
            time,
            close_time: close_time
                .map(|index| self::time(fields, line, (index, CLOSE_TIME), Some(unit)))
                .transpose()?,
            prices: [Amount::ZERO; 4],
            volume: number(fields, line, (columns.volume, VOLUME))?,
            is_rounded: false,
        };
        for (place, (index, column)) in columns.prices.into_iter().zip(PRICES).enumerate() {
            let price = number(fields, line, (index, column))?;
            let on_tick = on_tick(price, tick).ok_or_else(|| CandleError::Tick {
                line,
                column,
                value: field(fields, index).to_owned(),
                tick,
            })?;
            row.is_rounded |= on_tick != price;
            row.prices[place] = on_tick;
        }
        row.consistent()?;
        // What is computed with a volume is its value, and the sum of a day's.
        let is_small = row.prices[1]
            .valued_at(row.volume)
            .is_ok_and(|value| value <= MOST);
        if is_small {
            return Ok(row);
        }
        Err(CandleError::TooLarge {
            line,
            column: VOLUME,
            value: field(fields, columns.volume).to_owned(),
        })
    }

    /// Refuses prices that contradict each other, and what is not above zero.
    fn consistent(&self) -> Result<(), CandleError> {
        let [open, high, low, close] = self.prices;
        let wrong = if !low.is_positive() || low > open || low > close {
            Some((PRICES[2], low))
        } else if high < open || high < close {
            Some((PRICES[1], high))
        } else {
            self.volume.is_negative().then_some((VOLUME, self.volume))
        };
        match wrong {
            None => Ok(()),
            Some((column, value)) => Err(CandleError::Inconsistent {
                line: self.line,
                column,
                value,
            }),
        }
    }

    /// The candle of the interval that begins at `open_time`.
    pub(super) fn candle(&self, open_time: Millis, interval: Millis) -> Candle {
        let [open, high, low, close] = self.prices;
        Candle {
            open_time,
            close_time: open_time + interval - 1,
            open,
            high,
            low,
            close,
            volume: self.volume,
        }
    }
}

fn number(
    fields: &StringRecord,
    line: u64,
    (index, column): (usize, &'static str),
) -> Result<Amount, CandleError> {
    let value = field(fields, index);
    let number = number::amount(value).ok_or_else(|| CandleError::Field {
        line,
        column,
        value: value.to_owned(),
    })?;
    if number <= MOST {
        return Ok(number);
    }
    Err(CandleError::TooLarge {
        line,
        column,
        value: value.to_owned(),
    })
}

fn time(
    fields: &StringRecord,
    line: u64,
    (index, column): (usize, &'static str),
    unit: Option<Unit>,
) -> Result<i64, CandleError> {
    let value = field(fields, index);
    let time = number::time(value).ok_or_else(|| CandleError::Field {
        line,
        column,
        value: value.to_owned(),
    })?;
    match unit.filter(|unit| !unit.fits(time)) {
        None => Ok(time),
        Some(unit) => Err(CandleError::MixedUnits {
            line,
            column,
            value: time,
            found: Unit::of(time).name(),
            expected: unit.name(),
        }),
    }
}

/// The nearest price on the tick, where that changes it by 1 % at most.
fn on_tick(price: Amount, tick: Amount) -> Option<Amount> {
    let nearest = price.nearest_to(tick).ok()?;
    if nearest == price {
        return Some(price);
    }
    let change = nearest.minus(price).ok()?.abs();
    let is_slight = change.valued_at(Amount::HUNDRED).ok()? <= price.abs();
    is_slight.then_some(nearest)
}
