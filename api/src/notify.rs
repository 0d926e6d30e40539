//! Telling engine and gateways that something was committed. Best effort: the engine's poll and the gateway's own
//! clocks find everything that a lost message would have said.

use events::{
    Publisher,
    control::{ControlMessage, Revocation},
};
use platform::{ids::UserId, redis::Redis};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// Messages that may wait; those beyond are dropped.
const QUEUE: usize = 1_024;

enum Notice {
    Wake(u8),
    Control(ControlMessage),
}

/// Hands notices to the task that publishes them. Never waits.
#[derive(Clone)]
pub struct Notifier(mpsc::Sender<Notice>);

impl Notifier {
    /// Starts the task. When `stop` fires it publishes what is queued, and ends.
    pub fn start(redis: Redis, stop: CancellationToken) -> (Self, JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let task = tokio::spawn(publish(redis, receiver, stop));
        (Self(sender), task)
    }

    /// Events of this user were committed.
    pub fn events_committed(&self, user: UserId) {
        self.send(Notice::Wake(user.shard()));
    }

    /// Tokens were revoked.
    pub fn revoked(&self, revocation: Revocation) {
        self.send(Notice::Control(ControlMessage::Revoke(revocation)));
    }

    /// Something is to be said to every gateway.
    pub fn control(&self, message: ControlMessage) {
        self.send(Notice::Control(message));
    }

    fn send(&self, notice: Notice) {
        if self.0.try_send(notice).is_err() {
            metrics::counter!("api_notices_dropped_total").increment(1);
        }
    }
}

async fn publish(redis: Redis, mut notices: mpsc::Receiver<Notice>, stop: CancellationToken) {
    let publisher = Publisher::new(redis);
    loop {
        let next = tokio::select! {
            () = stop.cancelled(), if !notices.is_closed() => {
                notices.close();
                continue;
            }
            next = notices.recv() => next,
        };
        let Some(notice) = next else {
            return;
        };
        let result = match notice {
            Notice::Wake(shard) => publisher.wake(shard).await,
            Notice::Control(message) => publisher.control(&message).await,
        };
        if let Err(error) = result {
            tracing::debug!(%error, "a notice was lost");
        }
    }
}
