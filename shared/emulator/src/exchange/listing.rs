//! A symbol: its rules, its price and what was traded on it.

use std::collections::{BTreeSet, VecDeque};

use trading::{
    Amount, AmountError, Market,
    amount::Rounding,
    candle::SyntheticError,
    order::{Millis, Side},
};

use super::{
    bars::{Bar, Bars, Print},
    feed::Path,
    interval::MINUTE,
};
use crate::config::{DECIMALS, SymbolConfig};

/// Public trades that are kept.
const KEPT_TRADES: usize = 1_000;

/// Whether a symbol trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SymbolStatus {
    /// Orders are taken.
    Trading,
    /// Nothing is taken for the time being; orders may be cancelled.
    Halt,
    /// Nothing is taken until the symbol opens again; orders may be cancelled.
    Break,
}

impl SymbolStatus {
    /// The name on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Trading => "TRADING",
            Self::Halt => "HALT",
            Self::Break => "BREAK",
        }
    }
}

/// A trade as everybody sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PublicTrade {
    pub(crate) id: u64,
    pub(crate) price: Amount,
    pub(crate) quantity: Amount,
    pub(crate) quote: Amount,
    pub(crate) time: Millis,
    pub(crate) is_buyer_maker: bool,
}

/// A symbol of the exchange.
pub(crate) struct Listing {
    /// The name on the wire: `BTCUSDT`.
    pub(crate) name: String,
    pub(crate) market: Market,
    pub(crate) min_price: Amount,
    pub(crate) max_price: Amount,
    pub(crate) level_quantity: Amount,
    pub(crate) levels: u32,
    pub(crate) status: SymbolStatus,
    /// The last price: where takers buy. They sell one tick below it.
    pub(crate) price: Amount,
    pub(crate) bars: Bars,
    pub(crate) trades: VecDeque<PublicTrade>,
    /// Numbers the states of the book.
    pub(crate) update: u64,
    /// Open orders, by id.
    pub(crate) open: BTreeSet<u64>,
    path: Path,
}

/// A symbol that cannot be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// Prices times quantities would need more than eight decimals.
    #[error("the decimals of tick and lot must make at most 8 together")]
    TooFine,
    /// The synthetic market cannot be made.
    #[error(transparent)]
    Synthetic(#[from] SyntheticError),
    /// The numbers have no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl Listing {
    /// Lists a symbol, with candles up to the minute that holds `now`.
    pub(crate) fn new(
        seed: u64,
        config: &SymbolConfig,
        minutes: u32,
        now: Millis,
    ) -> Result<Self, ListingError> {
        check_decimals(&config.market)?;
        let (path, history) = Path::new(seed, config, minutes as usize)?;
        let price = history.last().map_or(config.price, |last| last.close);
        let symbol = &config.market.symbol;
        Ok(Self {
            name: format!("{}{}", symbol.base(), symbol.quote()),
            market: config.market.clone(),
            min_price: config.min_price,
            max_price: config.max_price,
            level_quantity: config.level_quantity,
            levels: config.levels,
            status: SymbolStatus::Trading,
            price,
            bars: Bars::from_history(&history, now)?,
            trades: VecDeque::new(),
            update: 1,
            open: BTreeSet::new(),
            path,
        })
    }

    /// The next price of the path; none where only actions set prices.
    pub(crate) fn next_price(&mut self) -> Result<Option<Amount>, AmountError> {
        self.path.next()
    }

    /// Moves the market to a price with a trade of its own, and returns the minutes that ended before it.
    pub(crate) fn set_price(
        &mut self,
        price: Amount,
        now: Millis,
        trade_id: u64,
    ) -> Result<Vec<Bar>, AmountError> {
        let ended = self.bars.roll(now, self.price);
        self.price = price;
        self.update += 1;
        let quantity = self.path.quantity(self.market.lot_size)?;
        let is_buy = self.path.is_buy();
        self.print(trade_id, (price, quantity), now, is_buy)?;
        Ok(ended)
    }

    /// Records a trade.
    pub(crate) fn print(
        &mut self,
        id: u64,
        (price, quantity): (Amount, Amount),
        at: Millis,
        is_buy: bool,
    ) -> Result<(), AmountError> {
        let quote = price.times(quantity)?;
        self.bars.print(&Print {
            at,
            price,
            quantity,
            quote,
            is_buy,
        })?;
        self.trades.push_back(PublicTrade {
            id,
            price,
            quantity,
            quote,
            time: at,
            is_buyer_maker: !is_buy,
        });
        if self.trades.len() > KEPT_TRADES {
            self.trades.pop_front();
        }
        Ok(())
    }

    /// One side of the book that takers of `taker` meet, best level first.
    pub(crate) fn book(&self, taker: Side) -> Result<Vec<(Amount, Amount)>, AmountError> {
        let tick = self.market.tick_size;
        let mut levels = Vec::with_capacity(self.levels as usize);
        for level in 0..self.levels {
            let price = match taker {
                Side::Buy => self.price.plus(tick.times(Amount::from(level))?)?,
                Side::Sell => self.price.minus(tick.times(Amount::from(level + 1))?)?,
            };
            if price.is_positive() {
                levels.push((price, self.level_quantity));
            }
        }
        Ok(levels)
    }

    /// Whether a limit order would take from the book.
    pub(crate) fn is_marketable(&self, side: Side, limit: Amount) -> Result<bool, AmountError> {
        let best = self.book(side)?.first().map(|(price, _)| *price);
        Ok(best.is_some_and(|best| match side {
            Side::Buy => limit >= best,
            Side::Sell => limit <= best,
        }))
    }

    /// The average price of the last five minutes, weighted by volume, at eight decimals.
    pub(crate) fn average(&self, now: Millis) -> Result<Amount, AmountError> {
        let since = now - now.rem_euclid(MINUTE) - 4 * MINUTE;
        match self.bars.since(since)? {
            Some(bar) if bar.volume.is_positive() => {
                bar.quote
                    .div_rounded(bar.volume, DECIMALS, Rounding::HalfEven)
            }
            _ => Ok(self.price),
        }
    }
}

/// Whether every price times every quantity of a market has at most eight decimals.
pub(crate) fn check_decimals(market: &Market) -> Result<(), ListingError> {
    if market.tick_size.is_positive()
        && market.lot_size.is_positive()
        && market.tick_size.decimals() + market.lot_size.decimals() <= DECIMALS
    {
        Ok(())
    } else {
        Err(ListingError::TooFine)
    }
}
