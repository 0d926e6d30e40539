//! The shards that this process holds, as its other tasks see them.

use std::{collections::BTreeMap, sync::Arc};

use store::leases::Lease;
use tokio::sync::watch;
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

use crate::window::SendWindow;

/// One shard while it is held.
#[derive(Debug)]
pub struct LeaseGuard {
    lease: Lease,
    over: CancellationToken,
    work: TaskTracker,
}

impl LeaseGuard {
    pub(crate) fn new(lease: Lease) -> Self {
        Self {
            lease,
            over: CancellationToken::new(),
            work: TaskTracker::new(),
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

    /// Lets nobody in any more and waits until all are out.
    pub(crate) async fn drain(&self) {
        self.over.cancel();
        self.work.close();
        self.work.wait().await;
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

    /// Waits for the next change of what is held. False when it will never change again.
    pub async fn changed(&mut self) -> bool {
        self.held.changed().await.is_ok()
    }

    /// When things may be sent.
    pub fn window(&self) -> &SendWindow {
        &self.window
    }
}
