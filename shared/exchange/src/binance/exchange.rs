//! What all accounts on one of Binance's exchanges share.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{Semaphore, watch};
use trading::Symbol;

use super::{
    common::symbols::{SymbolTable, Symbols},
    config::Config,
    http::{
        call::Call, client::HttpClient, instrument::instrument, limits::windows, models,
        sign::Params,
    },
};
use crate::{
    budget::{Priority, RateWindow},
    error::{NotSent, VenueError},
    markets::Instruments,
    moment::Moment,
};

/// How long the list of markets answers for a market that it does not have. It is long, and dear to read again.
const LISTED_FOR: Duration = Duration::from_mins(1);

/// One exchange: its connections, limits, clock and names of markets.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) http: HttpClient,
    symbols: Symbols,
    /// Held while the list of markets is read for those that wait for it.
    listing: Semaphore,
    /// When the list of markets was last asked for.
    listed_at: Mutex<Option<Moment>>,
    /// What the exchange says of the orders of each account.
    orders: watch::Sender<Vec<RateWindow>>,
}

impl Exchange {
    pub(crate) fn new(config: Config) -> Result<Self, reqwest::Error> {
        let orders = watch::Sender::new(config.orders.clone());
        Ok(Self {
            http: HttpClient::new(config)?,
            symbols: Symbols::default(),
            listing: Semaphore::new(1),
            listed_at: Mutex::new(None),
            orders,
        })
    }

    pub(crate) const fn config(&self) -> &Config {
        self.http.config()
    }

    /// The limits of new orders of each account.
    pub(crate) fn order_limits(&self) -> watch::Receiver<Vec<RateWindow>> {
        self.orders.subscribe()
    }

    /// The names of markets that are known so far.
    pub(crate) fn symbols(&self) -> Arc<SymbolTable> {
        self.symbols.table()
    }

    /// The names of markets, read first where none are known.
    pub(crate) async fn table(&self) -> Result<Arc<SymbolTable>, VenueError> {
        let table = self.symbols();
        if !table.is_empty() {
            return Ok(table);
        }
        // One reads the list for all that wait: it is long, and dear.
        let held = self.listing.acquire().await;
        if self.symbols().is_empty() {
            self.instruments().await?;
        }
        drop(held);
        Ok(self.symbols())
    }

    /// Binance's name of a market, with the table that it is from. A market that the list does not have may be new: the
    /// list is read again where it is old.
    pub(crate) async fn name(
        &self,
        symbol: &Symbol,
    ) -> Result<(String, Arc<SymbolTable>), VenueError> {
        let mut table = self.table().await?;
        if table.name(symbol).is_none() {
            let held = self.listing.acquire().await;
            if self.is_list_old() {
                self.instruments().await?;
            }
            drop(held);
            table = self.symbols();
        }
        match table.name(symbol) {
            Some(name) => Ok((name.to_owned(), Arc::clone(&table))),
            None => Err(NotSent::UnknownMarket(symbol.to_string()).into()),
        }
    }

    fn is_list_old(&self) -> bool {
        let listed_at = *self
            .listed_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let now = self.http.clock.moment();
        listed_at.is_none_or(|at| now.since(at) >= LISTED_FOR)
    }

    /// Reads the list of markets, and takes names and limits from it.
    pub(crate) async fn instruments(&self) -> Result<Instruments, VenueError> {
        let call = Call::get("/api/v3/exchangeInfo", Params::new(), 20, Priority::Query);
        let asked_at = self.http.clock.moment();
        let info: models::ExchangeInfo = self.http.public(call).await?;
        let weights = windows(&info.rate_limits, "REQUEST_WEIGHT");
        if !weights.is_empty() {
            self.http.budget.set_limits(weights);
        }
        let orders = windows(&info.rate_limits, "ORDERS");
        if !orders.is_empty() {
            self.orders.send_replace(orders);
        }
        let mut all = Instruments::default();
        for symbol in info.symbols {
            let read = serde_json::from_str::<models::SymbolInfo>(symbol.get())
                .map_err(|error| error.to_string())
                .and_then(|info| instrument(&info).map_err(|error| error.to_string()));
            match read {
                Ok(instrument) => all.listed.push(instrument),
                Err(why) => {
                    let name = serde_json::from_str::<models::SymbolName>(symbol.get());
                    let name = name.map_or_else(|_| "?".to_owned(), |named| named.symbol);
                    all.unreadable.push((name, why));
                }
            }
        }
        let names = all.listed.iter();
        let names = names.map(|found| {
            let symbol = found.market.symbol.clone();
            (found.venue_name.clone(), symbol, found.quote_decimals)
        });
        self.symbols.add(names);
        *self
            .listed_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(asked_at);
        Ok(all)
    }
}
