//! Deletes rows that are older than their retention.

use std::time::Duration;

use platform::SharedClock;
use store::{Db, retention};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::leases::Leases;

/// How often rows are pruned.
const EVERY: Duration = Duration::from_mins(10);

/// When to look again for the shard: nothing is held right after the start.
const AGAIN: Duration = Duration::from_secs(1);

/// The engine that holds this shard prunes for all. Two at once would do no harm.
const SHARD: u8 = 0;

/// Prunes old rows every ten minutes, on one engine at a time.
pub struct Pruner {
    db: Db,
    leases: Leases,
    clock: SharedClock,
}

impl Pruner {
    /// Creates the pruner; call [`Self::run`] to start it.
    pub fn new(db: Db, leases: Leases, clock: SharedClock) -> Self {
        Self { db, leases, clock }
    }

    /// Prunes until `stop`.
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
                pruned = retention::prune(self.db.conn(), self.clock.now()) => match pruned {
                    Ok(pruned) => {
                        for (table, rows) in pruned {
                            metrics::counter!("pruned_rows_total", "table" => table).increment(rows);
                        }
                    }
                    Err(error) => tracing::warn!(%error, "cannot prune old rows"),
                },
            }
        }
    }
}
