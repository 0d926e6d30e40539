//! Starts a desk for each account that has something to do, while this process holds its shard.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use events::Publisher;
use platform::{SharedClock, redis::Redis};
use store::{
    Db, StoreError,
    trading::feeds::{self, Active},
};
use tokio::{
    sync::Notify,
    task::{Id, JoinError, JoinSet},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    desk::{Assignment, DeskRunner, SharedParts},
    exchanges::Exchanges,
    live::LiveDesk,
};
use crate::{leases::Leases, relay::RelayHandle, spec::FeedDir};

/// How often to look without being woken.
const POLL_EVERY: Duration = Duration::from_millis(500);

/// Starts desks and notifies them of changes.
pub struct Supervisor {
    shared: SharedParts,
    leases: Leases,
    wake: Arc<Notify>,
    tasks: JoinSet<()>,
    running: HashMap<Uuid, Running>,
}

struct Running {
    task: Id,
    look: Arc<Notify>,
}

impl Supervisor {
    /// A supervisor of the accounts under `leases`, with nothing to do yet.
    pub fn new(
        db: Db,
        redis: Redis,
        leases: Leases,
        relay: RelayHandle,
        clock: SharedClock,
        dir: FeedDir,
        exchanges: Exchanges,
    ) -> Self {
        Self {
            shared: SharedParts {
                db,
                clock,
                relay,
                publisher: Publisher::new(redis),
                dir,
                exchanges,
            },
            leases,
            wake: Arc::new(Notify::new()),
            tasks: JoinSet::new(),
            running: HashMap::new(),
        }
    }

    /// Makes the supervisor look at once.
    pub fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    /// Works until `stop`, then waits for its tasks, each of which ends with the commit that is under way.
    pub async fn run(mut self, stop: CancellationToken) {
        // Set from the start: an alert does not see the rise of a series that begins at one.
        for rare in [
            "engine_bots_failed_total",
            "engine_reconcile_mismatches_total",
            "engine_late_fills_total",
        ] {
            metrics::counter!(rare).increment(0);
        }
        let mut poll = interval(POLL_EVERY);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let wake = self.wake();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.tasks.join_next_with_id() => self.note_end(ended),
                () = wake.notified() => {}
                _ = poll.tick() => {}
            }
            if let Err(error) = self.look(&stop).await {
                tracing::warn!(%error, "cannot list the accounts that have something to do");
            }
        }
        while let Some(ended) = self.tasks.join_next_with_id().await {
            self.note_end(ended);
        }
    }

    async fn look(&mut self, stop: &CancellationToken) -> Result<(), StoreError> {
        let held = self.leases.held();
        let shards: Vec<u8> = held.keys().copied().collect();
        let active = if shards.is_empty() {
            Vec::new()
        } else {
            feeds::active(&self.shared.db, &shards).await?
        };
        for account in &active {
            self.attend(account, stop);
        }
        let playing: HashSet<Uuid> = active
            .iter()
            .filter(|account| account.is_running && !account.has_commands)
            .map(|account| account.connection)
            .collect();
        for (connection, running) in &self.running {
            if !playing.contains(connection) {
                running.look.notify_one();
            }
        }
        metrics::gauge!("engine_accounts_playing").set(count(self.running.len()));
        Ok(())
    }

    fn attend(&mut self, account: &Active, stop: &CancellationToken) {
        if self.running.contains_key(&account.connection) {
            return;
        }
        let Some(guard) = self.leases.guard(account.user.shard()) else {
            return;
        };
        let Some(entered) = guard.enter() else {
            return;
        };
        let look = Arc::new(Notify::new());
        let assignment = Assignment {
            guard,
            user: account.user,
            connection: account.connection,
            look: Arc::clone(&look),
            stop: stop.clone(),
        };
        let (shared, is_paper) = (self.shared.clone(), account.is_paper);
        let started = self.tasks.spawn(async move {
            if is_paper {
                DeskRunner::new(shared, assignment).run().await;
            } else {
                Box::pin(LiveDesk::new(shared, assignment).run()).await;
            }
            drop(entered);
        });
        let running = Running {
            task: started.id(),
            look,
        };
        self.running.insert(account.connection, running);
    }

    fn note_end(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "the task of an account panicked");
                error.id()
            }
        };
        self.running.retain(|_, running| running.task != id);
    }
}

fn count(number: usize) -> f64 {
    u32::try_from(number).unwrap_or(u32::MAX).into()
}
