//! Carries committed events from Postgres to Redis, in the order of each user's `seq`.

pub mod heartbeat;
pub mod wake;

mod batch;
mod pauses;

use std::{collections::HashSet, sync::Arc, time::Duration};

use events::{Epoch, EventFrame, Publisher, publisher::REPLAY_LEN};
use futures_util::{StreamExt, TryStreamExt, stream};
use platform::{SharedClock, ids::UserId, redis::Redis};
use store::{Db, StoreError, leases};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::leases::{LeaseGuard, Leases, SendPermit};
use batch::{Sent, frames_of};
use pauses::Pauses;

/// How often the log is looked at without being woken.
const POLL_EVERY: Duration = Duration::from_millis(200);

/// Events read, published and marked together.
const BATCH: u32 = 500;

/// Users published at once, on one pipelined connection.
const CONCURRENT: usize = 64;

/// Asks answered at once: each reads from Postgres, whose connections are few.
const ANSWERS_AT_ONCE: usize = 4;

/// The longest one batch may take before its transaction or publication is given up and tried again.
const CYCLE_LIMIT: Duration = Duration::from_secs(5);

/// Asks answered before the log is looked at again.
const ASKS_AT_ONCE: usize = 256;

/// Why a round of the relay ended early. Nothing is lost: what is not marked is published again, and recognised.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RelayError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Publish(#[from] events::publisher::PublishError),
    #[error("the epoch of the log is malformed")]
    Epoch(#[from] events::epoch::BadEpoch),
    #[error("no leave to send: the lease is over, or its last renewal too long ago")]
    WindowClosed,
    #[error("a batch took too long")]
    TooSlow,
}

/// The relay of every shard that this process holds.
pub struct Relay {
    db: Db,
    redis: Redis,
    publisher: Publisher,
    leases: Leases,
    clock: SharedClock,
    poll_every: Duration,
}

/// How other tasks reach the relay.
#[derive(Debug, Clone)]
pub struct RelayHandle {
    wake: Arc<Notify>,
    asks: mpsc::Sender<UserId>,
}

/// The receiving end of a [`RelayHandle`].
#[derive(Debug)]
pub struct RelayInbox {
    wake: Arc<Notify>,
    asks: mpsc::Receiver<UserId>,
}

impl RelayHandle {
    /// Both ends. Up to `capacity` asks wait.
    pub fn new(capacity: usize) -> (Self, RelayInbox) {
        let (asks, waiting) = mpsc::channel(capacity);
        let wake = Arc::new(Notify::new());
        let inbox = RelayInbox {
            wake: Arc::clone(&wake),
            asks: waiting,
        };
        (Self { wake, asks }, inbox)
    }

    /// There are new events.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// A gateway wants a user's stream back. Dropped when too many wait: it says `resync` then.
    pub fn ask(&self, user: UserId) {
        if self.asks.try_send(user).is_err() {
            metrics::counter!("relay_asks_dropped_total").increment(1);
        }
    }
}

impl Relay {
    /// A relay for what `leases` holds.
    pub fn new(db: Db, redis: Redis, leases: Leases, clock: SharedClock) -> Self {
        Self {
            db,
            publisher: Publisher::new(redis.clone()),
            redis,
            leases,
            clock,
            poll_every: POLL_EVERY,
        }
    }

    /// Looks at the log this often without being woken.
    #[must_use]
    pub fn polling_every(mut self, poll_every: Duration) -> Self {
        self.poll_every = poll_every;
        self
    }

    /// Relays until `stop`.
    pub async fn run(self, mut inbox: RelayInbox, stop: CancellationToken) {
        let mut poll = interval(self.poll_every);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let started = Instant::now();
        let mut pauses = Pauses::new(started);
        let mut asks = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(user) = inbox.asks.recv() => {
                    asks.push(user);
                    while asks.len() < ASKS_AT_ONCE && let Ok(user) = inbox.asks.try_recv() {
                        asks.push(user);
                    }
                }
                () = inbox.wake.notified() => {}
                _ = poll.tick() => {}
                () = sleep_until(pauses.owed_at().unwrap_or(started)), if pauses.owed_at().is_some() => {}
            }
            // While Redis is away everything stays where it is safe. Whoever asks gives up after a second.
            if pauses.holds(Instant::now(), self.redis.is_healthy()) {
                asks.clear();
                continue;
            }
            match self.round(&mut asks).await {
                Ok(()) => pauses.note_success(),
                Err(error) => {
                    tracing::warn!(%error, "events wait to be relayed");
                    metrics::counter!("relay_failures_total").increment(1);
                    pauses.note_failure(Instant::now());
                }
            }
        }
    }

    /// Everything that waits now, then the asks: an answer must not get ahead of what is still to be published.
    async fn round(&self, asks: &mut Vec<UserId>) -> Result<(), RelayError> {
        let held = self.leases.held();
        // For as long as this round takes a hand-over of these shards waits.
        let entered: Vec<_> = held
            .values()
            .filter_map(|guard| Some((Arc::clone(guard), guard.enter()?)))
            .collect();
        if entered.is_empty() {
            asks.clear();
            return Ok(());
        }
        let guards: Vec<&LeaseGuard> = entered.iter().map(|(guard, _)| guard.as_ref()).collect();
        self.drain(&guards).await?;

        let ours: HashSet<u8> = guards.iter().map(|guard| guard.lease().shard).collect();
        let users: HashSet<UserId> = asks
            .drain(..)
            .filter(|user| ours.contains(&user.shard()))
            .collect();
        let answers = stream::iter(users)
            .map(Ok)
            .try_for_each_concurrent(ANSWERS_AT_ONCE, |user| self.answer(&guards, user));
        timeout(CYCLE_LIMIT, answers)
            .await
            .map_err(|_| RelayError::TooSlow)?
    }

    async fn drain(&self, guards: &[&LeaseGuard]) -> Result<(), RelayError> {
        let shards: Vec<u8> = guards.iter().map(|guard| guard.lease().shard).collect();
        let mut beyond = None;
        let mut sent = 0;
        loop {
            if guards.iter().any(|guard| guard.over().is_cancelled()) {
                return Ok(());
            }
            let step = self.step(guards, &shards, beyond);
            let step = timeout(CYCLE_LIMIT, step)
                .await
                .map_err(|_| RelayError::TooSlow)??;
            sent += step.sent;
            if step.last.is_none() {
                if is_all(beyond, sent) {
                    return Ok(());
                }
                sent = 0;
            }
            beyond = step.last;
        }
    }

    /// One batch.
    async fn step(
        &self,
        guards: &[&LeaseGuard],
        shards: &[u8],
        beyond: Option<UserId>,
    ) -> Result<Step, RelayError> {
        let pending = store::events::unrelayed(&self.db, shards, beyond, BATCH).await?;
        let Some(pending) = pending else {
            return Ok(Step::default());
        };
        let epoch: Epoch = pending.epoch.parse()?;
        let full = pending.events.len() >= BATCH as usize;
        let last = pending.events.last().map(|event| event.user);

        let sent: Vec<Result<Sent, RelayError>> = stream::iter(frames_of(&pending.events))
            .map(|(user, frames)| self.publish(guards, user, &epoch, frames))
            .buffer_unordered(CONCURRENT)
            .collect()
            .await;
        let (done, failed): (Vec<_>, Vec<_>) = sent.into_iter().partition(Result::is_ok);
        let done: Vec<Sent> = done.into_iter().filter_map(Result::ok).collect();
        self.mark(guards, &done).await?;
        if let Some(Err(error)) = failed.into_iter().next() {
            return Err(error);
        }
        if let Some(oldest) = pending.events.iter().map(|event| event.at).min() {
            let lag = (self.clock.now() - oldest).to_std().unwrap_or_default();
            metrics::histogram!("relay_lag_seconds").record(lag);
        }
        Ok(Step {
            sent: done.len(),
            last: last.filter(|_| full),
        })
    }

    async fn publish(
        &self,
        guards: &[&LeaseGuard],
        user: UserId,
        epoch: &Epoch,
        frames: Vec<EventFrame>,
    ) -> Result<Sent, RelayError> {
        permit(guards, user)?;
        let published = self.publisher.publish_batch(user, epoch, &frames).await?;
        metrics::counter!("relay_events_total").increment(published.appended);
        Ok(Sent {
            user,
            up_to: frames.last().map_or(0, EventFrame::seq),
        })
    }

    /// Marks under the leases: a relay that has lost one leaves the marking to its successor.
    async fn mark(&self, guards: &[&LeaseGuard], sent: &[Sent]) -> Result<(), RelayError> {
        let touched: HashSet<u8> = sent.iter().map(|sent| sent.user.shard()).collect();
        let under: Vec<leases::Lease> = guards
            .iter()
            .map(|guard| guard.lease())
            .filter(|lease| touched.contains(&lease.shard))
            .collect();
        if under.is_empty() {
            return Ok(());
        }
        let txn = self.db.begin().await?;
        let held = leases::still_held(&txn, &under).await?;
        let up_to: Vec<(UserId, i64)> = sent
            .iter()
            .filter(|sent| held.contains(&sent.user.shard()))
            .map(|sent| (sent.user, i64::try_from(sent.up_to).unwrap_or(i64::MAX)))
            .collect();
        store::events::mark_relayed(&txn, &up_to).await?;
        txn.commit().await.map_err(StoreError::from)?;
        match under.iter().find(|lease| !held.contains(&lease.shard)) {
            Some(lost) => Err(StoreError::LeaseLost(lost.shard).into()),
            None => Ok(()),
        }
    }

    async fn answer(&self, guards: &[&LeaseGuard], user: UserId) -> Result<(), RelayError> {
        let tail = store::events::tail(&self.db, user, REPLAY_LEN).await?;
        let epoch: Epoch = tail.epoch.parse()?;
        let frames = frames_of(&tail.events)
            .pop()
            .map(|(_, frames)| frames)
            .unwrap_or_default();
        permit(guards, user)?;
        let head = u64::try_from(tail.head).unwrap_or(0);
        self.publisher.answer(user, &epoch, head, &frames).await?;
        Ok(())
    }
}

/// What one batch came to.
#[derive(Debug, Default)]
struct Step {
    /// Users for whom something was sent.
    sent: usize,
    /// The last user of a full batch.
    last: Option<UserId>,
}

/// Whether nothing is left to do after a batch that was not full: else the rest of users that filled a batch on the way up to
/// `beyond` is next. Where nothing was sent there is nothing, or only what cannot be sent: that is no better at once.
const fn is_all(beyond: Option<UserId>, sent: usize) -> bool {
    beyond.is_none() || sent == 0
}

/// Asked for each user, right before the call: a process that was stopped in between must not send.
fn permit(guards: &[&LeaseGuard], user: UserId) -> Result<SendPermit, RelayError> {
    let shard = user.shard();
    guards
        .iter()
        .find(|guard| guard.lease().shard == shard)
        .and_then(|guard| guard.permit())
        .ok_or(RelayError::WindowClosed)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use exchange::Moment;
    use platform::ids::UserId;
    use store::leases::Lease;
    use uuid::Uuid;

    use super::{RelayError, is_all, permit};
    use crate::leases::{LeaseGuard, SendWindow};

    #[test]
    fn what_cannot_be_sent_is_not_tried_again_at_once() {
        let user = UserId(Uuid::nil());
        assert!(is_all(None, 0) && is_all(None, 1));
        assert!(is_all(Some(user), 0) && !is_all(Some(user), 1));
    }

    #[test]
    fn each_user_is_sent_for_under_the_lease_of_its_own_shard() {
        let window = SendWindow::default();
        window.open(Moment::now(), DateTime::UNIX_EPOCH);
        let user = |number| UserId(Uuid::from_u128(number));
        let guard = |user: UserId| {
            let lease = Lease {
                shard: user.shard(),
                node: Uuid::nil(),
                epoch: 1,
            };
            LeaseGuard::new(lease, &window)
        };
        let (lost, kept, foreign) = (user(1), user(2), user(3));
        let guards = [guard(lost), guard(kept)];
        guards[0].lose();
        let guards = [&guards[0], &guards[1]];
        assert!(matches!(
            permit(&guards, lost),
            Err(RelayError::WindowClosed)
        ));
        assert!(permit(&guards, kept).is_ok());
        assert!(matches!(
            permit(&guards, foreign),
            Err(RelayError::WindowClosed)
        ));
    }
}
