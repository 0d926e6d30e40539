//! What all parts of a running gateway share.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use events::subscriber::FeedHandle;
use platform::{
    SharedClock,
    health::{Check, HealthCache, Report, Status},
    redis::Redis,
};
use rand::RngExt;
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
    /// The tasks of the sockets.
    pub sockets: TaskTracker,
    /// Readiness says no from here on.
    pub stop: CancellationToken,
    /// Sockets are being closed: no new ones.
    pub closing: CancellationToken,
    /// When the revocations were last heard.
    pub heard: RwLock<Option<Instant>>,
    /// The last report.
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

    /// Whether the revocations were heard lately: who cannot hear them must not vouch for tokens.
    fn is_informed(&self) -> bool {
        let heard = *self.heard.read().unwrap_or_else(PoisonError::into_inner);
        heard.is_some_and(|at| at.elapsed() <= self.rules.limits.heartbeat_age)
    }

    /// What was found within the last second, and whether this gateway is draining: that is never old.
    pub async fn report(&self) -> Report {
        let report = self.health.get(|| self.check()).await;
        let serving = flag(!self.stop.is_cancelled(), "draining");
        Report::of(report.checks.into_iter().chain([("serving", serving)]))
    }

    async fn check(&self) -> Report {
        let redis = match self.redis.ping(PING_DEADLINE).await {
            Ok(latency) => Check::ok(latency),
            Err(_) => Check::failed(Status::Unavailable, "does not answer"),
        };
        Report::of([
            ("redis", redis),
            ("subscriptions", flag(self.feed.is_live(), "not proven")),
            ("revocations", flag(self.is_informed(), "not heard lately")),
        ])
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
