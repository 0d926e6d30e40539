//! The way out of Redis: one owned loop that keeps the subscriptions, and says when it cannot vouch for them.
//!
//! fred takes a SUBSCRIBE for done once it is written, so nothing here counts as subscribed before a probe message, sent
//! through another connection, came back on a channel that was subscribed last.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fred::{
    interfaces::PubsubInterface,
    types::{Message, Value},
};
use platform::{
    random,
    redis::{Redis, RedisError, Subscriber},
};
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        mpsc,
    },
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    channel::MarketChannel, control::ControlMessage, market::MarketValue, names::Names,
    payload::PrivateMessage,
};

/// Channels in one SUBSCRIBE.
const BATCH: usize = 500;

/// Messages passed on in a row while somebody waits for a market channel to start or stop.
const STREAK: usize = 256;

/// How soon another probe is sent after the first on a connection. That one can overtake the SUBSCRIBE, for they take
/// different ways.
const PROBE_AGAIN: Duration = Duration::from_millis(50);

/// How the loop behaves.
#[derive(Debug, Clone, Copy)]
pub struct FeedConfig {
    /// How often a probe goes round while all is well.
    pub probe_every: Duration,
    /// How long a probe may take before the subscription counts as dead. Also how often a dead one is tried again.
    pub probe_timeout: Duration,
    /// Items that may wait for whoever reads them. Beyond that, fred's own buffer fills, then messages are lost and
    /// [`Item::Suspect`] says so.
    pub queue: usize,
}

impl Default for FeedConfig {
    fn default() -> Self {
        Self {
            probe_every: Duration::from_secs(3),
            probe_timeout: Duration::from_secs(2),
            queue: 1_024,
        }
    }
}

/// What comes out.
#[derive(Debug, Clone)]
pub enum Item {
    /// For one user.
    Private(PrivateMessage),
    /// For the gateways themselves.
    Control(ControlMessage),
    /// Market data.
    Market {
        /// Where it was published.
        channel: MarketChannel,
        /// The value.
        value: MarketValue,
    },
    /// The subscriptions work now, but messages before this may have been lost: check every position. Comes after each
    /// connection, the first included, and after each lag.
    Suspect,
}

/// The reader's end.
#[derive(Debug)]
pub struct Feed {
    /// What was published, in order.
    pub items: mpsc::Receiver<Item>,
    /// Tells the loop what to subscribe to.
    pub handle: FeedHandle,
}

/// Tells the loop what to subscribe to, and whether it works.
#[derive(Debug, Clone)]
pub struct FeedHandle {
    live: Arc<AtomicBool>,
    wants: mpsc::Sender<Want>,
}

#[derive(Debug)]
struct Want {
    channel: MarketChannel,
    on: bool,
}

impl FeedHandle {
    /// Whether all subscriptions are proven to work.
    pub fn is_live(&self) -> bool {
        self.live.load(Ordering::Acquire)
    }

    /// Starts or stops a market channel. Waits while many such wishes are being fulfilled.
    pub async fn market(&self, channel: MarketChannel, on: bool) {
        // The loop ends with the process: nobody wants anything then.
        drop(self.wants.send(Want { channel, on }).await);
    }
}

/// Prepares the loop: spawn the future, read the feed. It ends when `stop` fires or the feed is dropped.
pub fn subscribe(
    redis: &Redis,
    config: FeedConfig,
    stop: CancellationToken,
) -> (impl Future<Output = ()> + Send + use<>, Feed) {
    let (items_in, items) = mpsc::channel(config.queue);
    let (wants, wants_out) = mpsc::channel(config.queue);
    let live = Arc::new(AtomicBool::new(false));
    let names = Names::of(redis);
    let node = random::token::<12>();
    let subscriber = redis.subscriber();
    let run = Loop {
        probe_channel: names.probe(node.expose()),
        messages: subscriber.messages(),
        subscriber,
        redis: redis.clone(),
        names,
        config,
        live: Arc::clone(&live),
        items: items_in,
        wants: wants_out,
        market: BTreeSet::new(),
        subscribed: false,
        probe: None,
        ahead_of_probe: None,
        streak: 0,
        probes: 0,
        next: Instant::now(),
    };
    let feed = Feed {
        items,
        handle: FeedHandle { live, wants },
    };
    (run.run(stop), feed)
}

struct Loop {
    subscriber: Subscriber,
    messages: broadcast::Receiver<Message>,
    redis: Redis,
    names: Names,
    probe_channel: String,
    config: FeedConfig,
    live: Arc<AtomicBool>,
    items: mpsc::Sender<Item>,
    wants: mpsc::Receiver<Want>,
    market: BTreeSet<MarketChannel>,
    /// Whether SUBSCRIBE was written for everything on this connection.
    subscribed: bool,
    /// The probe that is under way.
    probe: Option<Probe>,
    /// Messages that had come when the probe's time was up and are still unread: the probe may be among them.
    ahead_of_probe: Option<usize>,
    /// Messages passed on since wishes were last looked at.
    streak: usize,
    probes: u64,
    /// When to look after the probe again.
    next: Instant,
}

/// One probe, sent once or, while the subscriptions are not proven, several times; whichever comes back counts.
#[derive(Debug, Clone, Copy)]
struct Probe {
    /// The number of the first.
    first: u64,
    /// When that was sent.
    sent: Instant,
}

/// The reader of the feed went away.
struct Gone;

impl Loop {
    async fn run(mut self, stop: CancellationToken) {
        let ended = tokio::select! {
            () = stop.cancelled() => Ok(()),
            ended = self.turn() => ended,
        };
        self.set_live(false);
        if ended.is_err() {
            tracing::debug!("nobody reads the feed any more");
        }
    }

    async fn turn(&mut self) -> Result<(), Gone> {
        let mut wants = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = self.subscriber.next_connection() => {
                    self.set_live(false);
                    self.subscribed = false;
                    self.forget_probe();
                    self.tend().await;
                }
                () = sleep_until(self.next) => self.time_is_up().await,
                // Private events go first, but not for ever: somebody waits for each wish.
                message = self.messages.recv(), if self.streak < STREAK || self.wants.is_empty() => match message {
                    Ok(message) => {
                        self.streak += 1;
                        self.pass_on(message).await?;
                        self.one_less_ahead().await;
                    }
                    Err(RecvError::Lagged(lost)) => {
                        tracing::warn!(lost, "messages from redis were lost: the feed is read too slowly");
                        metrics::counter!("feed_lagged_messages_total").increment(lost);
                        // The probe may be among them: that says nothing about the connection.
                        if self.probe.is_some() {
                            self.forget_probe();
                            self.next = Instant::now();
                        }
                        self.emit(Item::Suspect).await?;
                    }
                    // The sender lives in our own client; wait for the client to be replaced.
                    Err(RecvError::Closed) => self.messages = self.subscriber.messages(),
                },
                taken = self.wants.recv_many(&mut wants, BATCH), if !self.wants.is_closed() => {
                    self.streak = 0;
                    if taken > 0 {
                        self.want(wants.drain(..)).await;
                    }
                }
            }
        }
    }

    fn forget_probe(&mut self) {
        self.probe = None;
        self.ahead_of_probe = None;
    }

    /// A probe that is out may wait in the backlog of a slow reader: it is late only once that is read.
    async fn time_is_up(&mut self) {
        let waiting = self.ahead_of_probe.unwrap_or_else(|| self.messages.len());
        if self.probe.is_some() && waiting > 0 && self.subscriber.is_connected() {
            self.ahead_of_probe = Some(waiting);
            self.next = Instant::now() + self.config.probe_timeout;
        } else {
            self.tend().await;
        }
    }

    async fn one_less_ahead(&mut self) {
        match &mut self.ahead_of_probe {
            Some(1) => self.tend().await,
            Some(waiting) => *waiting -= 1,
            None => {}
        }
    }

    /// Subscribes where that is still to be done, and sends the next probe; gives the connection up when the last probe
    /// did not come back.
    async fn tend(&mut self) {
        self.next = Instant::now() + self.config.probe_timeout;
        if !self.subscriber.is_connected() {
            self.set_live(false);
            return;
        }
        self.ahead_of_probe = None;
        let may_come_later = |probe: &Probe| {
            !self.live.load(Ordering::Acquire) && probe.sent.elapsed() < self.config.probe_timeout
        };
        if self.probe.take_if(|probe| !may_come_later(probe)).is_some() {
            tracing::warn!("a probe did not come back: connecting to redis anew");
            metrics::counter!("feed_probes_lost_total").increment(1);
            self.set_live(false);
            self.subscribed = false;
            if let Err(error) = self.subscriber.reconnect().await {
                tracing::warn!(%error, "the connection to redis could not be given up");
            }
            return;
        }
        if let Err(error) = self.subscribe_and_probe().await {
            tracing::warn!(%error, "the subscriptions could not be proven");
            metrics::counter!("feed_subscribe_failures_total").increment(1);
            self.set_live(false);
        }
        if !self.live.load(Ordering::Acquire) {
            self.next = Instant::now() + self.config.probe_timeout.min(PROBE_AGAIN);
        }
    }

    async fn subscribe_and_probe(&mut self) -> Result<(), RedisError> {
        if !self.subscribed {
            let mut channels = self.names.all_events();
            channels.push(self.names.control());
            channels.extend(self.market.iter().map(|channel| self.names.market(channel)));
            // Last, so that its message proves the others.
            channels.push(self.probe_channel.clone());
            for batch in channels.chunks(BATCH) {
                self.subscriber.client().subscribe(batch.to_vec()).await?;
            }
            self.subscribed = true;
        }
        let number = self.probes + 1;
        self.redis
            .client()?
            .publish::<(), _, _>(self.probe_channel.clone(), number.to_string())
            .await?;
        self.probes = number;
        self.probe.get_or_insert_with(|| Probe {
            first: number,
            sent: Instant::now(),
        });
        Ok(())
    }

    async fn want(&mut self, wants: impl Iterator<Item = Want>) {
        // The last word on each channel counts.
        let wants: BTreeMap<_, _> = wants.map(|want| (want.channel, want.on)).collect();
        let (mut on, mut off) = (Vec::new(), Vec::new());
        for (channel, wanted) in wants {
            let name = self.names.market(&channel);
            if wanted && self.market.insert(channel.clone()) {
                on.push(name);
            } else if !wanted && self.market.remove(&channel) {
                off.push(name);
            }
        }
        let client = self.subscriber.client();
        let changed = async {
            if !off.is_empty() {
                client.unsubscribe(off).await?;
            }
            if !on.is_empty() {
                client.subscribe(on).await?;
            }
            Ok::<_, RedisError>(())
        };
        if let Err(error) = changed.await {
            // What is no longer wanted goes with the connection; what is, is subscribed with the next probe.
            tracing::debug!(%error, "a market subscription has to wait");
            self.subscribed = false;
        }
    }

    async fn pass_on(&mut self, message: Message) -> Result<(), Gone> {
        let channel = message.channel;
        if *channel == *self.probe_channel {
            return self.probe_is_back(&message.value).await;
        }
        let Some(payload) = message.value.into_bytes() else {
            refuse(&channel);
            return Ok(());
        };
        let item = if *channel == *self.names.control() {
            serde_json::from_slice(&payload).ok().map(Item::Control)
        } else if let Some(channel) = self.names.market_of(&channel) {
            let value = MarketValue::parse(&payload).ok();
            value.map(|value| Item::Market { channel, value })
        } else {
            PrivateMessage::parse(&payload).ok().map(Item::Private)
        };
        if let Some(item) = item {
            return self.emit(item).await;
        }
        refuse(&channel);
        Ok(())
    }

    async fn probe_is_back(&mut self, value: &Value) -> Result<(), Gone> {
        let number = value.as_str().and_then(|text| text.parse::<u64>().ok());
        let is_ours = self
            .probe
            .is_some_and(|probe| number.is_some_and(|number| number >= probe.first));
        if !is_ours {
            return Ok(());
        }
        self.forget_probe();
        self.next = Instant::now() + self.config.probe_every;
        if !self.live.load(Ordering::Acquire) {
            self.emit(Item::Suspect).await?;
            self.set_live(true);
        }
        Ok(())
    }

    async fn emit(&self, item: Item) -> Result<(), Gone> {
        self.items.send(item).await.map_err(|_| Gone)
    }

    fn set_live(&self, live: bool) {
        metrics::gauge!("feed_live").set(if live { 1.0 } else { 0.0 });
        if self.live.swap(live, Ordering::AcqRel) != live {
            tracing::info!(live, "subscriptions");
        }
    }
}

fn refuse(channel: &str) {
    tracing::warn!(channel, "a message from redis could not be read");
    metrics::counter!("feed_bad_messages_total").increment(1);
}
