//! What all parts of a running gateway share.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use events::{Publisher, subscriber::FeedHandle};
use platform::{
    SharedClock,
    health::{Check, HealthCache, Report, Status},
    redis::Redis,
};
use rand::RngExt;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    admission::Admission, hub::Hub, market::Market, registry::Registry, revocations::Revocations,
    session::Rules,
};

/// How long Redis may take to say that it is there.
const PING_DEADLINE: Duration = Duration::from_secs(1);

/// What all parts share.
pub struct State {
    /// Limits and the verifier of tokens.
    pub rules: Rules,
    /// The time.
    pub clock: SharedClock,
    /// The origins that may connect.
    pub origins: Vec<String>,
    /// Handshakes by address.
    pub admission: Arc<Admission>,
    /// All sockets.
    pub registry: Registry,
    /// Private events.
    pub hub: Hub,
    /// Market data.
    pub market: Market,
    /// Void tokens.
    pub revocations: Revocations,
    /// Whether the subscriptions work.
    pub feed: FeedHandle,
    /// Redis.
    pub redis: Redis,
    /// What is said to the engine and the api.
    pub publisher: Publisher,
    /// This process, for people and for answers to the api: different after each start.
    pub node: String,
    /// Revocations may have been lost: they are to be asked for.
    pub(crate) uninformed: Notify,
    /// The tasks of the sockets.
    pub sockets: TaskTracker,
    /// Readiness says no from here on.
    pub stop: CancellationToken,
    /// Sockets are being closed: no new ones.
    pub closing: CancellationToken,
    /// When the revocations were last heard.
    pub heard: RwLock<Option<Instant>>,
    /// How Redis answered last.
    pub health: HealthCache,
}

impl State {
    /// The time for tokens.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Whether sockets can be served at this moment.
    pub fn accepts(&self) -> bool {
        !self.closing.is_cancelled()
            && self.redis.is_healthy()
            && self.feed.is_live()
            && self.is_informed()
    }

    /// The revocations were heard just now.
    pub(crate) fn note_heard(&self) {
        *self.heard.write().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether the revocations were heard since then.
    pub(crate) fn has_heard_since(&self, asked: Instant) -> bool {
        let heard = *self.heard.read().unwrap_or_else(PoisonError::into_inner);
        heard.is_some_and(|at| at >= asked)
    }

    /// Whether the revocations were heard lately: who cannot hear them must not vouch for tokens.
    fn is_informed(&self) -> bool {
        let heard = *self.heard.read().unwrap_or_else(PoisonError::into_inner);
        heard.is_some_and(|at| at.elapsed() <= self.rules.limits.heartbeat_age)
    }

    /// How Redis answered within the last second; whatever needs no question is never old.
    pub async fn report(&self) -> Report {
        let redis = if self.redis.is_healthy() {
            self.health.get(|| self.ask_redis()).await
        } else {
            Report::of([("redis", Check::failed(Status::Unavailable, "is away"))])
        };
        Report::of(redis.checks.into_iter().chain([
            ("subscriptions", flag(self.feed.is_live(), "not proven")),
            ("revocations", flag(self.is_informed(), "not heard lately")),
            ("serving", flag(!self.stop.is_cancelled(), "draining")),
        ]))
    }

    async fn ask_redis(&self) -> Report {
        let redis = match self.redis.ping(PING_DEADLINE).await {
            Ok(latency) => Check::ok(latency),
            Err(_) => Check::failed(Status::Unavailable, "does not answer"),
        };
        Report::of([("redis", redis)])
    }

    /// When a client that is sent away may come back: spread, so that they do not come all at once.
    pub fn retry_after(&self) -> Duration {
        let longest = self.rules.limits.retry_after;
        rand::rng().random_range(longest / 10..=longest)
    }
}

fn flag(ok: bool, detail: &'static str) -> Check {
    if ok {
        Check {
            status: Status::Ok,
            latency_ms: None,
            detail: None,
        }
    } else {
        Check::failed(Status::Unavailable, detail)
    }
}
