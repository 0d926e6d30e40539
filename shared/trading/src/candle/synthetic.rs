use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

use super::Candle;
use crate::amount::{Amount, AmountError, Rounding};
use crate::order::Millis;

/// Price moves inside a candle.
const MOVES: u32 = 8;
/// Parts of the price that the largest move is: 1/2000 is 0.05 %, which makes days move by about 3 %.
const LARGEST_MOVE: u64 = 2000;

/// A made-up market that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntheticError {
    /// The tick is zero, or the price is less than 10,000 ticks or more than 10^15.
    #[error("the start price must be 10,000 to 10^15 ticks")]
    Price,
    /// The interval is not above zero.
    #[error("the interval must be above zero")]
    Interval,
    /// The numbers have no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// An endless random walk of whole ticks: the same seed gives the same candles on every machine.
///
/// The walk is pulled back towards its start, so that grids have something to do for as long as it runs.
pub struct SyntheticMarket {
    random: Xoshiro256PlusPlus,
    tick_mantissa: i128,
    tick_scale: u32,
    home: u64,
    ticks: u64,
    open_time: Millis,
    interval: Millis,
}

impl SyntheticMarket {
    /// Starts at `price`, rounded down to `tick`, at `open_time`, with candles of `interval` milliseconds.
    ///
    /// # Errors
    /// [`SyntheticError`] when the price is not 10,000 to 10^15 ticks, or the interval not above zero.
    pub fn new(
        seed: u64,
        price: Amount,
        tick: Amount,
        open_time: Millis,
        interval: Millis,
    ) -> Result<Self, SyntheticError> {
        if interval <= 0 {
            return Err(SyntheticError::Interval);
        }
        if !tick.is_positive() {
            return Err(SyntheticError::Price);
        }
        let ticks = price
            .div_rounded(tick, 0, Rounding::Down)?
            .decimal()
            .trunc()
            .mantissa();
        let home = u64::try_from(ticks)
            .ok()
            .filter(|ticks| (10_000..=1_000_000_000_000_000).contains(ticks));
        let home = home.ok_or(SyntheticError::Price)?;
        let (tick_mantissa, tick_scale) = tick.normal_parts();
        // The walk never comes near ten times its home.
        Amount::from_int(i64::try_from(home * 10).unwrap_or(i64::MAX)).times(tick)?;
        let random = Xoshiro256PlusPlus::seed_from_u64(seed);
        Ok(Self {
            random,
            tick_mantissa,
            tick_scale,
            home,
            ticks: home,
            open_time,
            interval,
        })
    }

    fn price(&self, ticks: u64) -> Option<Amount> {
        Amount::from_parts(i128::from(ticks) * self.tick_mantissa, self.tick_scale).ok()
    }

    /// One move of up to 1/2000 of the price, more often towards home the farther away it is.
    fn walk(&mut self) {
        let size = self.random.next_u64() % (self.ticks / LARGEST_MOVE + 1);
        let away = self.ticks.abs_diff(self.home) * 1000 / self.home;
        let homewards = self.random.next_u64() % 1000 < 500 + (away / 8).min(400);
        let up = (self.ticks < self.home) == homewards;
        self.ticks = if up {
            self.ticks + size
        } else {
            (self.ticks - size).max(1)
        };
    }
}

impl Iterator for SyntheticMarket {
    type Item = Candle;

    fn next(&mut self) -> Option<Candle> {
        let open = self.ticks;
        let (mut high, mut low) = (open, open);
        for _ in 0..MOVES {
            self.walk();
            high = high.max(self.ticks);
            low = low.min(self.ticks);
        }
        let volume = i128::from(self.random.next_u64() % 1_000_000);
        let candle = Candle {
            open_time: self.open_time,
            close_time: self.open_time + self.interval - 1,
            open: self.price(open)?,
            high: self.price(high)?,
            low: self.price(low)?,
            close: self.price(self.ticks)?,
            volume: Amount::from_parts(volume, 3).ok()?,
        };
        self.open_time += self.interval;
        Some(candle)
    }
}
