//! Keeps this process alive in Postgres' eyes and its share of the shards in its hands.

use std::{collections::HashMap, pin::pin, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use exchange::Moment;
use platform::{SharedClock, ids::uuid_v7};
use store::{
    Db, StoreError,
    leases::{self, Lease, Node, TIME_TO_LIVE},
};
use tokio::{
    sync::watch,
    task::{Id, JoinError, JoinSet},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;
use trading::bot::STATE_FORMAT;

use super::{LeaseGuard, Leases, SEND_WITHIN, SendWindow, Shards, plan::plan};

/// How often a node renews.
const RENEW_EVERY: Duration = Duration::from_millis(500);

/// The longest that a renewal may take. Postgres counts from when it is carried out, so one that waits this long for its
/// commit is still good.
const RENEW_LIMIT: Duration = Duration::from_secs(2);

/// How often the division is looked at: what a dead node held is taken at the first look after its time is up.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The longest that a look at the division may take.
const LOOK_LIMIT: Duration = Duration::from_millis(1_900);

// A dead engine is succeeded within 4 s, the loading of its bots included.
const _: () = assert!(TIME_TO_LIVE.as_millis() + 2 * LOOK_EVERY.as_millis() <= 3_500);

// Three renewals that fail at once leave time to send, and one that hangs leaves time for another.
const _: () = assert!(4 * RENEW_EVERY.as_millis() <= SEND_WITHIN.as_millis());
const _: () = assert!(RENEW_LIMIT.as_millis() + RENEW_EVERY.as_millis() < TIME_TO_LIVE.as_millis());

/// How long work may take to end when the process stops; what has not ended then keeps its lease until that expires.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// Takes part in the division of shards under one id after another.
pub struct Keeper {
    db: Db,
    /// Renewals go through this one, so that they do not stand in the queue for a connection behind all others.
    renewals: Db,
    clock: SharedClock,
    name: String,
    state_format: i32,
    window: SendWindow,
    held: watch::Sender<Arc<Shards>>,
    /// Shards on their way to somebody else: not held any more, not free yet.
    leaving: JoinSet<()>,
    departing: HashMap<Id, Lease>,
}

enum Life {
    Stopped,
    Expired,
}

/// Keeps one node alive.
struct Renewer {
    db: Db,
    clock: SharedClock,
    window: SendWindow,
    node: Node,
}

impl Renewer {
    /// Enters the node. None where that is not certain to have happened.
    async fn register(&self, name: &str) -> Option<Moment> {
        let (started, at) = (Moment::now(), self.clock.now());
        match timeout(RENEW_LIMIT, leases::register(&self.db, self.node, name)).await {
            Ok(Ok(())) => {
                self.note_renewed(started, at);
                Some(started)
            }
            failed => {
                self.note_failed(failed.ok().and_then(Result::err).as_ref());
                None
            }
        }
    }

    /// Renews until the node's time is up.
    async fn run(self, mut last: Moment) {
        let mut beat = interval(RENEW_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beat.tick().await;
        loop {
            beat.tick().await;
            let (started, at) = (Moment::now(), self.clock.now());
            match timeout(RENEW_LIMIT, leases::renew(&self.db, self.node.id)).await {
                Ok(Ok(true)) => {
                    self.note_renewed(started, at);
                    last = started;
                }
                Ok(Ok(false)) => {
                    tracing::warn!(node = %self.node.id, "this engine's time was up, starting over");
                    return;
                }
                failed => {
                    self.note_failed(failed.ok().and_then(Result::err).as_ref());
                    if is_over(last, Moment::now()) {
                        return;
                    }
                }
            }
        }
    }

    fn note_renewed(&self, started: Moment, at: DateTime<Utc>) {
        self.window.open(started, at);
        metrics::counter!("engine_renewals_total", "outcome" => "ok").increment(1);
    }

    fn note_failed(&self, error: Option<&StoreError>) {
        metrics::counter!("engine_renewals_total", "outcome" => "failed").increment(1);
        tracing::warn!(node = %self.node.id, ?error, "cannot renew");
    }
}

/// Whether the time of a node that was last renewed at `last` is up, on our own clock. That is later than Postgres' counts
/// from: certain, not early.
fn is_over(last: Moment, now: Moment) -> bool {
    now.since(last) >= TIME_TO_LIVE
}

impl Keeper {
    /// A keeper that holds nothing yet. `name` is for people who look at the table.
    pub fn new(db: Db, clock: SharedClock, name: String) -> Self {
        Self {
            renewals: db.clone(),
            db,
            clock,
            name,
            state_format: i32::from(STATE_FORMAT),
            window: SendWindow::default(),
            held: watch::Sender::new(Arc::default()),
            leaving: JoinSet::new(),
            departing: HashMap::new(),
        }
    }

    /// Renews through a connection of its own.
    #[must_use]
    pub fn with_renewals(mut self, renewals: Db) -> Self {
        self.renewals = renewals;
        self
    }

    /// Pretends to know bot states up to `state_format`.
    #[must_use]
    pub fn with_state_format(mut self, state_format: i32) -> Self {
        self.state_format = state_format;
        self
    }

    /// What the other tasks see.
    pub fn leases(&self) -> Leases {
        Leases {
            held: self.held.subscribe(),
            window: self.window.clone(),
        }
    }

    /// Holds a fair share of the shards until `stop`, then hands all of them over.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut beat = interval(RENEW_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !stop.is_cancelled() {
            let node = Node {
                id: uuid_v7(self.clock.now()),
                state_format: self.state_format,
            };
            match self.live(node, &mut beat, &stop).await {
                Life::Stopped => self.hand_over(node).await,
                Life::Expired => self.drop_all(),
            }
        }
    }

    async fn live(
        &mut self,
        node: Node,
        beat: &mut tokio::time::Interval,
        stop: &CancellationToken,
    ) -> Life {
        tokio::select! {
            biased;
            () = stop.cancelled() => return Life::Stopped,
            _ = beat.tick() => {}
        }
        let renewer = Renewer {
            db: self.renewals.clone(),
            clock: self.clock.clone(),
            window: self.window.clone(),
            node,
        };
        let Some(last) = renewer.register(&self.name).await else {
            // Registered or not: another id is free for certain.
            return Life::Expired;
        };
        let mut renewing = pin!(renewer.run(last));
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Life::Stopped,
                () = &mut renewing => return Life::Expired,
                _ = look.tick() => {}
            }
            // While no renewal is known to be good, others may not see this node as it is.
            if !self.window.is_open() {
                continue;
            }
            // A look that takes long keeps nobody from renewing.
            let looked = tokio::select! {
                biased;
                () = &mut renewing => return Life::Expired,
                looked = timeout(LOOK_LIMIT, self.rebalance(node)) => looked,
            };
            if !matches!(looked, Ok(Ok(()))) {
                let error = looked.ok().and_then(Result::err);
                tracing::warn!(node = %node.id, ?error, "cannot divide the shards");
            }
            self.report();
        }
    }

    /// Makes what we believe to hold and what Postgres says agree, then moves towards an even division.
    async fn rebalance(&mut self, node: Node) -> Result<(), StoreError> {
        self.note_departed();
        let division = leases::division(self.db.conn()).await?;
        let ours = |shard: &leases::Shard| shard.holder == Some(node.id);

        let held = Arc::clone(&self.held.borrow());
        for (shard, guard) in held.iter() {
            if !division
                .shards
                .iter()
                .any(|row| row.shard == *shard && ours(row))
            {
                tracing::warn!(shard, "lost a shard");
                guard.lose();
                self.change(|shards| drop(shards.remove(shard)));
            }
        }
        // Taken by a transaction of whose commit we never heard: nobody works on it, so it can go at once.
        let orphans: Vec<u8> = division
            .shards
            .iter()
            .filter(|row| {
                ours(row) && !held.contains_key(&row.shard) && !self.is_departing(row.shard)
            })
            .map(|row| row.shard)
            .collect();
        if !orphans.is_empty() {
            leases::disown(&self.db, node.id, &orphans).await?;
        }

        let plan = plan(node.id, &division);
        for shard in plan.give_up {
            self.depart(shard);
        }
        if !plan.take.is_empty() {
            self.take(node).await?;
        }
        Ok(())
    }

    /// Looks again where nobody else can move, and takes what is still free.
    async fn take(&mut self, node: Node) -> Result<(), StoreError> {
        let txn = leases::begin_division(&self.db).await?;
        let division = leases::division(&txn).await?;
        let taken = leases::take(&txn, node, &plan(node.id, &division).take).await?;
        txn.commit().await?;
        if !taken.is_empty() {
            tracing::info!(node = %node.id, shards = taken.len(), "took shards");
            let window = self.window.clone();
            self.change(|shards| {
                for lease in taken {
                    shards.insert(lease.shard, Arc::new(LeaseGuard::new(lease, &window)));
                }
            });
        }
        Ok(())
    }

    /// Begins to hand one shard over: the lease is given up when the work under it has ended.
    fn depart(&mut self, shard: u8) {
        let mut guard = None;
        self.change(|shards| guard = shards.remove(&shard));
        let Some(guard) = guard else { return };
        let (db, lease) = (self.db.clone(), guard.lease());
        let task = self.leaving.spawn(async move {
            guard.drain().await;
            // If this fails the shard shows up as ours although nobody works on it, and goes with the next look.
            if let Err(error) = leases::give_up(&db, &[lease]).await {
                tracing::warn!(shard, %error, "cannot give a shard up yet");
            }
        });
        self.departing.insert(task.id(), lease);
    }

    fn note_departed(&mut self) {
        while let Some(departed) = self.leaving.try_join_next_with_id() {
            self.note(departed);
        }
    }

    /// However a hand-over ended, the shard is on its way no more: if it is still ours it goes with the next look.
    fn note(&mut self, departed: Result<(Id, ()), JoinError>) {
        let id = match departed {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "a hand-over failed");
                error.id()
            }
        };
        self.departing.remove(&id);
    }

    fn is_departing(&self, shard: u8) -> bool {
        self.departing.values().any(|lease| lease.shard == shard)
    }

    /// The end of a life: Postgres may have given everything to others.
    fn drop_all(&mut self) {
        self.window.close();
        self.change(|shards| {
            for guard in std::mem::take(shards).into_values() {
                guard.lose();
            }
        });
    }

    /// The orderly end: every shard is free as soon as nobody works on it.
    async fn hand_over(&mut self, node: Node) {
        let shards: Vec<u8> = self.held.borrow().keys().copied().collect();
        for shard in shards {
            self.depart(shard);
        }
        let drained = timeout(STOP_LIMIT, async {
            while let Some(departed) = self.leaving.join_next_with_id().await {
                self.note(departed);
            }
        })
        .await;
        self.window.close();
        if drained.is_err() {
            tracing::error!("work did not end in time: its shards stay taken until they expire");
            return;
        }
        match timeout(LOOK_LIMIT, leases::leave(&self.db, node.id)).await {
            Ok(Ok(())) => tracing::info!(node = %node.id, "handed all shards over"),
            failed => {
                let error = failed.ok().and_then(Result::err);
                tracing::warn!(
                    ?error,
                    "cannot sign off: others take over when the time is up"
                );
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Shards)) {
        self.held.send_modify(|held| change(Arc::make_mut(held)));
    }

    fn report(&self) {
        let held = u32::try_from(self.held.borrow().len()).unwrap_or(u32::MAX);
        metrics::gauge!("engine_shards_held").set(held);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use chrono::DateTime;
    use platform::{Secret, SystemClock, config::DatabaseConfig};
    use store::{
        Db,
        leases::{Lease, TIME_TO_LIVE},
    };
    use uuid::Uuid;

    use super::{Keeper, LeaseGuard, Moment, is_over};

    #[test]
    fn a_node_that_cannot_renew_goes_on_until_its_time_is_up() {
        let last = Moment::now();
        let bit = Duration::from_nanos(1);
        assert!(!is_over(last, last));
        assert!(!is_over(last, last.after(TIME_TO_LIVE.saturating_sub(bit))));
        assert!(is_over(last, last.after(TIME_TO_LIVE)));
    }

    /// One whose database does not answer, and the lease of a shard.
    fn keeper() -> (Keeper, Lease) {
        let nowhere = DatabaseConfig {
            url: Secret::from("postgresql://nobody@127.0.0.1:1/nowhere"),
            max_connections: 1,
        };
        let db = Db::connect(&nowhere).unwrap();
        let keeper = Keeper::new(db, SystemClock::shared(), "test".to_owned());
        let lease = Lease {
            shard: 7,
            node: Uuid::nil(),
            epoch: 1,
        };
        (keeper, lease)
    }

    #[tokio::test]
    async fn nothing_is_held_or_sent_after_the_end_of_a_life() {
        let (mut keeper, lease) = keeper();
        let leases = keeper.leases();
        let renew = |keeper: &Keeper| keeper.window.open(Moment::now(), DateTime::UNIX_EPOCH);
        renew(&keeper);
        let guard = Arc::new(LeaseGuard::new(lease, &keeper.window));
        keeper.change(|shards| drop(shards.insert(7, Arc::clone(&guard))));
        assert!(leases.guard(7).is_some() && leases.are_fresh());
        keeper.drop_all();
        assert!(leases.held().is_empty() && !leases.are_fresh());
        renew(&keeper);
        assert!(guard.over().is_cancelled() && guard.permit().is_none());
    }

    #[tokio::test]
    async fn a_hand_over_that_panics_leaves_its_shard_on_the_way_to_nobody() {
        let (mut keeper, lease) = keeper();
        let task = keeper.leaving.spawn(async { panic!("on purpose") });
        keeper.departing.insert(task.id(), lease);
        assert!(keeper.is_departing(7));
        let ended = keeper.leaving.join_next_with_id().await.unwrap();
        keeper.note(ended);
        assert!(!keeper.is_departing(7));
    }
}
