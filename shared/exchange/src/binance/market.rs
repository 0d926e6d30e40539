//! What Binance tells everybody.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use trading::{Amount, Symbol, bot::Quote, order::Millis};

use super::{
    common::{parse::ParseError, symbols::SymbolTable},
    config::Config,
    exchange::Exchange,
    http::{call::Call, client::HttpClient, convert, lost::unreadable, models, sign::Params},
    websocket,
};
use crate::{
    breaker::Breaker,
    budget::{Budget, Priority},
    error::{NotSent, VenueError},
    stream::MarketStream,
    venue::{BookTop, CandlePage, CandleRange, Instruments, Level, MarketData},
};

/// Most candles of one answer.
const CANDLES: usize = 1_000;

/// Most topics of one socket.
const TOPICS: usize = 1_024;

/// One of Binance's exchanges, as seen from this address. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct BinanceMarket {
    exchange: Arc<Exchange>,
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
        let exchange = Arc::new(Exchange::new(config)?);
        Ok(Self { exchange })
    }

    /// The request weight that all accounts on this exchange share.
    pub fn budget(&self) -> &Budget {
        &self.exchange.http.budget
    }

    /// The new sockets that all streams from this exchange share.
    pub fn sockets_budget(&self) -> &Budget {
        &self.exchange.http.sockets
    }

    /// What holds requests back while the exchange fails.
    pub fn breaker(&self) -> &Breaker {
        &self.exchange.http.breaker
    }

    /// The names of markets that are known so far.
    pub fn symbols(&self) -> Arc<SymbolTable> {
        self.exchange.symbols()
    }

    pub(crate) const fn exchange(&self) -> &Arc<Exchange> {
        &self.exchange
    }

    fn http(&self) -> &HttpClient {
        &self.exchange.http
    }

    /// The last price of a market.
    ///
    /// # Errors
    /// When the venue could not be asked, or nothing was traded there.
    pub async fn last_price(&self, symbol: &Symbol) -> Result<Amount, VenueError> {
        self.price("/api/v3/ticker/price", symbol).await
    }

    async fn price(&self, path: &'static str, symbol: &Symbol) -> Result<Amount, VenueError> {
        let (name, _) = self.exchange.name(symbol).await?;
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
        let (name, _) = self.exchange.name(symbol).await?;
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
        let (name, _) = self.exchange.name(symbol).await?;
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
        self.exchange.instruments().await
    }

    async fn candles(&self, symbol: &Symbol, range: CandleRange) -> Result<CandlePage, VenueError> {
        let path = "/api/v3/klines";
        let (name, _) = self.exchange.name(symbol).await?;
        self.http().timed().await?;
        // Before the request: a candle that closes while the answer is under way may still have been open.
        let now = self.http().clock.at_server(self.http().clock.moment());
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
        let (name, _) = self.exchange.name(symbol).await?;
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
        let (name, _) = self.exchange.name(symbol).await?;
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
        let events = websocket::market::spawn(&self.exchange, topics, stop);
        MarketStream::new(events, wanted, TOPICS)
    }
}
