//! What Binance tells everybody.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use trading::{Amount, Symbol, bot::Quote, order::Millis};

use super::{
    common::{
        parse::ParseError,
        symbols::{SymbolTable, Symbols},
    },
    config::Config,
    http::{
        client::{Call, HttpClient, unreadable},
        convert,
        limits::windows,
        models,
        sign::Params,
    },
    websocket,
};
use crate::{
    breaker::Breaker,
    budget::{Budget, Priority, RateWindow},
    error::{NotSent, VenueError},
    stream::MarketStream,
    venue::{BookTop, CandlePage, CandleRange, Instruments, Level, MarketData, MarketStatus},
};

/// Most candles of one answer.
const CANDLES: usize = 1_000;

/// Most topics of one socket.
const TOPICS: usize = 1_024;

/// One of Binance's exchanges, as seen from this address. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct BinanceMarket {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: HttpClient,
    symbols: Symbols,
    /// New sockets of this address.
    sockets: Budget,
    /// What the exchange says of the orders of each account.
    orders: watch::Sender<Vec<RateWindow>>,
}

/// A trade of anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicTrade {
    /// The venue's id of the trade.
    pub id: u64,
    /// When, in milliseconds since 1970.
    pub at: Millis,
    /// Price in quote.
    pub price: Amount,
    /// Base that changed hands.
    pub quantity: Amount,
    /// The buyer's order rested in the book.
    pub is_buyer_maker: bool,
}

impl BinanceMarket {
    /// An exchange that nothing was asked of yet.
    ///
    /// # Errors
    /// When the system has no TLS to give.
    pub fn new(config: Config) -> Result<Self, reqwest::Error> {
        let sockets = Budget::new(config.sockets.iter().copied());
        let orders = watch::Sender::new(config.orders.clone());
        Ok(Self {
            inner: Arc::new(Inner {
                http: HttpClient::new(config)?,
                symbols: Symbols::default(),
                sockets,
                orders,
            }),
        })
    }

    /// The request weight that all accounts on this exchange share.
    pub fn budget(&self) -> &Budget {
        &self.inner.http.budget
    }

    /// What holds requests back while the exchange fails.
    pub fn breaker(&self) -> &Breaker {
        &self.inner.http.breaker
    }

    /// The names of markets that are known so far.
    pub fn symbols(&self) -> Arc<SymbolTable> {
        self.inner.symbols.table()
    }

    pub(crate) fn http(&self) -> &HttpClient {
        &self.inner.http
    }

    pub(crate) fn sockets(&self) -> &Budget {
        &self.inner.sockets
    }

    pub(crate) fn config(&self) -> &Config {
        self.inner.http.config()
    }

    /// The limits of new orders of each account.
    pub(crate) fn order_limits(&self) -> watch::Receiver<Vec<RateWindow>> {
        self.inner.orders.subscribe()
    }

    /// The names of markets, read first where none are known.
    pub(crate) async fn table(&self) -> Result<Arc<SymbolTable>, VenueError> {
        let table = self.symbols();
        if !table.is_empty() {
            return Ok(table);
        }
        self.instruments().await?;
        Ok(self.symbols())
    }

    /// Binance's name of a market, with the table that it is from.
    pub(crate) async fn name(
        &self,
        symbol: &Symbol,
    ) -> Result<(String, Arc<SymbolTable>), VenueError> {
        let table = self.table().await?;
        match table.name(symbol) {
            Some(name) => Ok((name.to_owned(), Arc::clone(&table))),
            None => Err(NotSent::UnknownMarket(symbol.to_string()).into()),
        }
    }

    /// The last price of a market.
    ///
    /// # Errors
    /// When the venue could not be asked, or nothing was traded there.
    pub async fn last_price(&self, symbol: &Symbol) -> Result<Amount, VenueError> {
        self.price("/api/v3/ticker/price", symbol).await
    }

    async fn price(&self, path: &'static str, symbol: &Symbol) -> Result<Amount, VenueError> {
        let (name, _) = self.name(symbol).await?;
        let params = Params::new().with("symbol", name);
        let call = Call::get(path, params, 2, Priority::Query);
        let answer: models::Price = self.http().public(call).await?;
        if !answer.price.is_positive() {
            return Err(unreadable(path, &ParseError::NoPrice("traded")));
        }
        Ok(answer.price)
    }

    /// The best levels of a market's book, at most 100 of each side, best first.
    ///
    /// # Errors
    /// When the venue could not be asked.
    pub async fn depth(&self, symbol: &Symbol) -> Result<(Vec<Level>, Vec<Level>), VenueError> {
        let path = "/api/v3/depth";
        let (name, _) = self.name(symbol).await?;
        let params = Params::new().with("symbol", name).with("limit", 100);
        let call = Call::get(path, params, 5, Priority::Query);
        let answer: models::Depth = self.http().public(call).await?;
        let side = |levels: Vec<(Amount, Amount)>| {
            let levels = levels.into_iter();
            let levels = levels.filter_map(|(price, size)| convert::level(price, size).transpose());
            levels.collect::<Result<Vec<_>, _>>()
        };
        let bids = side(answer.bids).map_err(|error| unreadable(path, &error))?;
        let asks = side(answer.asks).map_err(|error| unreadable(path, &error))?;
        Ok((bids, asks))
    }

    /// The latest trades of a market, at most 500, oldest first.
    ///
    /// # Errors
    /// When the venue could not be asked.
    pub async fn recent_trades(&self, symbol: &Symbol) -> Result<Vec<PublicTrade>, VenueError> {
        let (name, _) = self.name(symbol).await?;
        let params = Params::new().with("symbol", name).with("limit", 500);
        let call = Call::get("/api/v3/trades", params, 25, Priority::History);
        let answer: Vec<models::PublicTrade> = self.http().public(call).await?;
        let trades = answer.into_iter().map(|trade| PublicTrade {
            id: trade.id,
            at: trade.time,
            price: trade.price,
            quantity: trade.qty,
            is_buyer_maker: trade.is_buyer_maker,
        });
        Ok(trades.collect())
    }
}

impl MarketData for BinanceMarket {
    async fn instruments(&self) -> Result<Instruments, VenueError> {
        let call = Call::get("/api/v3/exchangeInfo", Params::new(), 20, Priority::Query);
        let info: models::ExchangeInfo = self.http().public(call).await?;
        let weights = windows(&info.rate_limits, "REQUEST_WEIGHT");
        if !weights.is_empty() {
            self.budget().set_limits(weights);
        }
        let orders = windows(&info.rate_limits, "ORDERS");
        if !orders.is_empty() {
            self.inner.orders.send_replace(orders);
        }
        let mut all = Instruments::default();
        for symbol in info.symbols {
            let read = serde_json::from_str::<models::SymbolInfo>(symbol.get())
                .map_err(|error| error.to_string())
                .and_then(|info| convert::instrument(&info).map_err(|error| error.to_string()));
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
        let names = names.map(|found| (found.venue_name.clone(), found.market.symbol.clone()));
        self.inner.symbols.add(names);
        Ok(all)
    }

    async fn candles(&self, symbol: &Symbol, range: CandleRange) -> Result<CandlePage, VenueError> {
        let path = "/api/v3/klines";
        let (name, _) = self.name(symbol).await?;
        self.http().timed().await?;
        // Before the request: a candle that closes while the answer is under way may still have been open.
        let now = self.http().clock.at_server(self.http().clock.local());
        let now = now.ok_or(NotSent::NoServerTime)?;
        let params = Params::new()
            .with("symbol", name)
            .with("interval", range.interval)
            .with("startTime", range.from)
            .with_some("endTime", range.to)
            .with("limit", CANDLES);
        let call = Call::get(path, params, 2, Priority::History);
        let answer: Vec<models::Kline> = self.http().public(call).await?;
        let candles = answer.iter().map(|kline| convert::candle(kline, now));
        let candles = candles
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unreadable(path, &error))?;
        let is_full = candles.len() >= CANDLES;
        let last = candles.last().filter(|_| is_full);
        let next_from = last.map(|last| last.candle.close_time + 1);
        Ok(CandlePage { candles, next_from })
    }

    async fn quote(&self, symbol: &Symbol) -> Result<Quote, VenueError> {
        let path = "/api/v3/ticker/24hr";
        let (name, _) = self.name(symbol).await?;
        let params = Params::new().with("symbol", name);
        let call = Call::get(path, params, 2, Priority::Query);
        let answer: models::Ticker24h = self.http().public(call).await?;
        let positive = |what, price: Amount| {
            let error = ParseError::NoPrice(what);
            let found = price.is_positive().then_some(price);
            found.ok_or_else(|| unreadable(path, &error))
        };
        Ok(Quote {
            bid: positive("bid", answer.bid_price)?,
            ask: positive("asked", answer.ask_price)?,
            last: positive("traded", answer.last_price)?,
            as_of: answer.close_time,
        })
    }

    async fn book_top(&self, symbol: &Symbol) -> Result<BookTop, VenueError> {
        let path = "/api/v3/ticker/bookTicker";
        let (name, _) = self.name(symbol).await?;
        let params = Params::new().with("symbol", name);
        let call = Call::get(path, params, 2, Priority::Query);
        let answer: models::BookTicker = self.http().public(call).await?;
        convert::book_top(&answer).map_err(|error| unreadable(path, &error))
    }

    async fn average_price(&self, symbol: &Symbol) -> Result<Amount, VenueError> {
        self.price("/api/v3/avgPrice", symbol).await
    }

    async fn server_time(&self) -> Result<Millis, VenueError> {
        let call = Call::get("/api/v3/time", Params::new(), 1, Priority::Query);
        let answer: models::ServerTime = self.http().public(call).await?;
        Ok(answer.server_time)
    }

    fn market_stream(&self, stop: &CancellationToken) -> MarketStream {
        let (wanted, topics) = watch::channel(BTreeSet::new());
        let events = websocket::market::spawn(self.clone(), topics, stop);
        MarketStream::new(events, wanted, TOPICS)
    }
}

impl MarketStatus {
    /// Whether orders may be sent.
    pub const fn takes_orders(self) -> bool {
        matches!(self, Self::Trading)
    }
}
