//! Market channels: the newest value of each, to whoever listens, at the beat of one shared tick.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use events::{
    Names, channel::MarketChannel, market::MarketValue, subscriber::FeedHandle, wire::ServerMessage,
};
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

/// Topics compared in one round trip.
const CHECKED_AT_ONCE: usize = 128;

/// Sockets that get a value before other tasks have a turn.
const TOLD_AT_ONCE: usize = 256;

/// What the market is told.
#[derive(Debug)]
enum Input {
    Published(MarketChannel, MarketValue),
    Subscribe(Arc<Socket>, Vec<MarketChannel>),
    Unsubscribe(Arc<Socket>, Vec<MarketChannel>),
    Gone(u64, Vec<MarketChannel>),
    /// Values may have been lost.
    Suspect,
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
        check: Duration,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (input, inputs) = mpsc::channel(QUEUE);
        let run = Board {
            names: Names::of(&redis),
            redis,
            feed,
            topics: HashMap::new(),
            changed: HashSet::new(),
            snapshots: FuturesUnordered::new(),
            topics_made: 0,
        };
        (Self(input), run.run(inputs, tick, check))
    }

    /// A new value. Dropped when the market cannot keep up: a newer one follows.
    pub fn published(&self, channel: MarketChannel, value: MarketValue) {
        if self.0.try_send(Input::Published(channel, value)).is_err() {
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

    /// Values may have been lost: the newest ones are looked up.
    pub async fn suspect(&self) {
        self.send(Input::Suspect).await;
    }

    async fn send(&self, input: Input) {
        // The market ends with the process only.
        drop(self.0.send(input).await);
    }
}

/// Everything about one channel.
struct Topic {
    key: Arc<str>,
    number: u64,
    sockets: HashMap<u64, Arc<Socket>>,
    newest: Option<MarketValue>,
    /// Whether the newest is newer than the last tick.
    fresh: bool,
    /// Sockets that wait for their first value.
    new: Vec<u64>,
}

impl Topic {
    /// Takes a value, unless a newer one is there.
    fn take(&mut self, value: MarketValue) -> bool {
        let is_new = self
            .newest
            .as_ref()
            .is_none_or(|newest| newest.rank <= value.rank);
        if is_new {
            self.newest = Some(value);
            self.fresh = true;
        } else {
            metrics::counter!("gateway_market_values_stale_total").increment(1);
        }
        is_new
    }
}

struct Board {
    redis: Redis,
    names: Names,
    feed: FeedHandle,
    topics: HashMap<MarketChannel, Topic>,
    /// Topics with something to send at the next tick.
    changed: HashSet<MarketChannel>,
    snapshots: FuturesUnordered<BoxFuture<'static, Vec<(MarketChannel, u64, MarketValue)>>>,
    /// Numbers topics, so that a snapshot for one that ended is not taken for its successor's.
    topics_made: u64,
}

impl Board {
    async fn run(mut self, mut inputs: mpsc::Receiver<Input>, tick: Duration, check: Duration) {
        let mut ticks = interval(tick);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut checks = interval(check);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.flush().await,
                _ = checks.tick() => self.check(),
                Some(found) = self.snapshots.next() => {
                    for (channel, number, value) in found {
                        self.snapshot(channel, number, value);
                    }
                }
                input = inputs.recv() => match input {
                    Some(input) => self.take(input).await,
                    None => return,
                },
            }
        }
    }

    async fn take(&mut self, input: Input) {
        match input {
            Input::Published(channel, value) => {
                if let Some(topic) = self.topics.get_mut(&channel)
                    && topic.take(value)
                {
                    self.changed.insert(channel);
                }
            }
            Input::Suspect => self.check(),
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
            self.topics_made += 1;
            let topic = Topic {
                key: channel.as_str().into(),
                number: self.topics_made,
                sockets: HashMap::new(),
                newest: None,
                fresh: false,
                new: Vec::new(),
            };
            self.topics.insert(channel.clone(), topic);
            self.look_up(vec![(channel.clone(), self.topics_made)]);
        }
        let Some(topic) = self.topics.get_mut(&channel) else {
            return;
        };
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

    /// Looks the newest values of all topics up: the last value of a channel may have been lost, with none after it to
    /// show.
    fn check(&mut self) {
        let all: Vec<_> = self
            .topics
            .iter()
            .map(|(channel, topic)| (channel.clone(), topic.number))
            .collect();
        for some in all.chunks(CHECKED_AT_ONCE) {
            self.look_up(some.to_vec());
        }
    }

    fn look_up(&self, topics: Vec<(MarketChannel, u64)>) {
        let keys: Vec<String> = topics
            .iter()
            .map(|(channel, _)| self.names.latest(channel))
            .collect();
        let redis = self.redis.clone();
        self.snapshots.push(Box::pin(async move {
            let values: Vec<Option<Bytes>> = match redis.client() {
                Ok(client) => client.mget(keys).await.unwrap_or_default(),
                Err(_) => Vec::new(),
            };
            topics
                .into_iter()
                .zip(values)
                .filter_map(|((channel, number), value)| {
                    Some((channel, number, MarketValue::parse(&value?).ok()?))
                })
                .collect()
        }));
    }

    /// A value that was looked up: to those who wait for their first, and to all if it is newer than what they have.
    fn snapshot(&mut self, channel: MarketChannel, number: u64, value: MarketValue) {
        if let Some(topic) = self.topics.get_mut(&channel)
            && topic.number == number
            && topic
                .newest
                .as_ref()
                .is_none_or(|newest| newest.rank < value.rank)
            && topic.take(value)
        {
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
            let Some(text) = topic
                .newest
                .as_ref()
                .and_then(|value| frame(&channel, &value.data))
            else {
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
