//! A venue that answers as a test tells it to, and clients of it.

mod http;
mod sockets;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::DateTime;
use exchange::{
    Moment, MomentClock, SendPermit,
    binance::{Binance, BinanceMarket, Config, Credential, Environment, Urls},
};
use platform::clock::ManualClock;
use trading::{Amount, Symbol, order::Millis};

pub(crate) use http::{Reply, VenueServer};
pub(crate) use sockets::{SocketServer, VenueSocket, text};

/// The key of Binance's examples.
pub(crate) const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
/// The secret of Binance's examples.
pub(crate) const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";

/// What this machine's wall clock shows at first.
pub(crate) const NOW: Millis = 1_760_000_000_000;

/// Milliseconds since boot at first.
const START: u64 = 1_000_000;

/// Both clocks of a test. Cheap to clone; clones share them.
#[derive(Clone)]
pub(crate) struct Clocks {
    pub(crate) wall: Arc<ManualClock>,
    moment: Arc<AtomicU64>,
}

impl Clocks {
    pub(crate) fn new() -> Self {
        Self {
            wall: ManualClock::new(DateTime::from_timestamp_millis(NOW).unwrap()),
            moment: Arc::new(AtomicU64::new(START)),
        }
    }

    /// Lets the clocks run on together.
    pub(crate) fn pass(&self, millis: u64) {
        self.wall
            .advance(chrono::Duration::milliseconds(millis.try_into().unwrap()));
        self.moment.fetch_add(millis, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock, by so many milliseconds forward or back.
    pub(crate) fn set_wall(&self, millis: i64) {
        self.wall.advance(chrono::Duration::milliseconds(millis));
    }

    /// Milliseconds that have passed since the test began, whatever the wall clock shows.
    pub(crate) fn passed(&self) -> i64 {
        let passed = self.moment.load(Ordering::SeqCst) - START;
        passed.try_into().unwrap()
    }

    pub(crate) fn moments(&self) -> MomentClock {
        let moment = Arc::clone(&self.moment);
        MomentClock::new(move || {
            Moment::since_boot(Duration::from_millis(moment.load(Ordering::SeqCst)))
        })
    }

    /// A permit from the present.
    pub(crate) fn permit(&self) -> SendPermit {
        let now = self.moments().now();
        SendPermit::mint(now, now).unwrap()
    }
}

/// Settings for a client of a server, with limits that no test reaches by accident.
pub(crate) fn config(server: &VenueServer, clocks: &Clocks) -> Config {
    let address = server.address();
    urls_config(
        &format!("http://{address}"),
        &format!("ws://{address}"),
        clocks,
    )
}

pub(crate) fn urls_config(rest: &str, sockets: &str, clocks: &Clocks) -> Config {
    let api = format!("{sockets}/ws-api/v3");
    let urls = Urls::custom(Environment::Testnet, rest, sockets, &api).unwrap();
    let mut config = Config::new(urls);
    config.wall = clocks.wall.clone();
    config.moments = clocks.moments();
    config
}

pub(crate) fn credential() -> Credential {
    Credential::new(KEY.into(), SECRET.into()).unwrap()
}

pub(crate) fn account(config: Config) -> Binance {
    Binance::new(BinanceMarket::new(config).unwrap(), credential())
}

pub(crate) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

pub(crate) fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

/// A recorded payload; nothing, said loudly, where the data is not at hand.
#[expect(clippy::print_stderr, reason = "a test that checks nothing says so")]
pub(crate) fn recorded(name: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("BLOCKBOTX_TEST_DATA") else {
        eprintln!(
            "\n*** NOT TESTED: BLOCKBOTX_TEST_DATA is unset, so {name} of Binance was not read ***\n"
        );
        return None;
    };
    let path = std::path::Path::new(&folder).join("binance").join(name);
    Some(std::fs::read_to_string(path).unwrap())
}
