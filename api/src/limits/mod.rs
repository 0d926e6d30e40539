//! Rate limits: by class of route, and by user or address.

mod config;
mod decision;
mod gcra;
mod local;
mod refused;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use platform::redis::Redis;

pub use config::{Budget, LimitsConfig, RouteClass};
pub use decision::Decision;
use gcra::SharedLimiter;
use local::LocalLimiter;
use refused::Refused;

/// After Redis failed to answer in time, how long it is not asked again.
const BREAK: Duration = Duration::from_secs(1);

/// Counts requests in Redis, and by itself while Redis is away.
pub struct RateLimiter {
    redis: Redis,
    config: LimitsConfig,
    shared: SharedLimiter,
    local: LocalLimiter,
    broken_until: Mutex<Option<Instant>>,
    /// Credentials that count by address.
    pub refused: Refused,
}

impl RateLimiter {
    /// A limiter with these budgets.
    pub fn new(redis: Redis, config: LimitsConfig) -> Self {
        Self {
            redis,
            local: LocalLimiter::new(&config),
            shared: SharedLimiter::new(),
            config,
            broken_until: Mutex::new(None),
            refused: Refused::default(),
        }
    }

    /// Counts one request of `who` in `class`.
    pub async fn check(&self, class: RouteClass, who: &str) -> Decision {
        let budget = self.config.budget(class);
        if self.redis.is_healthy() && !self.is_broken() {
            let name = format!("rate:{}:{who}", class.as_str());
            let key = self.redis.key(name);
            let asked = self.shared.check(&self.redis, &key, budget);
            match tokio::time::timeout(self.config.timeout, asked).await {
                Ok(Ok(decision)) => return decision,
                Ok(Err(error)) => tracing::debug!(%error, "redis does not count requests"),
                Err(_) => tracing::debug!("redis is too slow to count requests"),
            }
            metrics::counter!("api_rate_limit_fallbacks_total").increment(1);
            *self.lock() = Some(Instant::now() + BREAK);
        }
        self.local.check(class, who)
    }

    /// Throws away what the local limiter remembers of callers that have not been seen for long.
    pub fn sweep(&self) {
        self.local.sweep();
        self.refused.sweep();
    }

    fn is_broken(&self) -> bool {
        self.lock().is_some_and(|until| Instant::now() < until)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.broken_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
