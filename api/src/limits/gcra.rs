//! Counting in Redis, for all copies together.

use std::time::Duration;

use platform::redis::{Redis, RedisError, Script};

use super::{Budget, Decision};

const MINUTE_US: u64 = 60_000_000;

pub(super) struct SharedLimiter(Script);

impl SharedLimiter {
    pub(super) fn new() -> Self {
        Self(Script::new(include_str!("gcra.lua")))
    }

    pub(super) async fn check(
        &self,
        redis: &Redis,
        key: &str,
        budget: Budget,
    ) -> Result<Decision, RedisError> {
        let interval = MINUTE_US / u64::from(budget.per_minute);
        let arguments = vec![interval.to_string(), budget.per_minute.to_string()];
        let (allowed, remaining, reset_us, wait_us): (u8, u32, u64, u64) =
            redis.eval(&self.0, key, arguments).await?;
        Ok(Decision {
            allowed: allowed == 1,
            limit: budget.per_minute,
            remaining,
            reset: Duration::from_micros(reset_us),
            retry_after: Duration::from_micros(wait_us),
        })
    }
}
