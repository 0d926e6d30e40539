//! Closed candles of the markets of exchanges, read once for all bots of this process.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use exchange::{
    MarketData, VenueError,
    venue::{CandleInterval, CandleRange, VenueCandle},
};
use tokio::{sync::Mutex as AsyncMutex, time::Instant};
use trading::{Symbol, bot::EXCHANGE_CANDLE, candle::Candle, order::Millis};

/// Milliseconds after its end from which on a candle is read: the exchange closes it a moment later.
pub(crate) const SETTLES_IN: Millis = 2_000;

/// How long an answer stands that has no newer candle, be it a failure: a market may be halted.
const STANDS_FOR: Duration = Duration::from_secs(4);

/// Candles of a market that are kept for the next who asks.
const KEPT: usize = 1_500;

/// The latest candles of the markets that somebody asked for. Cheap to clone; clones share them.
#[derive(Clone, Default)]
pub(crate) struct CandleBooks {
    books: Arc<Mutex<HashMap<(bool, Symbol), Book>>>,
}

/// What is known of one market. Held while more is read, so that all who wait for the same candle have it with one request.
type Book = Arc<AsyncMutex<Latest>>;

#[derive(Default)]
struct Latest {
    /// Oldest first and without a gap.
    candles: VecDeque<Candle>,
    /// When more were asked for in vain.
    asked: Option<Instant>,
}

/// Closed candles, oldest first.
#[derive(Debug, Default)]
pub(crate) struct ClosedCandles {
    pub(crate) candles: Vec<Candle>,
    /// There are more: those after the last.
    pub(crate) has_more: bool,
}

impl CandleBooks {
    /// Candles of a minute each of a market that open at `from` or later and have closed by `now`: one page of them. An exchange
    /// and its testnet are apart.
    ///
    /// # Errors
    /// When the exchange could not be asked.
    pub(crate) async fn read<M: MarketData>(
        &self,
        (market, testnet): (&M, bool),
        symbol: &Symbol,
        (from, now): (Millis, Millis),
    ) -> Result<ClosedCandles, VenueError> {
        let book = self.book(testnet, symbol);
        let mut book = book.lock().await;
        let (first, end) = match (book.candles.front(), book.candles.back()) {
            (Some(first), Some(last)) => (first.open_time, last.close_time + 1),
            _ => (Millis::MAX, Millis::MIN),
        };
        if !(first..=end).contains(&from) {
            let read = closed(market, symbol, (from, now)).await?;
            if !read.has_more
                && read
                    .candles
                    .last()
                    .is_some_and(|last| last.open_time >= end)
            {
                book.candles = read.candles.iter().copied().collect();
            }
            return Ok(read);
        }
        let mut has_more = false;
        let stands = book.asked.is_some_and(|asked| asked.elapsed() < STANDS_FOR);
        if end + EXCHANGE_CANDLE + SETTLES_IN <= now && !stands {
            let read = closed(market, symbol, (end, now)).await;
            let has_news = read.as_ref().is_ok_and(|read| !read.candles.is_empty());
            book.asked = (!has_news).then(Instant::now);
            let read = read?;
            has_more = read.has_more;
            book.candles.extend(read.candles);
        }
        let of_range = book
            .candles
            .iter()
            .filter(|candle| candle.open_time >= from);
        let candles = of_range.copied().collect();
        while book.candles.len() > KEPT {
            book.candles.pop_front();
        }
        Ok(ClosedCandles { candles, has_more })
    }

    fn book(&self, testnet: bool, symbol: &Symbol) -> Book {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(books.entry((testnet, symbol.clone())).or_default())
    }
}

/// A page of candles from `from` on, without the one that may still be changing `now`.
async fn closed<M: MarketData>(
    market: &M,
    symbol: &Symbol,
    (from, now): (Millis, Millis),
) -> Result<ClosedCandles, VenueError> {
    let range = CandleRange {
        interval: CandleInterval::Minute1,
        from,
        to: None,
    };
    let page = market.candles(symbol, range).await?;
    let is_settled =
        |told: &VenueCandle| told.is_closed && told.candle.close_time + SETTLES_IN < now;
    let candles = page.candles.into_iter().filter(is_settled);
    Ok(ClosedCandles {
        candles: candles.map(|told| told.candle).collect(),
        has_more: page.next_from.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use emulator::{Config as Exchange, Emulator};
    use exchange::binance::{BinanceMarket, Config, Environment, Urls};
    use platform::SystemClock;
    use trading::bot::EXCHANGE_CANDLE;

    use super::{CandleBooks, SETTLES_IN};

    #[tokio::test]
    async fn a_candle_is_read_once_for_all_that_wait_for_it() {
        let emulator = Emulator::start(Exchange::new(SystemClock::shared())).await;
        let emulator = emulator.unwrap();
        let urls = Urls::custom(
            Environment::Testnet,
            &emulator.rest_url(),
            &emulator.stream_url(),
            &emulator.ws_api_url(),
        );
        let market = BinanceMarket::new(Config::new(urls.unwrap())).unwrap();
        let (books, symbol) = (CandleBooks::default(), "BTC-USDT".parse().unwrap());
        let read = async |from, now| {
            let of = (&market, true);
            books.read(of, &symbol, (from, now)).await.unwrap()
        };
        let requests = || emulator.requests("GET /api/v3/klines");
        let now = Utc::now().timestamp_millis();
        let first = now.div_euclid(EXCHANGE_CANDLE) * EXCHANGE_CANDLE - 20 * EXCHANGE_CANDLE;
        let page = read(first, now).await;
        let opened: Vec<i64> = page.candles.iter().map(|candle| candle.open_time).collect();
        assert!((20..=21).contains(&opened.len()), "{opened:?}");
        let in_a_row = (0..).map(|place| first + place * EXCHANGE_CANDLE);
        assert!(opened.iter().copied().eq(in_a_row.take(opened.len())));
        assert!(!page.has_more);
        assert_eq!(requests(), 1);
        // Others ask for the same, or for less.
        let end = first + i64::try_from(opened.len()).unwrap() * EXCHANGE_CANDLE;
        let before_the_next = end + EXCHANGE_CANDLE + SETTLES_IN - 1;
        assert_eq!(read(first, before_the_next).await.candles, page.candles);
        let late = read(end - EXCHANGE_CANDLE, before_the_next).await;
        assert_eq!(late.candles[..], page.candles[opened.len() - 1..]);
        assert!(read(end, before_the_next).await.candles.is_empty());
        assert_eq!(requests(), 1);
        // The next one may be there, and is asked for once.
        for _ in 0..3 {
            read(end, before_the_next + 1).await;
            assert_eq!(requests(), 2);
        }
        // What is older than all that is known is read apart.
        let older = read(first - 5 * EXCHANGE_CANDLE, now).await;
        assert!(older.candles.len() >= 25);
        assert_eq!(requests(), 3);
    }
}
