//! Where the prices of a symbol come from.

use std::collections::VecDeque;

use rand_xoshiro::{
    Xoshiro256PlusPlus,
    rand_core::{Rng as _, SeedableRng as _},
};
use trading::{
    Amount, AmountError,
    candle::{Candle, SyntheticError, SyntheticMarket},
};

use super::interval::MINUTE;
use crate::config::{Feed, SymbolConfig};

/// A path of prices, the same for the same seed.
pub(crate) struct Path {
    source: Source,
    /// Prices of the candle that is being played.
    points: VecDeque<Amount>,
    /// Draws the quantities of the market's own trades.
    random: Xoshiro256PlusPlus,
}

enum Source {
    Synthetic(SyntheticMarket),
    Candles { candles: Vec<Candle>, next: usize },
    Fixed,
}

/// A seed for one symbol, from that of the exchange (FNV-1a of the name, over the seed).
fn seed_of(seed: u64, symbol: &str) -> u64 {
    symbol
        .bytes()
        .fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

impl Path {
    /// The path of a symbol and the candles before it: `minutes` of them, or fewer where a file has fewer.
    pub(crate) fn new(
        seed: u64,
        config: &SymbolConfig,
        minutes: usize,
    ) -> Result<(Self, Vec<Candle>), SyntheticError> {
        let seed = seed_of(seed, &config.market.symbol.to_string());
        let tick = config.market.tick_size;
        let (source, history) = match &config.feed {
            Feed::Synthetic => {
                let mut market = SyntheticMarket::new(seed, config.price, tick, 0, MINUTE)?;
                let history = market.by_ref().take(minutes).collect();
                (Source::Synthetic(market), history)
            }
            Feed::Candles(candles) => {
                let before = candles.len().saturating_sub(1).min(minutes);
                let history = candles.iter().take(before).copied().collect();
                let source = Source::Candles {
                    candles: candles.clone(),
                    next: before,
                };
                (source, history)
            }
            Feed::Fixed => {
                let price = config.price;
                let flat = Candle {
                    open_time: 0,
                    close_time: MINUTE - 1,
                    open: price,
                    high: price,
                    low: price,
                    close: price,
                    volume: Amount::ONE,
                };
                (Source::Fixed, vec![flat; minutes])
            }
        };
        let path = Self {
            source,
            points: VecDeque::new(),
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
        };
        Ok((path, history))
    }

    /// The next price; none where only actions set prices.
    pub(crate) fn next(&mut self) -> Result<Option<Amount>, AmountError> {
        if self.points.is_empty() {
            let candle = match &mut self.source {
                Source::Synthetic(market) => market.next(),
                Source::Candles { candles, next } => {
                    let candle = candles.get(*next % candles.len().max(1)).copied();
                    *next += 1;
                    candle
                }
                Source::Fixed => None,
            };
            if let Some(candle) = candle {
                let points = candle.points(candle.is_high_first()?);
                self.points.extend(points.map(|point| point.price));
            }
        }
        Ok(self.points.pop_front())
    }

    /// The quantity of one of the market's own trades: 1 to 100 lots.
    pub(crate) fn quantity(&mut self, lot: Amount) -> Result<Amount, AmountError> {
        let lots = i64::try_from(self.random.next_u64() % 100 + 1).unwrap_or(1);
        Amount::from_int(lots).times(lot)
    }

    /// Whether a taker bought in the next of the market's own trades.
    pub(crate) fn is_buy(&mut self) -> bool {
        self.random.next_u64().is_multiple_of(2)
    }
}
