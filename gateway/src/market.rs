//! Market channels: the newest value of each, to whoever listens, at the beat of one shared tick.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use events::{Names, channel::MarketChannel, subscriber::FeedHandle, wire::ServerMessage};
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use platform::redis::{Redis, fred::interfaces::KeysInterface};
use serde_json::value::RawValue;
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{outbound::Socket, session};

/// Inputs that may wait.
const QUEUE: usize = 4_096;

/// Sockets that get a value before other tasks have a turn.
const TOLD_AT_ONCE: usize = 256;

/// What the market is told.
#[derive(Debug)]
enum Input {
    Published(MarketChannel, Bytes),
    Subscribe(Arc<Socket>, Vec<MarketChannel>),
    Unsubscribe(Arc<Socket>, Vec<MarketChannel>),
    Gone(u64, Vec<MarketChannel>),
}

/// The way to the market.
#[derive(Debug, Clone)]
pub struct Market(mpsc::Sender<Input>);

impl Market {
    /// A market and the task to run for it.
    pub fn new(
        redis: Redis,
        feed: FeedHandle,
        tick: Duration,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (input, inputs) = mpsc::channel(QUEUE);
        let run = Board {
            names: Names::of(&redis),
            redis,
            feed,
            topics: HashMap::new(),
            changed: HashSet::new(),
            snapshots: FuturesUnordered::new(),
        };
        (Self(input), run.run(inputs, tick))
    }

    /// A new value. Dropped when the market cannot keep up: a newer one follows.
    pub fn published(&self, channel: MarketChannel, data: Bytes) {
        if self.0.try_send(Input::Published(channel, data)).is_err() {
            metrics::counter!("gateway_market_values_skipped_total").increment(1);
        }
    }

    /// Starts these for a socket.
    pub async fn subscribe(&self, socket: &Arc<Socket>, channels: Vec<MarketChannel>) {
        self.send(Input::Subscribe(Arc::clone(socket), channels))
            .await;
    }

    /// Stops these for a socket.
    pub async fn unsubscribe(&self, socket: &Arc<Socket>, channels: Vec<MarketChannel>) {
        self.send(Input::Unsubscribe(Arc::clone(socket), channels))
            .await;
    }

    /// Stops these for a socket that is no more.
    pub async fn gone(&self, socket: u64, channels: Vec<MarketChannel>) {
        if !channels.is_empty() {
            self.send(Input::Gone(socket, channels)).await;
        }
    }

    async fn send(&self, input: Input) {
        // The market ends with the process only.
        drop(self.0.send(input).await);
    }
}

/// Everything about one channel.
struct Topic {
    key: Arc<str>,
    sockets: HashMap<u64, Arc<Socket>>,
    newest: Option<Bytes>,
    /// Whether the newest is newer than the last tick.
    fresh: bool,
    /// Sockets that wait for their first value.
    new: Vec<u64>,
}

struct Board {
    redis: Redis,
    names: Names,
    feed: FeedHandle,
    topics: HashMap<MarketChannel, Topic>,
    /// Topics with something to send at the next tick.
    changed: HashSet<MarketChannel>,
    snapshots: FuturesUnordered<BoxFuture<'static, (MarketChannel, Option<Bytes>)>>,
}

impl Board {
    async fn run(mut self, mut inputs: mpsc::Receiver<Input>, tick: Duration) {
        let mut ticks = interval(tick);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.flush().await,
                Some((channel, snapshot)) = self.snapshots.next() => self.snapshot(channel, snapshot),
                input = inputs.recv() => match input {
                    Some(input) => self.take(input).await,
                    None => return,
                },
            }
        }
    }

    async fn take(&mut self, input: Input) {
        match input {
            Input::Published(channel, data) => {
                if let Some(topic) = self.topics.get_mut(&channel) {
                    topic.newest = Some(data);
                    topic.fresh = true;
                    self.changed.insert(channel);
                }
            }
            Input::Subscribe(socket, channels) => {
                for channel in channels {
                    self.subscribe(&socket, channel).await;
                }
            }
            Input::Unsubscribe(socket, channels) => {
                for channel in channels {
                    socket.forget_latest(channel.as_str());
                    self.unsubscribe(socket.id(), channel).await;
                }
            }
            Input::Gone(id, channels) => {
                for channel in channels {
                    self.unsubscribe(id, channel).await;
                }
            }
        }
    }

    async fn subscribe(&mut self, socket: &Arc<Socket>, channel: MarketChannel) {
        if !self.topics.contains_key(&channel) {
            self.feed.market(channel.clone(), true).await;
            metrics::gauge!("gateway_market_channels").increment(1.0);
            let key = self.names.latest(&channel);
            let (redis, name) = (self.redis.clone(), channel.clone());
            self.snapshots.push(Box::pin(async move {
                let value: Option<Bytes> = match redis.client() {
                    Ok(client) => client.get(key).await.unwrap_or_default(),
                    Err(_) => None,
                };
                (name, value)
            }));
        }
        let topic = self.topics.entry(channel.clone()).or_insert_with(|| Topic {
            key: channel.as_str().into(),
            sockets: HashMap::new(),
            newest: None,
            fresh: false,
            new: Vec::new(),
        });
        topic.sockets.insert(socket.id(), Arc::clone(socket));
        topic.new.push(socket.id());
        if topic.newest.is_some() {
            self.changed.insert(channel);
        }
    }

    async fn unsubscribe(&mut self, id: u64, channel: MarketChannel) {
        let Some(topic) = self.topics.get_mut(&channel) else {
            return;
        };
        topic.sockets.remove(&id);
        topic.new.retain(|new| *new != id);
        if topic.sockets.is_empty() {
            self.topics.remove(&channel);
            self.changed.remove(&channel);
            metrics::gauge!("gateway_market_channels").decrement(1.0);
            self.feed.market(channel, false).await;
        }
    }

    /// The value from before the subscription; a published one is newer.
    fn snapshot(&mut self, channel: MarketChannel, snapshot: Option<Bytes>) {
        if let (Some(topic), Some(data)) = (self.topics.get_mut(&channel), snapshot)
            && topic.newest.is_none()
        {
            topic.newest = Some(data);
            self.changed.insert(channel);
        }
    }

    async fn flush(&mut self) {
        for channel in std::mem::take(&mut self.changed) {
            let Some(topic) = self.topics.get_mut(&channel) else {
                continue;
            };
            let new: HashSet<_> = std::mem::take(&mut topic.new).into_iter().collect();
            let fresh = std::mem::take(&mut topic.fresh);
            let Some(text) = topic.newest.as_ref().and_then(|data| frame(&channel, data)) else {
                continue;
            };
            for (told, (id, socket)) in topic.sockets.iter().enumerate() {
                if fresh || new.contains(id) {
                    socket.latest(&topic.key, &text);
                }
                if told % TOLD_AT_ONCE == TOLD_AT_ONCE - 1 {
                    tokio::task::yield_now().await;
                }
            }
            tokio::task::yield_now().await;
        }
    }
}

/// The text frame, or nothing where the data is not JSON.
fn frame(channel: &MarketChannel, data: &Bytes) -> Option<Utf8Bytes> {
    let data: &RawValue = serde_json::from_slice(data)
        .inspect_err(|error| tracing::warn!(%channel, %error, "market data is not JSON"))
        .ok()?;
    Some(session::text(&ServerMessage::Market { channel, data }))
}
