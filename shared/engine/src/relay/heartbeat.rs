//! Repeats recent revocations to the gateways: Redis may have lost the first message, and a gateway that has just
//! started never saw it.

use std::{sync::Arc, time::Duration};

use events::{
    Epoch, Publisher,
    control::{ControlMessage, HEARTBEAT_EVERY_S, REVOCATIONS_KEPT_S},
};
use platform::{SharedClock, redis::Redis};
use store::{Db, StoreError, revocations, settings};
use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// Clocks of api copies may differ by this much.
const SLACK: chrono::Duration = chrono::Duration::seconds(30);

const LIMIT: Duration = Duration::from_secs(HEARTBEAT_EVERY_S);

/// The shortest time between two beats, however many gateways ask.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
enum HeartbeatError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Publish(#[from] events::publisher::PublishError),
    #[error("the epoch of the log is malformed")]
    Epoch(#[from] events::epoch::BadEpoch),
}

/// Publishes the heartbeat. Every engine does, each of them all revocations: nothing is missing when one goes.
pub struct Heartbeat {
    db: Db,
    redis: Redis,
    publisher: Publisher,
    clock: SharedClock,
    asked: Arc<Notify>,
}

impl Heartbeat {
    /// A heartbeat that does not beat yet.
    pub fn new(db: Db, redis: Redis, clock: SharedClock) -> Self {
        Self {
            db,
            publisher: Publisher::new(redis.clone()),
            redis,
            clock,
            asked: Arc::default(),
        }
    }

    /// Makes it beat now.
    pub fn asked(&self) -> Arc<Notify> {
        Arc::clone(&self.asked)
    }

    /// Beats every few seconds, and when it is asked to, until `stop`. While Redis or Postgres is away it misses beats; gateways that miss three call themselves not
    /// ready and keep the sockets they have.
    pub async fn run(self, stop: CancellationToken) {
        let mut beat = interval(LIMIT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = beat.tick() => {}
                () = self.asked.notified() => {}
            }
            if !self.redis.is_healthy() {
                continue;
            }
            match timeout(LIMIT, self.beat()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "cannot repeat revocations"),
                Err(_) => tracing::warn!("repeating revocations took too long"),
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep(PAUSE) => {}
            }
        }
    }

    async fn beat(&self) -> Result<(), HeartbeatError> {
        let at = self.clock.now();
        let since = at - chrono::Duration::seconds(REVOCATIONS_KEPT_S) - SLACK;
        let entries = revocations::since(&self.db, since).await?;
        let epoch: Epoch = settings::stream_epoch(self.db.conn()).await?.parse()?;
        metrics::gauge!("engine_revocations_repeated")
            .set(u32::try_from(entries.len()).unwrap_or(u32::MAX));
        let message = ControlMessage::Revocations { at, epoch, entries };
        Ok(self.publisher.control(&message).await?)
    }
}
