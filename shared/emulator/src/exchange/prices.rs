//! Prices move, by an action or by a ticker.

use trading::{Amount, order::Millis};

use super::{Exchange, SetupError, bars::Bar, listing::SymbolStatus};
use crate::error::ApiError;

impl Exchange {
    /// Sets the price of a symbol and fills what it touches.
    pub(crate) fn set_price(
        &mut self,
        symbol: &str,
        price: Amount,
        now: Millis,
    ) -> Result<(), SetupError> {
        let listing = self
            .symbols
            .get(symbol)
            .ok_or_else(|| SetupError::NoSymbol(symbol.to_owned()))?;
        let tick = listing.market.tick_size;
        if price <= tick || !price.is_multiple_of(tick)? {
            return Err(SetupError::Price(price));
        }
        self.point(symbol, price, now);
        self.tell_all_tickers(&[symbol.to_owned()], now);
        Ok(())
    }

    /// Plays the next `points` prices of one symbol, or of all that have a path.
    pub(crate) fn advance(
        &mut self,
        symbol: Option<&str>,
        points: u32,
        now: Millis,
    ) -> Result<(), SetupError> {
        if let Some(symbol) = symbol.filter(|symbol| !self.symbols.contains_key(*symbol)) {
            return Err(SetupError::NoSymbol(symbol.to_owned()));
        }
        let names: Vec<String> = self
            .symbols
            .keys()
            .filter(|name| symbol.is_none_or(|symbol| symbol == name.as_str()))
            .cloned()
            .collect();
        for _ in 0..points {
            let mut moved = Vec::new();
            for name in &names {
                let Some(listing) = self.symbols.get_mut(name) else {
                    continue;
                };
                if let Some(price) = listing.next_price()? {
                    self.point(name, price, now);
                    moved.push(name.clone());
                }
            }
            self.tell_all_tickers(&moved, now);
        }
        Ok(())
    }

    /// One price of a symbol: its trade, its candles, the orders that it touches, its streams.
    fn point(&mut self, symbol: &str, price: Amount, now: Millis) {
        self.last_trade += 1;
        let trade = self.last_trade;
        let Some(listing) = self.symbols.get_mut(symbol) else {
            return;
        };
        let is_trading = listing.status == SymbolStatus::Trading;
        let ended = listing
            .set_price(price, now, trade)
            .map_err(ApiError::from)
            .unwrap_or_default();
        self.tell_market(symbol, &ended, now);
        if is_trading && let Err(error) = self.match_resting(symbol, now) {
            tracing::error!(%error, symbol, "cannot match the resting orders of a symbol");
        }
    }

    /// Opens the current minute of every symbol, so that candles end although nothing is traded.
    pub(crate) fn roll(&mut self, now: Millis) {
        let mut all: Vec<(String, Vec<Bar>)> = Vec::new();
        for (name, listing) in &mut self.symbols {
            let ended = listing.bars.roll(now, listing.price);
            if !ended.is_empty() {
                all.push((name.clone(), ended));
            }
        }
        for (name, ended) in all {
            self.tell_candles(&name, &ended, now);
        }
    }
}
