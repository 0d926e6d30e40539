//! What waits to be written to a socket, and the reasons to close it: the side of a socket that others hold.

use std::{
    collections::HashMap,
    mem,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use events::{
    Epoch,
    wire::{CloseCode, ResyncReason},
};
use platform::{ids::SessionId, token::AccessClaims};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::sync::CancellationToken;

use crate::limits::GatewayLimits;

/// Notices of different keys that may wait for one socket, beyond its market channels.
const MAX_NOTICES: usize = 32;

/// A message that must arrive, in order.
#[derive(Debug, Clone)]
pub enum Outbound {
    /// The first.
    Welcome {
        /// The log's epoch.
        epoch: Epoch,
        /// The newest event.
        seq: u64,
        /// Whether all since the client's position follow.
        resumed: bool,
    },
    /// An event.
    Event {
        /// Its number.
        seq: u64,
        /// The text frame.
        text: Utf8Bytes,
    },
    /// Events from a replay stream, in order. They count as one message: a client that resumes must be able to, however
    /// much it missed, and the stream is short.
    Replay(Arc<[(u64, Utf8Bytes)]>),
    /// Events are missing here.
    Resync {
        /// The log's epoch.
        epoch: Epoch,
        /// The newest event.
        seq: u64,
        /// Why.
        why: ResyncReason,
    },
}

impl Outbound {
    /// Roughly what it weighs on the wire, in bytes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Event { text, .. } => text.len(),
            Self::Welcome { .. } | Self::Replay(_) | Self::Resync { .. } => 128,
        }
    }
}

/// Why and how a socket is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// The code.
    pub code: CloseCode,
    /// When the client may come back.
    pub retry_after: Option<Duration>,
    /// What the client did wrong, for people.
    pub reason: Option<&'static str>,
}

impl Closing {
    /// For what is no message of the protocol, or not now.
    pub fn malformed(reason: &'static str) -> Self {
        Self {
            reason: Some(reason),
            ..Self::from(CloseCode::Malformed)
        }
    }

    /// With a time to stay away for.
    #[must_use]
    pub fn and_come_back_after(self, wait: Duration) -> Self {
        Self {
            retry_after: Some(wait),
            ..self
        }
    }
}

impl From<CloseCode> for Closing {
    fn from(code: CloseCode) -> Self {
        Self {
            code,
            retry_after: None,
            reason: None,
        }
    }
}

/// Somebody who gets messages.
pub(crate) trait Receiver {
    /// Distinguishes it from all others.
    fn id(&self) -> u64;
    /// Queues a message; false when it takes no more.
    fn send(&self, message: Outbound) -> bool;
}

/// A socket as others see it.
#[derive(Debug)]
pub struct Socket {
    id: u64,
    private: mpsc::Sender<Outbound>,
    waiting_messages: AtomicUsize,
    waiting_bytes: AtomicUsize,
    max_messages: usize,
    max_bytes: usize,
    latest: Mutex<HashMap<Arc<str>, Utf8Bytes>>,
    max_latest: usize,
    /// Something of [`Socket::take_latest`] may be sent now.
    pub ready: Notify,
    origin: Origin,
    claims: Mutex<Option<AccessClaims>>,
    /// A ping is unanswered.
    silent: AtomicBool,
    closing: Mutex<Option<Closing>>,
    closed: CancellationToken,
}

/// Where and when a socket began.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The client's address, as far as our own proxies vouch for it.
    pub address: IpAddr,
    /// When it was opened.
    pub at: DateTime<Utc>,
}

impl Socket {
    /// A socket's shared side and the queue that its task reads.
    pub fn new(limits: &GatewayLimits, origin: Origin) -> (Arc<Self>, mpsc::Receiver<Outbound>) {
        static IDS: AtomicU64 = AtomicU64::new(1);
        let (private, queue) = mpsc::channel(limits.queue_messages);
        let socket = Self {
            id: IDS.fetch_add(1, Ordering::Relaxed),
            private,
            waiting_messages: AtomicUsize::new(0),
            waiting_bytes: AtomicUsize::new(0),
            max_messages: limits.queue_messages,
            max_bytes: limits.queue_bytes,
            latest: Mutex::default(),
            max_latest: limits.channels + MAX_NOTICES,
            ready: Notify::new(),
            origin,
            claims: Mutex::new(None),
            silent: AtomicBool::new(false),
            closing: Mutex::new(None),
            closed: CancellationToken::new(),
        };
        (Arc::new(socket), queue)
    }

    /// Different from every other socket's of this process.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Where and when it began.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Whether a ping is unanswered.
    pub fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    /// A ping goes out, or something came.
    pub fn set_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::Relaxed);
    }

    /// Whether somebody wanted it closed.
    pub fn is_closing(&self) -> bool {
        self.closed.is_cancelled()
    }

    /// What it was last identified with.
    pub fn claims(&self) -> Option<AccessClaims> {
        *lock(&self.claims)
    }

    /// The login that it was last identified with.
    pub fn session(&self) -> Option<SessionId> {
        self.claims().map(|claims| claims.sid)
    }

    /// It was identified with this token.
    pub fn set_claims(&self, claims: AccessClaims) {
        *lock(&self.claims) = Some(claims);
    }

    /// Queues a message that must arrive. False when the socket is closing, or takes no more and closes for that.
    pub fn push(&self, message: Outbound) -> bool {
        if self.closed.is_cancelled() {
            return false;
        }
        let weight = message.weight();
        let messages = self.waiting_messages.fetch_add(1, Ordering::AcqRel) + 1;
        let bytes = self.waiting_bytes.fetch_add(weight, Ordering::AcqRel) + weight;
        let fits = messages <= self.max_messages && bytes <= self.max_bytes;
        if fits && self.private.try_send(message).is_ok() {
            return true;
        }
        let limit = if bytes > self.max_bytes {
            "bytes"
        } else {
            "messages"
        };
        metrics::counter!("gateway_queue_overflows_total", "limit" => limit).increment(1);
        self.close(CloseCode::SlowConsumer);
        false
    }

    /// These messages, of this weight in all, were flushed.
    pub fn flushed(&self, messages: usize, weight: usize) {
        self.waiting_messages.fetch_sub(messages, Ordering::AcqRel);
        self.waiting_bytes.fetch_sub(weight, Ordering::AcqRel);
    }

    /// Replaces what waits under this key. It goes out at the next tick, or for want of one at once: see
    /// [`Socket::ready`].
    pub fn latest(&self, key: &Arc<str>, text: &Utf8Bytes) {
        let mut latest = lock(&self.latest);
        if latest.len() < self.max_latest || latest.contains_key(key) {
            latest.insert(Arc::clone(key), text.clone());
            drop(latest);
            self.ready.notify_one();
        }
    }

    /// Drops what waits under this key.
    pub fn forget_latest(&self, key: &str) {
        lock(&self.latest).remove(key);
    }

    /// What waits, and nothing of it twice.
    pub fn take_latest(&self) -> HashMap<Arc<str>, Utf8Bytes> {
        mem::take(&mut *lock(&self.latest))
    }

    /// Has the socket's task close it. The first reason counts.
    pub fn close(&self, closing: impl Into<Closing>) {
        lock(&self.closing).get_or_insert(closing.into());
        self.closed.cancel();
    }

    /// Waits for [`Socket::close`].
    pub async fn closing(&self) -> Closing {
        self.closed.cancelled().await;
        lock(&self.closing).unwrap_or(Closing::from(CloseCode::Internal))
    }
}

impl Receiver for Arc<Socket> {
    fn id(&self) -> u64 {
        self.id
    }

    fn send(&self, message: Outbound) -> bool {
        self.push(message)
    }
}

// A poisoned lock here guards plain data that is whole between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use events::wire::CloseCode;

    use std::{
        net::{IpAddr, Ipv4Addr},
        sync::Arc,
    };

    use chrono::DateTime;
    use tokio::sync::mpsc;

    use super::{Origin, Outbound, Socket};
    use crate::limits::GatewayLimits;

    fn open(limits: &GatewayLimits) -> (Arc<Socket>, mpsc::Receiver<Outbound>) {
        let origin = Origin {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            at: DateTime::UNIX_EPOCH,
        };
        Socket::new(limits, origin)
    }

    fn event(len: usize) -> Outbound {
        Outbound::Event {
            seq: 1,
            text: "x".repeat(len).into(),
        }
    }

    #[tokio::test]
    async fn messages_and_bytes_are_bounded_until_flushed() {
        let limits = GatewayLimits {
            queue_messages: 3,
            queue_bytes: 100,
            ..GatewayLimits::default()
        };
        let (socket, mut queue) = open(&limits);
        for _ in 0..3 {
            assert!(socket.push(event(10)));
        }
        let mut taken = Vec::new();
        queue.recv_many(&mut taken, 3).await;
        assert!(!socket.push(event(10)), "taken is not flushed");
        assert_eq!(socket.closing().await.code, CloseCode::SlowConsumer);

        let (socket, mut queue) = open(&limits);
        assert!(socket.push(event(60)));
        queue.recv_many(&mut taken, 1).await;
        socket.flushed(1, 60);
        assert!(socket.push(event(60)));
        assert!(!socket.push(event(60)), "too many bytes");
        assert!(!socket.push(event(1)), "closing");
    }

    #[test]
    fn only_the_newest_value_of_a_key_waits() {
        let (socket, _queue) = open(&GatewayLimits::default());
        for value in ["1", "2", "3"] {
            socket.latest(&"a".into(), &value.into());
        }
        socket.latest(&"b".into(), &"9".into());
        let latest = socket.take_latest();
        assert_eq!(latest.len(), 2);
        assert_eq!(latest["a"].as_str(), "3");
        assert!(socket.take_latest().is_empty());
        for n in 0..1_000 {
            socket.latest(&n.to_string().into(), &"x".into());
        }
        assert_eq!(socket.take_latest().len(), 64 + 32);
    }

    #[tokio::test]
    async fn the_first_reason_to_close_counts() {
        let (socket, _queue) = open(&GatewayLimits::default());
        socket.close(CloseCode::Revoked);
        socket.close(CloseCode::Drain);
        assert_eq!(socket.closing().await.code, CloseCode::Revoked);
    }
}
