//! Pauses bots beyond what a user's plan allows after a downgrade.

use std::time::Duration;

use events::Publisher;
use platform::{SharedClock, ids::UserId, redis::Redis};
use store::{
    Db, StoreError,
    billing::{self, enforce},
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::leases::Leases;

/// How often downgrades that are due are looked for.
const EVERY: Duration = Duration::from_secs(30);

/// When to look again for the shard: nothing is held right after the start.
const AGAIN: Duration = Duration::from_secs(1);

/// Whoever holds this shard does it for everybody. Two at once would do no harm: a row lock makes one find nothing due.
const SHARD: u8 = 0;

/// Users of one look.
const BATCH: u32 = 100;

/// Enforces plan limits every half minute, on one engine at a time.
pub struct PlanDowngrades {
    db: Db,
    publisher: Publisher,
    leases: Leases,
    clock: SharedClock,
}

impl PlanDowngrades {
    /// Creates the task; call `run` to start it.
    pub fn new(db: Db, redis: Redis, leases: Leases, clock: SharedClock) -> Self {
        Self {
            db,
            publisher: Publisher::new(redis),
            leases,
            clock,
        }
    }

    /// Looks until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut beat = interval(EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = beat.tick() => {}
            }
            if self.leases.guard(SHARD).is_none() {
                beat.reset_after(AGAIN);
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                looked = self.look() => if let Err(error) = looked {
                    tracing::warn!(%error, "cannot look for plans that became smaller");
                },
            }
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        // Without billing nothing is limited, whatever was owed when there was some.
        if !billing::is_enabled(self.db.conn()).await? {
            return Ok(());
        }
        for user in enforce::due(self.db.conn(), self.clock.now(), BATCH).await? {
            self.downgrade(user).await?;
        }
        Ok(())
    }

    async fn downgrade(&self, user: UserId) -> Result<(), StoreError> {
        let Some(paused) = enforce::enforce(&self.db, user, self.clock.now()).await? else {
            return Ok(());
        };
        let count = u64::try_from(paused.len()).unwrap_or(u64::MAX);
        metrics::counter!("billing_bots_paused_total").increment(count);
        tracing::info!(%user, paused = count, "a plan became smaller");
        if let Err(error) = self.publisher.wake(user.shard()).await {
            tracing::debug!(%error, "the engine finds the commands by itself");
        }
        Ok(())
    }
}
