//! Deletes closed accounts, step by step, under the lease of each one's shard.

use std::{collections::HashMap, time::Duration};

use platform::SharedClock;
use store::{
    Db, StoreError,
    deletions::{self, Closed, FORCED_AFTER, Step},
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::leases::Leases;

/// How often closed accounts are looked for.
const EVERY: Duration = Duration::from_secs(2);

/// Stops the bots of closed accounts, then deletes their keys, then the accounts.
pub struct AccountDeletions {
    db: Db,
    leases: Leases,
    clock: SharedClock,
}

impl AccountDeletions {
    /// Creates the task; call [`Self::run`] to start it.
    pub fn new(db: Db, leases: Leases, clock: SharedClock) -> Self {
        Self { db, leases, clock }
    }

    /// Works until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut beat = interval(EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut reached = HashMap::new();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = beat.tick() => {}
            }
            if let Err(error) = self.round(&mut reached).await {
                tracing::warn!(%error, "closed accounts wait");
            }
        }
    }

    async fn round(&self, reached: &mut HashMap<uuid::Uuid, Step>) -> Result<(), StoreError> {
        let held = self.leases.held();
        let shards: Vec<u8> = held.keys().copied().collect();
        if shards.is_empty() {
            return Ok(());
        }
        let waiting = deletions::waiting(&self.db, &shards).await?;
        reached.retain(|user, _| waiting.iter().any(|closed| closed.user.0 == *user));
        for closed in waiting {
            let before = reached.get(&closed.user.0).copied();
            match self.advance(closed).await {
                Ok(Some(step)) => {
                    self.note(closed, before, step);
                    reached.insert(closed.user.0, step);
                }
                Ok(None) => {}
                // One account that cannot be deleted must not keep the others.
                Err(error) => {
                    tracing::warn!(%error, user = %closed.user, "cannot advance the deletion of a closed account");
                }
            }
        }
        Ok(())
    }

    /// None where the shard is being handed over: whoever has it next goes on.
    async fn advance(&self, closed: Closed) -> Result<Option<Step>, StoreError> {
        let Some(guard) = self.leases.guard(closed.user.shard()) else {
            return Ok(None);
        };
        let Some(_entered) = guard.enter() else {
            return Ok(None);
        };
        let now = self.clock.now();
        deletions::advance(&self.db, &guard.lease(), closed, now)
            .await
            .map(Some)
    }

    fn note(&self, closed: Closed, before: Option<Step>, step: Step) {
        if before == Some(step) {
            return;
        }
        let was_forced =
            before == Some(Step::Stopping) && self.clock.now() - closed.at >= FORCED_AFTER;
        if was_forced {
            tracing::error!(user = %closed.user, "the bots of a closed account did not stop: deleted while running");
        }
        match step {
            Step::Stopping => {
                tracing::info!(user = %closed.user, "the bots of a closed account are stopping");
            }
            Step::Emptied => {
                tracing::info!(user = %closed.user, "deleted the bots and keys of a closed account");
            }
            Step::Gone => {
                metrics::counter!("accounts_deleted_total").increment(1);
                tracing::info!(user = %closed.user, "deleted a closed account");
            }
        }
    }
}
