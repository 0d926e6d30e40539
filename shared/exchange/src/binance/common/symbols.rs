//! Binance's names of markets: `BTCUSDT` for `BTC-USDT`.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use trading::Symbol;

/// Decimals of amounts of a quote, where the list of markets does not say how many there are: as many as Binance writes.
pub(crate) const QUOTE_DECIMALS: u32 = 8;

/// Names of markets as the exchange lists them. A name is never split by guessing where its base ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SymbolTable {
    by_name: HashMap<String, Symbol>,
    by_symbol: HashMap<Symbol, String>,
    /// Of markets whose quote has another number of decimals than the usual one.
    quote_decimals: HashMap<Symbol, u32>,
}

/// The current table, shared by all clients of one exchange.
#[derive(Debug, Default)]
pub(crate) struct Symbols(RwLock<Arc<SymbolTable>>);

impl SymbolTable {
    /// The market of Binance's name, upper case.
    pub fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.by_name.get(name)
    }

    /// Binance's name of the market, upper case.
    pub fn name(&self, symbol: &Symbol) -> Option<&str> {
        self.by_symbol.get(symbol).map(String::as_str)
    }

    /// With how many decimals the exchange counts the quote of a market.
    pub fn quote_decimals(&self, symbol: &Symbol) -> u32 {
        let known = self.quote_decimals.get(symbol);
        known.copied().unwrap_or(QUOTE_DECIMALS)
    }

    /// Whether no market is listed.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

impl Extend<(String, Symbol)> for SymbolTable {
    fn extend<I: IntoIterator<Item = (String, Symbol)>>(&mut self, markets: I) {
        for (name, symbol) in markets {
            self.by_symbol.insert(symbol.clone(), name.clone());
            self.by_name.insert(name, symbol);
        }
    }
}

impl FromIterator<(String, Symbol)> for SymbolTable {
    fn from_iter<I: IntoIterator<Item = (String, Symbol)>>(markets: I) -> Self {
        let mut table = Self::default();
        table.extend(markets);
        table
    }
}

impl Symbols {
    pub(crate) fn table(&self) -> Arc<SymbolTable> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds markets: name, market, and decimals of its quote. Those that are no longer listed stay: old orders name them.
    pub(crate) fn add(&self, markets: impl IntoIterator<Item = (String, Symbol, u32)>) {
        let mut table = SymbolTable::clone(&self.table());
        for (name, symbol, decimals) in markets {
            if decimals == QUOTE_DECIMALS {
                table.quote_decimals.remove(&symbol);
            } else {
                table.quote_decimals.insert(symbol.clone(), decimals);
            }
            table.extend([(name, symbol)]);
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
    }
}
