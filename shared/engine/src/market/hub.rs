//! Prices of the markets of exchanges, read once for all bots of this process.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use exchange::{
    MarketData, VenueError,
    binance::BinanceMarket,
    stream::{MarketEvent, MarketStream, StreamItem, Topic},
    venues::Venues,
};
use platform::SharedClock;
use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use trading::{Amount, Symbol, bot::Quote};

use super::candles::CandleBooks;

/// Prices that wait for an account. A slower one misses those in between, never the newest.
const WAITING: usize = 256;

/// Requests to follow markets that wait for a feed.
const REQUESTS: usize = 256;

/// How long to wait before a price is asked for again.
const AGAIN: Duration = Duration::from_secs(2);

/// How long a market may be silent before its price is asked for: bots act on no price that is older than 30 seconds.
const QUIET: Duration = Duration::from_secs(15);

/// Silent markets whose price is asked for at once, of all those that were silent for longest first: each request weighs on the
/// limit that all share.
const MOST_ASKED: usize = 20;

/// How long a market may tell of no trade before its price is asked for. Its book may go on being told.
const NO_TRADES: Duration = Duration::from_mins(1);

/// Prices of exchanges, for all accounts of this process. Cheap to clone.
#[derive(Clone)]
pub(crate) struct MarketHub {
    venues: Venues,
    clock: SharedClock,
    feeds: Arc<Mutex<HashMap<bool, Feed>>>,
    candles: CandleBooks,
}

/// One exchange that is followed.
struct Feed {
    requests: mpsc::Sender<Request>,
    /// Ends with the hub.
    _task: AbortOnDropHandle<()>,
}

/// A market that an account wants to follow.
struct Request {
    symbol: Symbol,
    mailbox: Arc<Mailbox>,
}

/// Prices that an account was not told yet.
#[derive(Default)]
struct Mailbox {
    /// Nothing where the price of a market is not known any more.
    prices: Mutex<Vec<(Symbol, Option<Quote>)>>,
    arrived: Notify,
}

/// The prices that an account follows. Dropping it ends that.
pub(crate) struct Prices {
    mailbox: Arc<Mailbox>,
    requests: mpsc::Sender<Request>,
}

impl MarketHub {
    pub(crate) fn new(venues: Venues, clock: SharedClock) -> Self {
        Self {
            venues,
            clock,
            feeds: Arc::default(),
            candles: CandleBooks::default(),
        }
    }

    /// The exchanges.
    pub(crate) const fn venues(&self) -> &Venues {
        &self.venues
    }

    /// The latest candles of their markets.
    pub(crate) const fn candles(&self) -> &CandleBooks {
        &self.candles
    }

    /// Prices of Binance, or of its testnet, at first of no market.
    pub(crate) fn prices(&self, market: &BinanceMarket, testnet: bool) -> Prices {
        let mut feeds = locked(&self.feeds);
        feeds.retain(|_, feed| !feed.requests.is_closed());
        let feed = feeds.entry(testnet).or_insert_with(|| {
            let (requests, asked) = mpsc::channel(REQUESTS);
            let task = tokio::spawn(follow(market.clone(), asked, self.clock.clone()));
            Feed {
                requests,
                _task: AbortOnDropHandle::new(task),
            }
        });
        Prices {
            mailbox: Arc::default(),
            requests: feed.requests.clone(),
        }
    }
}

impl Prices {
    /// Follows a market as well. Its newest price comes first.
    pub(crate) async fn follow(&self, symbol: Symbol) {
        let request = Request {
            symbol,
            mailbox: Arc::clone(&self.mailbox),
        };
        // The feed ends with the process.
        drop(self.requests.send(request).await);
    }

    /// Waits until there is a price that was not taken yet.
    pub(crate) async fn arrived(&self) {
        self.mailbox.arrived.notified().await;
    }

    /// The prices since the last call, oldest first. Nothing stands for a gap: what was told before it is not the price any
    /// more.
    pub(crate) fn take(&self) -> Vec<(Symbol, Option<Quote>)> {
        std::mem::take(&mut *locked(&self.mailbox.prices))
    }
}

impl Mailbox {
    fn put(&self, symbol: &Symbol, quote: Option<Quote>) {
        let mut prices = locked(&self.prices);
        if prices.len() >= WAITING
            && let Some(last) = prices.iter().rposition(|(of, _)| of == symbol)
        {
            prices.remove(last);
        }
        prices.push((symbol.clone(), quote));
        drop(prices);
        self.arrived.notify_one();
    }
}

/// What is known of a market's prices.
#[derive(Default)]
struct Known {
    bid: Option<Amount>,
    ask: Option<Amount>,
    last: Option<Amount>,
    /// When its price was last told, or asked for.
    heard: Option<Instant>,
    /// When a trade was last told, or its price asked for.
    traded: Option<Instant>,
    /// Trades were told since its price was asked for: the last price of the answer is older.
    has_newer_trade: bool,
    /// Its book was told since then.
    has_newer_book: bool,
    followers: Vec<Weak<Mailbox>>,
}

impl Known {
    fn is_silent(&self, now: Instant) -> bool {
        let silent_for = |since: Option<Instant>, most| {
            since.is_some_and(|at| now.saturating_duration_since(at) >= most)
        };
        silent_for(self.heard, QUIET) || silent_for(self.traded, NO_TRADES)
    }

    fn quote(&self, clock: &SharedClock) -> Option<Quote> {
        let last = self.last?;
        Some(Quote {
            bid: self.bid.unwrap_or(last),
            ask: self.ask.unwrap_or(last),
            last,
            as_of: clock.now().timestamp_millis(),
        })
    }
}

/// The prices of one exchange, and who follows them.
struct Board {
    market: BinanceMarket,
    stream: MarketStream,
    clock: SharedClock,
    known: BTreeMap<Symbol, Known>,
    /// Markets whose price could not be read yet.
    unread: BTreeSet<Symbol>,
    /// Prices that were asked for.
    asked: JoinSet<(Symbol, Result<Quote, VenueError>)>,
}

/// Follows the markets that are asked for, until nobody can ask any more.
async fn follow(market: BinanceMarket, mut asked: mpsc::Receiver<Request>, clock: SharedClock) {
    let stop = CancellationToken::new();
    let mut board = Board {
        stream: market.market_stream(&stop),
        market,
        clock,
        known: BTreeMap::new(),
        unread: BTreeSet::new(),
        asked: JoinSet::new(),
    };
    let mut again = interval(AGAIN);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            request = asked.recv() => {
                let Some(request) = request else {
                    break;
                };
                board.add(request);
            }
            item = board.stream.next() => {
                let Some(item) = item else {
                    break;
                };
                board.take(item);
            }
            Some(answer) = board.asked.join_next() => {
                if let Ok((symbol, quote)) = answer {
                    board.answered(&symbol, quote);
                }
            }
            _ = again.tick() => board.ask_again(),
        }
    }
}

impl Board {
    fn add(&mut self, Request { symbol, mailbox }: Request) {
        let is_new = !self.known.contains_key(&symbol);
        let known = self.known.entry(symbol.clone()).or_default();
        known.followers.push(Arc::downgrade(&mailbox));
        if !is_new {
            self.tell(&symbol);
            return;
        }
        for topic in topics(&symbol) {
            if let Err(error) = self.stream.subscribe(topic) {
                tracing::error!(%symbol, %error, "cannot follow a market");
            }
        }
        self.ask(&symbol);
    }

    /// Asks for prices that could not be read, and for those of markets that have been silent: nothing happens there, or nothing
    /// is told of what does.
    fn ask_again(&mut self) {
        let now = Instant::now();
        let mut silent: Vec<_> = self
            .known
            .iter()
            .filter(|(_, known)| known.is_silent(now))
            .collect();
        silent.sort_by_key(|(_, known)| known.heard.min(known.traded));
        let silent = silent.into_iter().take(MOST_ASKED);
        let silent: Vec<Symbol> = silent.map(|(symbol, _)| symbol.clone()).collect();
        let mut due = std::mem::take(&mut self.unread);
        due.extend(silent);
        for symbol in due {
            self.ask(&symbol);
        }
    }

    /// Asks for the prices as they are now: a market in which nothing happens tells nothing.
    fn ask(&mut self, symbol: &Symbol) {
        if let Some(known) = self.known.get_mut(symbol) {
            let now = Some(Instant::now());
            (known.heard, known.traded) = (now, now);
            (known.has_newer_trade, known.has_newer_book) = (false, false);
        }
        let (market, symbol) = (self.market.clone(), symbol.clone());
        self.asked.spawn(async move {
            let quote = market.quote(&symbol).await;
            (symbol, quote)
        });
    }

    fn answered(&mut self, symbol: &Symbol, quote: Result<Quote, VenueError>) {
        let quote = match quote {
            Ok(quote) => quote,
            Err(error) => {
                tracing::warn!(%symbol, %error, "cannot read the price of a market");
                if !is_final(&error) {
                    self.unread.insert(symbol.clone());
                }
                return;
            }
        };
        if let Some(known) = self.known.get_mut(symbol) {
            if !known.has_newer_book {
                (known.bid, known.ask) = (Some(quote.bid), Some(quote.ask));
            }
            if !known.has_newer_trade {
                known.last = Some(quote.last);
            }
        }
        self.tell(symbol);
    }

    fn take(&mut self, item: StreamItem<MarketEvent>) {
        match item {
            StreamItem::Event(MarketEvent::Trade { symbol, price, .. }) => {
                self.change(&symbol, |known| {
                    known.last = Some(price);
                    known.traded = Some(Instant::now());
                    known.has_newer_trade = true;
                });
            }
            StreamItem::Event(MarketEvent::BookTop { symbol, top }) => {
                self.change(&symbol, |known| {
                    known.bid = top.bid.map(|level| level.price);
                    known.ask = top.ask.map(|level| level.price);
                    known.has_newer_book = true;
                });
            }
            StreamItem::Event(MarketEvent::Unavailable(topic)) => {
                tracing::warn!(symbol = %topic.symbol(), "the exchange has no such market");
            }
            StreamItem::Event(MarketEvent::LastPrice { .. } | MarketEvent::Candle { .. }) => {}
            StreamItem::Gap(reason) => {
                tracing::info!(?reason, "prices of an exchange may be missing");
                self.lose();
            }
            StreamItem::Live => {
                let followed: Vec<Symbol> = self.known.keys().cloned().collect();
                for symbol in followed {
                    self.ask(&symbol);
                }
            }
        }
    }

    /// What was told is not the price any more: until the stream is back nobody knows it.
    fn lose(&mut self) {
        for (symbol, known) in &mut self.known {
            (known.bid, known.ask, known.last) = (None, None, None);
            for follower in known.followers.iter().filter_map(Weak::upgrade) {
                follower.put(symbol, None);
            }
        }
    }

    fn change(&mut self, symbol: &Symbol, change: impl FnOnce(&mut Known)) {
        if let Some(known) = self.known.get_mut(symbol) {
            change(known);
            self.tell(symbol);
        }
    }

    fn tell(&mut self, symbol: &Symbol) {
        let Some(known) = self.known.get_mut(symbol) else {
            return;
        };
        known.followers.retain(|one| one.strong_count() > 0);
        if known.followers.is_empty() {
            self.forget(symbol);
        } else if let Some(quote) = known.quote(&self.clock) {
            known.heard = Some(Instant::now());
            for follower in known.followers.iter().filter_map(Weak::upgrade) {
                follower.put(symbol, Some(quote));
            }
        }
    }

    /// Follows a market no more that nobody waits for.
    fn forget(&mut self, symbol: &Symbol) {
        self.known.remove(symbol);
        self.unread.remove(symbol);
        for topic in topics(symbol) {
            self.stream.unsubscribe(&topic);
        }
    }
}

fn topics(symbol: &Symbol) -> [Topic; 2] {
    [
        Topic::BookTop(symbol.clone()),
        Topic::Trades(symbol.clone()),
    ]
}

/// Whether asking again is of no use.
const fn is_final(error: &VenueError) -> bool {
    matches!(
        error,
        VenueError::Rejected { .. }
            | VenueError::NotSent(
                exchange::NotSent::UnknownMarket(_) | exchange::NotSent::Invalid(_)
            )
    )
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Known, NO_TRADES, QUIET};

    #[test]
    fn a_market_is_silent_without_news_for_a_while_or_without_trades_for_longer() {
        let began = Instant::now();
        let millisecond = Duration::from_millis(1);
        let mut known = Known::default();
        assert!(!known.is_silent(began), "it was not asked for yet");
        (known.heard, known.traded) = (Some(began), Some(began));
        assert!(!known.is_silent(began + QUIET.saturating_sub(millisecond)));
        assert!(known.is_silent(began + QUIET));
        // Its book alone is told.
        let later = began + NO_TRADES;
        known.heard = Some(later.checked_sub(millisecond).unwrap());
        assert!(!known.is_silent(later.checked_sub(millisecond).unwrap()));
        assert!(known.is_silent(later));
    }
}
