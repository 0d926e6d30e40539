//! Sockets that follow the documented rules, and notice what they should not have to.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use rand::RngExt;
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use super::{client::Client, user::User};

/// Longer than the gateway stays silent.
const SILENCE: Duration = Duration::from_mins(1);
/// The least and the most that a client waits before it connects again.
const BACKOFF_MS: (u64, u64) = (250, 30_000);
/// The close code of a gateway that drains.
const DRAIN: u64 = 4001;

/// One client of one user, for as long as the load lasts.
pub(super) struct Socket {
    edge: SocketAddr,
    pub(super) user: Arc<User>,
    /// An address of its own, told as a proxy would tell it.
    address: String,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default, Clone)]
struct Seen {
    epoch: Option<String>,
    position: u64,
    up: bool,
    lost_at: Option<Instant>,
    counts: Totals,
}

/// What happened to sockets.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Totals {
    pub(super) drained: u64,
    pub(super) broken: u64,
    pub(super) refused: u64,
    pub(super) resumed: u64,
    pub(super) resynced: u64,
    pub(super) events: u64,
    pub(super) gaps: u64,
    pub(super) repeated: u64,
    pub(super) longest_away_ms: u128,
}

impl Totals {
    /// The sum over all sockets.
    pub(super) fn of(sockets: &[Arc<Socket>]) -> Self {
        let mut sum = Self::default();
        for socket in sockets {
            let one = socket.seen().counts;
            sum.drained += one.drained;
            sum.broken += one.broken;
            sum.refused += one.refused;
            sum.resumed += one.resumed;
            sum.resynced += one.resynced;
            sum.events += one.events;
            sum.gaps += one.gaps;
            sum.repeated += one.repeated;
            sum.longest_away_ms = sum.longest_away_ms.max(one.longest_away_ms);
        }
        sum
    }
}

impl Socket {
    pub(super) fn new(edge: SocketAddr, user: Arc<User>, number: usize) -> Self {
        Self {
            edge,
            user,
            address: format!("198.51.{}.{}", number / 250, number % 250 + 1),
            seen: Mutex::default(),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_up(&self) -> bool {
        self.seen().up
    }

    pub(super) fn position(&self) -> u64 {
        self.seen().position
    }

    /// Connects, listens, and connects again, until aborted.
    pub(super) async fn listen(self: Arc<Self>) {
        let mut delay = BACKOFF_MS.0;
        loop {
            let wait = if let Ok(Some(stream)) = timeout(SILENCE, self.connect()).await {
                delay = BACKOFF_MS.0;
                self.follow(stream).await
            } else {
                self.seen().counts.refused += 1;
                None
            };
            let wait = wait.unwrap_or_else(|| {
                let jittered = rand::rng().random_range(delay / 2..=delay * 3 / 2);
                delay = (delay * 2).min(BACKOFF_MS.1);
                jittered
            });
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }

    async fn connect(&self) -> Option<WebSocketStream<TcpStream>> {
        let mut request = format!("ws://{}/ws", self.edge)
            .into_client_request()
            .ok()?;
        let headers = request.headers_mut();
        headers.insert(
            "sec-websocket-protocol",
            HeaderValue::from_static("blockbotx.v1"),
        );
        headers.insert(
            "x-forwarded-for",
            HeaderValue::from_str(&self.address).ok()?,
        );
        let stream = TcpStream::connect(self.edge).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let (mut stream, _) = client_async(request, stream).await.ok()?;
        let mut hello = json!({"op": "hello", "token": self.user.token});
        {
            let seen = self.seen();
            if let Some(epoch) = &seen.epoch {
                hello["resume"] = json!({"epoch": epoch, "seq": seen.position});
            }
        }
        stream.send(Message::text(hello.to_string())).await.ok()?;
        Some(stream)
    }

    /// Until the socket ends: how long it was told to stay away.
    async fn follow(&self, mut stream: WebSocketStream<TcpStream>) -> Option<u64> {
        let (mut code, mut retry_after) = (0, None);
        while let Ok(Some(Ok(message))) = timeout(SILENCE, stream.next()).await {
            let Message::Text(text) = message else {
                continue;
            };
            let message: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
            match message["op"].as_str().unwrap_or_default() {
                "welcome" => self.welcomed(&message),
                "event" => self.deliver(&message),
                "resync" => self.fetch(&message).await,
                "ping" => {
                    let pong = Message::text(r#"{"op":"pong"}"#);
                    // A socket that is gone is noticed by the next read.
                    stream.send(pong).await.ok();
                }
                "closing" => {
                    code = message["code"].as_u64().unwrap_or_default();
                    retry_after = message["retry_after_ms"].as_u64();
                }
                _ => {}
            }
        }
        let mut seen = self.seen();
        seen.up = false;
        seen.lost_at.get_or_insert_with(Instant::now);
        if code == DRAIN {
            seen.counts.drained += 1;
        } else {
            seen.counts.broken += 1;
        }
        retry_after
    }

    fn welcomed(&self, message: &Value) {
        let mut seen = self.seen();
        if seen.epoch.is_none() {
            seen.position = message["seq"].as_u64().unwrap_or_default();
            seen.up = true;
        } else if message["resumed"] == true {
            seen.counts.resumed += 1;
            seen.back();
        }
        seen.epoch = message["epoch"].as_str().map(str::to_owned);
    }

    fn deliver(&self, event: &Value) {
        let seq = event["seq"].as_u64().unwrap_or_default();
        let mut seen = self.seen();
        if seq <= seen.position {
            seen.counts.repeated += 1;
            return;
        }
        if seq != seen.position + 1 {
            seen.counts.gaps += 1;
        }
        seen.counts.events += 1;
        seen.position = seq;
    }

    /// What the socket could not bring is read over REST.
    async fn fetch(&self, message: &Value) {
        let client = Client::new(self.edge);
        let from = self.position();
        let head = self.user.head(&client, from).await;
        let mut seen = self.seen();
        seen.counts.resynced += 1;
        match head {
            Ok(head) if Some(head) >= message["seq"].as_u64() => {
                seen.position = message["seq"].as_u64().unwrap_or(head);
            }
            _ => seen.counts.gaps += 1,
        }
        seen.epoch = message["epoch"].as_str().map(str::to_owned);
        seen.back();
    }
}

impl Seen {
    fn back(&mut self) {
        self.up = true;
        if let Some(lost_at) = self.lost_at.take() {
            let away = lost_at.elapsed().as_millis();
            self.counts.longest_away_ms = self.counts.longest_away_ms.max(away);
        }
    }
}
