//! Candles of a symbol, kept by the minute.

use std::collections::VecDeque;

use trading::{Amount, AmountError, amount::Rounding, candle::Candle, order::Millis};

use super::interval::{Interval, MINUTE};
use crate::config::DECIMALS;

/// Minutes that are kept: seven weeks.
const KEPT: usize = 50_000;
/// Empty minutes that are filled in after a pause.
const MOST_EMPTY: i64 = 1_500;
/// Trades that a minute of the history stands for.
const TRADES_OF_HISTORY: u64 = 100;

/// Prices and sums of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) open_time: Millis,
    pub(crate) open: Amount,
    pub(crate) high: Amount,
    pub(crate) low: Amount,
    pub(crate) close: Amount,
    /// Base that was traded.
    pub(crate) volume: Amount,
    /// Quote that was traded.
    pub(crate) quote: Amount,
    pub(crate) trades: u64,
    /// Base that takers bought.
    pub(crate) taker_volume: Amount,
    /// Quote that takers paid.
    pub(crate) taker_quote: Amount,
}

/// One trade, as the sums of a candle see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Print {
    pub(crate) at: Millis,
    pub(crate) price: Amount,
    pub(crate) quantity: Amount,
    pub(crate) quote: Amount,
    /// The taker bought.
    pub(crate) is_buy: bool,
}

/// Minutes in their order, the last of which is still open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bars(VecDeque<Bar>);

impl Bar {
    fn empty(open_time: Millis, price: Amount) -> Self {
        Self {
            open_time,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Amount::ZERO,
            quote: Amount::ZERO,
            trades: 0,
            taker_volume: Amount::ZERO,
            taker_quote: Amount::ZERO,
        }
    }

    fn of(candle: &Candle, open_time: Millis) -> Result<Self, AmountError> {
        let quote = candle
            .volume
            .mul_rounded(candle.close, DECIMALS, Rounding::Down)?;
        let half = Amount::from_int(2);
        Ok(Self {
            open_time,
            open: candle.open,
            high: candle.high,
            low: candle.low,
            close: candle.close,
            volume: candle.volume,
            quote,
            trades: TRADES_OF_HISTORY,
            taker_volume: candle.volume.div_rounded(half, DECIMALS, Rounding::Down)?,
            taker_quote: quote.div_rounded(half, DECIMALS, Rounding::Down)?,
        })
    }

    fn extend(&mut self, later: &Self) -> Result<(), AmountError> {
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
        self.volume = self.volume.plus(later.volume)?;
        self.quote = self.quote.plus(later.quote)?;
        self.trades += later.trades;
        self.taker_volume = self.taker_volume.plus(later.taker_volume)?;
        self.taker_quote = self.taker_quote.plus(later.taker_quote)?;
        Ok(())
    }

    fn print(&mut self, print: &Print) -> Result<(), AmountError> {
        let mut one = Self::empty(print.at, print.price);
        (one.volume, one.quote, one.trades) = (print.quantity, print.quote, 1);
        if print.is_buy {
            (one.taker_volume, one.taker_quote) = (print.quantity, print.quote);
        }
        if self.trades == 0 {
            (self.open, self.high, self.low) = (print.price, print.price, print.price);
        }
        self.extend(&one)
    }
}

impl Bars {
    /// Candles that end with the minute that holds `now`, whatever their own times are.
    pub(crate) fn from_history(history: &[Candle], now: Millis) -> Result<Self, AmountError> {
        let current = now - now.rem_euclid(MINUTE);
        let mut bars = VecDeque::with_capacity(history.len());
        for (candle, back) in history.iter().zip((0..history.len()).rev()) {
            let back = i64::try_from(back).unwrap_or(0);
            bars.push_back(Bar::of(candle, current - back * MINUTE)?);
        }
        Ok(Self(bars))
    }

    /// Opens the minute that holds `now` and returns those that ended, the empty ones after a pause among them.
    pub(crate) fn roll(&mut self, now: Millis, price: Amount) -> Vec<Bar> {
        let current = now - now.rem_euclid(MINUTE);
        let Some(last) = self.0.back().copied() else {
            self.0.push_back(Bar::empty(current, price));
            return Vec::new();
        };
        let first = (last.open_time + MINUTE).max(current - MOST_EMPTY * MINUTE);
        let mut ended = Vec::new();
        let mut open_time = first;
        while open_time <= current {
            ended.extend(self.0.back().copied());
            self.0.push_back(Bar::empty(open_time, last.close));
            open_time += MINUTE;
        }
        while self.0.len() > KEPT {
            self.0.pop_front();
        }
        ended
    }

    /// Adds a trade to the open minute.
    pub(crate) fn print(&mut self, print: &Print) -> Result<(), AmountError> {
        match self.0.back_mut() {
            Some(bar) => bar.print(print),
            None => Ok(()),
        }
    }

    /// The candles of an interval whose open times lie from `from` to `to`, oldest first, with the first millisecond after
    /// each.
    pub(crate) fn aggregated(
        &self,
        interval: Interval,
        from: Millis,
        to: Millis,
    ) -> Result<Vec<(Bar, Millis)>, AmountError> {
        let mut found: Vec<(Bar, Millis)> = Vec::new();
        for bar in &self.0 {
            let start = interval.start(bar.open_time);
            if start < from || start > to {
                continue;
            }
            match found.last_mut().filter(|(last, _)| last.open_time == start) {
                Some((last, _)) => last.extend(bar)?,
                None => found.push((
                    Bar {
                        open_time: start,
                        ..*bar
                    },
                    interval.end(bar.open_time),
                )),
            }
        }
        Ok(found)
    }

    /// The sum of the minutes that opened at `from` or later.
    pub(crate) fn since(&self, from: Millis) -> Result<Option<Bar>, AmountError> {
        let mut bars = self.0.iter().filter(|bar| bar.open_time >= from);
        let Some(mut sum) = bars.next().copied() else {
            return Ok(None);
        };
        for bar in bars {
            sum.extend(bar)?;
        }
        Ok(Some(sum))
    }

    /// The last candle of an interval, with the first millisecond after it.
    pub(crate) fn last(&self, interval: Interval) -> Result<Option<(Bar, Millis)>, AmountError> {
        let Some(last) = self.0.back() else {
            return Ok(None);
        };
        let start = interval.start(last.open_time);
        Ok(self.since(start)?.map(|bar| {
            (
                Bar {
                    open_time: start,
                    ..bar
                },
                interval.end(start),
            )
        }))
    }
}
