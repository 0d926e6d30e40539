//! Deletes what has served its time.

use std::time::Duration;

use platform::SharedClock;
use store::{Db, retention};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::held::Leases;

const EVERY: Duration = Duration::from_mins(10);

/// Whoever holds this shard cleans up for everybody. Two at once would do no harm.
const SHARD: u8 = 0;

/// Prunes old rows every ten minutes, on one engine at a time.
pub struct Janitor {
    db: Db,
    leases: Leases,
    clock: SharedClock,
}

impl Janitor {
    /// A janitor who has not begun.
    pub fn new(db: Db, leases: Leases, clock: SharedClock) -> Self {
        Self { db, leases, clock }
    }

    /// Cleans up until `stop`.
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
                // Nothing is held right after the start: look again soon.
                beat.reset_after(EVERY / 20);
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
