//! A sixteenth of the users: one task that owns their feeds, so that nothing is locked.

use std::{collections::HashMap, sync::Arc, time::Duration};

use events::{
    Epoch, Publisher,
    payload::{PrivateKind, PrivateMessage},
    replay::{Entry, Replay},
    wire::Resume,
};
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use platform::ids::UserId;
use tokio::{
    sync::{Semaphore, mpsc},
    time::{Instant, sleep, sleep_until},
};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    Input,
    feed::{Command, Feed},
};
use crate::outbound::Socket;

/// Streams compared in one round trip.
const CHECKED_AT_ONCE: usize = 128;
/// Streams read, and questions asked, at once by one shard: a node full of users reconnects in waves.
const READS_AT_ONCE: usize = 32;
const ASKS_AT_ONCE: usize = 64;
/// Feeds told of a change before other tasks have a turn.
const TOLD_AT_ONCE: usize = 256;

/// What a shard works with.
#[derive(Debug, Clone)]
pub struct ShardConfig {
    /// Reads replay streams.
    pub replay: Replay,
    /// Asks.
    pub publisher: Publisher,
    /// How long an ask may go unanswered.
    pub ask_timeout: Duration,
    /// How often ends of streams are compared.
    pub check_interval: Duration,
    /// How many events may be held for a user.
    pub held_events: usize,
}

/// How often the relay is asked before it counts as silent: it may be connecting anew, as we did.
const ASKS: u32 = 4;

/// What came back from outside.
enum Done {
    Read(UserId, u64, Option<Vec<Entry>>),
    /// Asked that often, and time has passed.
    Asked(UserId, u64, u32),
    NotAsked(UserId, u64),
    Tails(Vec<(UserId, Epoch)>, Option<Vec<Option<u64>>>),
}

/// A socket that wants its user's events.
struct Join {
    user: UserId,
    socket: Arc<Socket>,
    resume: Option<Resume>,
}

/// One shard of the hub.
pub struct Shard {
    config: ShardConfig,
    inputs: mpsc::Receiver<Input>,
    feeds: HashMap<UserId, Feed<Arc<Socket>>>,
    epoch: Option<Epoch>,
    /// Joins that came before the epoch was known.
    early: Vec<Join>,
    outside: FuturesUnordered<BoxFuture<'static, Done>>,
    reads: Arc<Semaphore>,
    asks: Arc<Semaphore>,
    /// Feeds still to be compared in this round.
    unchecked: Vec<(UserId, Epoch)>,
    next_check: Instant,
}

impl Shard {
    pub(super) fn new(config: ShardConfig, inputs: mpsc::Receiver<Input>) -> Self {
        Self {
            next_check: Instant::now() + config.check_interval,
            config,
            inputs,
            feeds: HashMap::new(),
            epoch: None,
            early: Vec::new(),
            outside: FuturesUnordered::new(),
            reads: Arc::new(Semaphore::new(READS_AT_ONCE)),
            asks: Arc::new(Semaphore::new(ASKS_AT_ONCE)),
            unchecked: Vec::new(),
        }
    }

    /// Runs until all that tell it things are gone.
    pub async fn run(mut self) {
        loop {
            tokio::select! {
                input = self.inputs.recv() => match input {
                    Some(input) => self.take(input).await,
                    None => return,
                },
                Some(done) = self.outside.next() => self.done(done),
                () = sleep_until(self.next_check) => self.begin_check(),
            }
        }
    }

    async fn take(&mut self, input: Input) {
        match input {
            Input::Private(message) => self.private(message),
            Input::Join {
                user,
                socket,
                resume,
            } => self.join(Join {
                user,
                socket,
                resume,
            }),
            Input::Leave { user, socket } => {
                self.early.retain(|early| early.socket.id() != socket);
                if let Some(feed) = self.feeds.get_mut(&user) {
                    feed.leave(socket);
                }
                self.act(user, None);
            }
            Input::Suspect => self.each(Feed::suspect).await,
            Input::Epoch(epoch) => {
                if self.epoch.as_ref() == Some(&epoch) {
                    return;
                }
                self.epoch = Some(epoch.clone());
                self.each(|feed| feed.epoch_is(&epoch)).await;
                for join in std::mem::take(&mut self.early) {
                    self.join(join);
                }
            }
        }
    }

    fn join(&mut self, join: Join) {
        let Some(epoch) = self.epoch.clone() else {
            self.early.push(join);
            return;
        };
        let held = self.config.held_events;
        let feed = self
            .feeds
            .entry(join.user)
            .or_insert_with(|| Feed::new(epoch, held));
        let command = feed.join(join.socket, join.resume);
        self.act(join.user, command);
    }

    fn private(&mut self, message: PrivateMessage) {
        let PrivateMessage { user, epoch, kind } = message;
        let Some(feed) = self.feeds.get_mut(&user) else {
            return;
        };
        let command = match kind {
            PrivateKind::Event { seq, frame } => match Utf8Bytes::try_from(frame) {
                Ok(text) => feed.event(&epoch, seq, text),
                Err(_) => None,
            },
            PrivateKind::Head { seq } => feed.head(&epoch, seq),
            PrivateKind::Notice { key, frame } => {
                if let Ok(text) = Utf8Bytes::try_from(frame) {
                    let key: Arc<str> = key.into();
                    for socket in feed.live() {
                        socket.latest(&key, &text);
                    }
                }
                None
            }
        };
        self.act(user, command);
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Read(user, ticket, entries) => {
                let command = self
                    .feeds
                    .get_mut(&user)
                    .and_then(|feed| feed.read(ticket, entries));
                self.act(user, command);
            }
            Done::Asked(user, ticket, times) => {
                let Some(feed) = self.feeds.get_mut(&user) else {
                    return;
                };
                if times < ASKS && feed.awaits(ticket) {
                    return self.ask(user, ticket, times + 1);
                }
                feed.unanswered(ticket);
                self.act(user, None);
            }
            Done::NotAsked(user, ticket) => {
                if let Some(feed) = self.feeds.get_mut(&user) {
                    feed.not_asked(ticket);
                }
            }
            Done::Tails(streams, tails) => {
                for ((user, epoch), tail) in streams.into_iter().zip(tails.into_iter().flatten()) {
                    let command = self
                        .feeds
                        .get_mut(&user)
                        .filter(|feed| *feed.epoch() == epoch)
                        .and_then(|feed| feed.check(tail));
                    self.act(user, command);
                }
                self.check_some();
            }
        }
    }

    /// Does what a feed wants, and forgets the feed once nobody listens to it.
    fn act(&mut self, user: UserId, command: Option<Command>) {
        match command {
            None => {
                if self.feeds.get(&user).is_some_and(Feed::is_empty) {
                    self.feeds.remove(&user);
                }
            }
            Some(Command::Read {
                epoch,
                from,
                ticket,
            }) => {
                let (reads, replay) = (Arc::clone(&self.reads), self.config.replay.clone());
                self.outside.push(Box::pin(async move {
                    let _turn = reads.acquire().await;
                    Done::Read(user, ticket, read(&replay, user, &epoch, from).await)
                }));
            }
            Some(Command::Ask { ticket }) => self.ask(user, ticket, 1),
        }
    }

    fn ask(&mut self, user: UserId, ticket: u64, times: u32) {
        metrics::counter!("gateway_asks_total").increment(1);
        let (asks, publisher) = (Arc::clone(&self.asks), self.config.publisher.clone());
        let patience = self.config.ask_timeout / ASKS;
        self.outside.push(Box::pin(async move {
            let _turn = asks.acquire().await;
            match publisher.ask(user).await {
                Ok(()) => {
                    sleep(patience).await;
                    Done::Asked(user, ticket, times)
                }
                Err(error) => {
                    tracing::debug!(%error, "the relay could not be asked");
                    Done::NotAsked(user, ticket)
                }
            }
        }));
    }

    /// Nothing else comes in meanwhile, so that no feed is told of something newer first.
    async fn each(&mut self, mut tell: impl FnMut(&mut Feed<Arc<Socket>>) -> Option<Command>) {
        let users: Vec<UserId> = self.feeds.keys().copied().collect();
        for some in users.chunks(TOLD_AT_ONCE) {
            for user in some {
                let command = self.feeds.get_mut(user).and_then(&mut tell);
                self.act(*user, command);
            }
            tokio::task::yield_now().await;
        }
    }

    fn begin_check(&mut self) {
        self.next_check = Instant::now() + self.config.check_interval;
        if self.unchecked.is_empty() {
            self.unchecked = self
                .feeds
                .iter()
                .map(|(user, feed)| (*user, feed.epoch().clone()))
                .collect();
            self.check_some();
        }
    }

    fn check_some(&mut self) {
        let left = self.unchecked.len().saturating_sub(CHECKED_AT_ONCE);
        let some = self.unchecked.split_off(left);
        if some.is_empty() {
            return;
        }
        let replay = self.config.replay.clone();
        self.outside.push(Box::pin(async move {
            let tails = replay.tails(&some).await;
            Done::Tails(
                some,
                tails
                    .inspect_err(|error| tracing::debug!(%error, "streams were not compared"))
                    .ok(),
            )
        }));
    }
}

async fn read(
    replay: &Replay,
    user: UserId,
    epoch: &Epoch,
    from: Option<u64>,
) -> Option<Vec<Entry>> {
    let entries = match from {
        Some(from) => replay.since(user, epoch, from).await,
        None => replay.last(user, epoch).await,
    };
    entries
        .inspect_err(|error| tracing::warn!(%error, "a replay stream was not read"))
        .ok()
}
