//! The exchanges that this process can reach, and their markets.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use platform::{SharedClock, config::Reader, redis::Redis};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    binance::{BinanceMarket, Config, Environment, Urls},
    error::VenueError,
    markets::Instruments,
    moment::{Moment, MomentClock},
    sharing::share,
    venue::MarketData,
};

/// How long a list of markets is used before it is read anew: rules and statuses of markets change.
const FRESH_FOR: Duration = Duration::from_mins(5);

/// How long a list that was read to explain a refusal explains others.
const EXPLAINS_FOR: Duration = Duration::from_secs(10);

/// Where the exchanges are. One without addresses cannot be reached.
#[derive(Clone, Debug, Default)]
pub struct VenuesConfig {
    /// `BINANCE_REST_URL`, `BINANCE_STREAM_URL` and `BINANCE_WS_API_URL`: Binance, with real money.
    pub binance: Option<Urls>,
    /// `BINANCE_TESTNET_REST_URL`, `BINANCE_TESTNET_STREAM_URL` and `BINANCE_TESTNET_WS_API_URL`: its testnet.
    pub binance_testnet: Option<Urls>,
}

/// The exchanges that this process can reach. Cheap to clone; clones share connections, limits and lists of markets.
#[derive(Clone, Debug, Default)]
pub struct Venues {
    binance: Option<Listed>,
    binance_testnet: Option<Listed>,
}

/// An exchange with the list of its markets, which is long and dear to read.
#[derive(Clone, Debug)]
pub struct Listed {
    market: BinanceMarket,
    clock: MomentClock,
    list: Arc<List>,
}

#[derive(Debug)]
struct List {
    /// Held while the list is read for all that wait for it.
    reading: Semaphore,
    last: Mutex<Option<(Moment, Arc<Instruments>)>>,
    /// When the list was read that last explained a refusal.
    explained: Mutex<Option<Moment>>,
}

/// What becomes of a list that cannot be read anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Old {
    /// The one before is better than none.
    Taken,
    /// Only a new one is of use.
    Refused,
}

/// The system has no TLS to give.
#[derive(Debug, thiserror::Error)]
#[error("cannot make encrypted connections to exchanges")]
pub struct NoTls(#[source] reqwest::Error);

impl VenuesConfig {
    /// Reads the section; problems stay with the reader.
    pub fn read(reader: &mut Reader) -> Self {
        Self {
            binance: urls(reader, "BINANCE", Environment::Live),
            binance_testnet: urls(reader, "BINANCE_TESTNET", Environment::Testnet),
        }
    }
}

/// The addresses of an exchange: its own, where the variables that begin with `prefix` do not say others.
fn urls(reader: &mut Reader, prefix: &str, environment: Environment) -> Option<Urls> {
    let own = environment.addresses();
    let rest = reader.text_or(&format!("{prefix}_REST_URL"), own[0]);
    let streams = reader.text_or(&format!("{prefix}_STREAM_URL"), own[1]);
    let ws_api = reader.text_or(&format!("{prefix}_WS_API_URL"), own[2]);
    let read = Urls::custom(environment, &rest, &streams, &ws_api);
    read.map_err(|error| reader.problem(&format!("{prefix}_*_URL"), error.to_string()))
        .ok()
}

impl Venues {
    /// Exchanges of which nothing was asked yet.
    ///
    /// # Errors
    /// [`NoTls`]
    pub fn new(config: &VenuesConfig) -> Result<Self, NoTls> {
        let listed = |urls: &Option<Urls>| {
            let config = urls.clone().map(Config::new);
            config.map(Listed::new).transpose().map_err(NoTls)
        };
        Ok(Self {
            binance: listed(&config.binance)?,
            binance_testnet: listed(&config.binance_testnet)?,
        })
    }

    /// Binance, or its testnet; nothing where it has no addresses.
    pub const fn binance(&self, testnet: bool) -> Option<&Listed> {
        if testnet {
            self.binance_testnet.as_ref()
        } else {
            self.binance.as_ref()
        }
    }
}

impl Venues {
    /// Keeps the rate budgets equal to those of other processes behind the same address, until told to stop.
    pub async fn share_budgets(self, redis: Redis, clock: SharedClock, stop: CancellationToken) {
        let named = [
            ("binance", &self.binance),
            ("binance_testnet", &self.binance_testnet),
        ];
        let markets = named
            .iter()
            .filter_map(|(name, listed)| Some((*name, listed.as_ref()?.market())));
        let sharing = markets.map(async |(name, market)| {
            let sockets = format!("{name}:sockets");
            tokio::join!(
                share(market.budget(), name, &redis, &clock, &stop),
                share(market.sockets_budget(), &sockets, &redis, &clock, &stop),
            )
        });
        join_all(sharing).await;
        // A task that ends early counts as failed, and one without exchanges has nothing to do.
        stop.cancelled().await;
    }
}

impl Listed {
    /// An exchange of which nothing was asked yet.
    ///
    /// # Errors
    /// When the system has no TLS to give.
    pub fn new(config: Config) -> Result<Self, reqwest::Error> {
        let clock = config.moments.clone();
        Ok(Self {
            market: BinanceMarket::new(config)?,
            clock,
            list: Arc::new(List {
                reading: Semaphore::new(1),
                last: Mutex::new(None),
                explained: Mutex::new(None),
            }),
        })
    }

    /// The exchange.
    pub const fn market(&self) -> &BinanceMarket {
        &self.market
    }

    /// Its markets, as they were at most five minutes ago.
    ///
    /// # Errors
    /// When there is no list yet and the venue could not be asked. An old list is better than none: it is used on.
    pub async fn instruments(&self) -> Result<Arc<Instruments>, VenueError> {
        self.read(
            |read_at| self.clock.now().since(read_at) < FRESH_FOR,
            Old::Taken,
        )
        .await
    }

    /// Its markets, as they were at `moment` or later, or as they were when they were last asked for so, ten seconds ago at most:
    /// what is refused again and again uses up no limit.
    ///
    /// # Errors
    /// When the venue could not be asked.
    pub async fn instruments_since(&self, moment: Moment) -> Result<Arc<Instruments>, VenueError> {
        let explained = *locked(&self.list.explained);
        let is_recent = |at: Moment| self.clock.now().since(at) < EXPLAINS_FOR;
        let is_fresh =
            |read_at| read_at >= moment || explained == Some(read_at) && is_recent(read_at);
        let instruments = self.read(is_fresh, Old::Refused).await?;
        *locked(&self.list.explained) = self.known().map(|(read_at, _)| read_at);
        Ok(instruments)
    }

    async fn read(
        &self,
        is_fresh: impl Fn(Moment) -> bool + Send + Sync,
        old: Old,
    ) -> Result<Arc<Instruments>, VenueError> {
        let fresh = || self.known().filter(|(read_at, _)| is_fresh(*read_at));
        if let Some((_, fresh)) = fresh() {
            return Ok(fresh);
        }
        let held = self.list.reading.acquire().await;
        if let Some((_, fresh)) = fresh() {
            return Ok(fresh);
        }
        let asked_at = self.clock.now();
        let read = self.market.instruments().await;
        let instruments = match (read, self.known()) {
            (Ok(read), _) => Arc::new(read),
            (Err(error), Some((_, known))) if old == Old::Taken => {
                tracing::warn!(%error, "cannot read the list of markets anew, going on with the old one");
                known
            }
            (Err(error), _) => return Err(error),
        };
        *locked(&self.list.last) = Some((asked_at, Arc::clone(&instruments)));
        drop(held);
        Ok(instruments)
    }

    fn known(&self) -> Option<(Moment, Arc<Instruments>)> {
        locked(&self.list.last).clone()
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
