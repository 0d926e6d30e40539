//! How Binance is reached.

use std::time::Duration;

use platform::{SharedClock, SystemClock};

use super::common::urls::Urls;
use crate::{breaker::BreakerConfig, budget::RateWindow, moment::MomentClock};

const MINUTE_MS: i64 = 60_000;

/// How one of Binance's exchanges is reached. Limits are where counting begins: the exchange's own replace them as soon
/// as the list of markets was read.
#[derive(Clone)]
pub struct Config {
    /// Where the exchange is.
    pub urls: Urls,
    /// Longest time for making a connection.
    pub connect_timeout: Duration,
    /// Longest time for a request, connection and answer included.
    pub request_timeout: Duration,
    /// How long a connection is kept without use.
    pub idle_timeout: Duration,
    /// Request weight of this address.
    pub weights: Vec<RateWindow>,
    /// New orders of an account.
    pub orders: Vec<RateWindow>,
    /// New sockets of this address.
    pub sockets: Vec<RateWindow>,
    /// When the exchange is left alone.
    pub breaker: BreakerConfig,
    /// How sockets are kept.
    pub streams: StreamTimes,
    /// The wall clock.
    pub wall: SharedClock,
    /// The clock that nobody sets.
    pub moments: MomentClock,
}

/// How sockets are kept.
#[derive(Clone, Copy, Debug)]
pub struct StreamTimes {
    /// Longest time for connecting, and for the answer to a subscription.
    pub connect_timeout: Duration,
    /// Silence after which a ping is sent.
    pub ping_after: Duration,
    /// Silence after which the connection is given up, answers to pings included.
    pub longest_silence: Duration,
    /// Time without an event after which a connection that follows markets is given up, even if it answers pings.
    pub longest_quiet: Duration,
    /// Age at which a connection is renewed: below the 24 hours after which Binance ends it.
    pub lifetime: Duration,
    /// Pause before the second attempt to connect; each further one doubles it.
    pub first_pause: Duration,
    /// Longest pause between attempts to connect, and the pause after the exchange refused the key. A connection that
    /// lasted as long is followed by another one at once.
    pub longest_pause: Duration,
    /// Time between two messages to the exchange, which takes five a second, pings included.
    pub message_spacing: Duration,
    /// Items that wait for whoever reads the stream. When they are full the socket is not read.
    pub buffer: usize,
}

impl Config {
    /// The usual settings for an exchange.
    pub fn new(urls: Urls) -> Self {
        let window = |length_ms, limit| RateWindow { length_ms, limit };
        Self {
            urls,
            connect_timeout: Duration::from_secs(3),
            request_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(1),
            weights: vec![window(MINUTE_MS, 1_200)],
            orders: vec![window(10_000, 50), window(1_440 * MINUTE_MS, 160_000)],
            sockets: vec![window(5 * MINUTE_MS, 200)],
            breaker: BreakerConfig::default(),
            streams: StreamTimes::default(),
            wall: SystemClock::shared(),
            moments: MomentClock::system(),
        }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

impl Default for StreamTimes {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            ping_after: Duration::from_secs(25),
            longest_silence: Duration::from_secs(50),
            longest_quiet: Duration::from_mins(5),
            lifetime: Duration::from_mins(23 * 60 + 50),
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(30),
            message_spacing: Duration::from_millis(250),
            buffer: 1_024,
        }
    }
}
