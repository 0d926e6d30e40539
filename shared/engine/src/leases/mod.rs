//! The shards that this process holds, as its other tasks see them.

pub mod keeper;
pub mod plan;

mod window;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use store::leases::Lease;
use tokio::sync::watch;
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

pub(crate) use window::SendWindow;
pub use window::{ARRIVES_WITHIN, SEND_WITHIN, SendPermit};

/// One shard while it is held.
#[derive(Debug)]
pub struct LeaseGuard {
    lease: Lease,
    over: CancellationToken,
    work: TaskTracker,
    window: SendWindow,
    life: window::Life,
    gone: AtomicBool,
}

impl LeaseGuard {
    pub(crate) fn new(lease: Lease, window: &SendWindow) -> Self {
        Self {
            lease,
            over: CancellationToken::new(),
            work: TaskTracker::new(),
            window: window.clone(),
            life: window.life(),
            gone: AtomicBool::new(false),
        }
    }

    /// What every transaction for this shard asserts.
    pub fn lease(&self) -> Lease {
        self.lease
    }

    /// Cancelled when the shard is lost or about to be handed over: finish what is under way and begin nothing.
    pub fn over(&self) -> &CancellationToken {
        &self.over
    }

    /// Notes that work for this shard is under way until the token is dropped: a hand-over waits for it. None if it is
    /// over already.
    pub fn enter(&self) -> Option<TaskTrackerToken> {
        // First the token, then the question: a hand-over that begins in between waits.
        let token = self.work.token();
        (!self.over.is_cancelled()).then_some(token)
    }

    /// Leave to send one thing for this shard now, or none: it is lost, handed over or from an earlier life of this node,
    /// or the last renewal is too long ago. Ask right before each sending.
    pub fn permit(&self) -> Option<SendPermit> {
        if self.gone.load(Ordering::Acquire) {
            return None;
        }
        self.window.permit(self.life)
    }

    /// Leave to send one order to a venue now, or none, as for [`Self::permit`]. The client checks it again right before it
    /// writes.
    pub fn venue_permit(&self) -> Option<exchange::SendPermit> {
        if self.gone.load(Ordering::Acquire) {
            return None;
        }
        self.window.venue_permit(self.life)
    }

    /// Somebody else may hold the shard.
    pub(crate) fn lose(&self) {
        self.gone.store(true, Ordering::Release);
        self.over.cancel();
    }

    /// Lets nobody in any more and waits until all are out.
    pub(crate) async fn drain(&self) {
        self.over.cancel();
        self.work.close();
        self.work.wait().await;
        self.gone.store(true, Ordering::Release);
    }
}

pub(crate) type Shards = BTreeMap<u8, Arc<LeaseGuard>>;

/// What this process holds right now, and whether it may send. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Leases {
    pub(crate) held: watch::Receiver<Arc<Shards>>,
    pub(crate) window: SendWindow,
}

impl Leases {
    /// The shards held at this moment, by number.
    pub fn held(&self) -> Arc<BTreeMap<u8, Arc<LeaseGuard>>> {
        Arc::clone(&self.held.borrow())
    }

    /// The guard of one shard, if it is held.
    pub fn guard(&self, shard: u8) -> Option<Arc<LeaseGuard>> {
        self.held.borrow().get(&shard).map(Arc::clone)
    }

    /// False where the last renewal is too long ago to send anything.
    pub fn are_fresh(&self) -> bool {
        self.window.is_open()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use store::leases::Lease;
    use uuid::Uuid;

    use exchange::Moment;

    use super::{LeaseGuard, SendWindow};

    fn taken(window: &SendWindow) -> LeaseGuard {
        let lease = Lease {
            shard: 7,
            node: Uuid::nil(),
            epoch: 1,
        };
        LeaseGuard::new(lease, window)
    }

    fn renew(window: &SendWindow) {
        window.open(Moment::now(), DateTime::UNIX_EPOCH);
    }

    #[tokio::test]
    async fn nothing_is_sent_under_a_lease_that_is_over() {
        let window = SendWindow::default();
        renew(&window);
        let (lost, given_up, kept) = (taken(&window), taken(&window), taken(&window));
        assert!(lost.permit().is_some());
        lost.lose();
        given_up.drain().await;
        assert!(lost.permit().is_none() && given_up.permit().is_none());
        assert!(kept.permit().is_some());
    }

    #[tokio::test]
    async fn work_that_a_hand_over_waits_for_may_still_send() {
        let window = SendWindow::default();
        renew(&window);
        let guard = taken(&window);
        let entered = guard.enter().unwrap();
        let mut draining = Box::pin(guard.drain());
        assert!(futures_util::poll!(&mut draining).is_pending());
        assert!(guard.permit().is_some());
        drop(entered);
        draining.await;
        assert!(guard.permit().is_none());
    }

    #[test]
    fn a_lease_of_an_earlier_life_is_not_good_in_the_next() {
        let window = SendWindow::default();
        renew(&window);
        let old = taken(&window);
        window.close();
        renew(&window);
        assert!(old.permit().is_none());
        assert!(taken(&window).permit().is_some());
    }
}
