//! The stream of markets.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::Arc,
};

use serde_json::json;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::Instrument;

use super::{
    market_events::market_event,
    models::StreamMessage,
    pacing::{Backoff, Ended, Outlet, Over},
    socket::Socket,
    user::unreadable,
};
use crate::{
    binance::{common::symbols::SymbolTable, exchange::Exchange},
    stream::{EventStream, GapReason, MarketEvent, StreamItem, Topic},
};

/// Most names of streams in one message.
const BATCH: usize = 100;

/// Starts the task that follows markets.
pub(crate) fn spawn(
    exchange: &Arc<Exchange>,
    topics: watch::Receiver<BTreeSet<Topic>>,
    stop: &CancellationToken,
) -> EventStream<MarketEvent> {
    let stop = stop.child_token();
    let (items, receiver) = mpsc::channel(exchange.config().streams.buffer.max(1));
    let stream = Markets {
        exchange: Arc::clone(exchange),
        topics,
        out: Outlet::new(items, stop.clone()),
    };
    let span = tracing::info_span!("binance_market_stream");
    let task = tokio::spawn(stream.run().instrument(span));
    EventStream::new(receiver, stop, AbortOnDropHandle::new(task))
}

struct Markets {
    exchange: Arc<Exchange>,
    topics: watch::Receiver<BTreeSet<Topic>>,
    out: Outlet<MarketEvent>,
}

/// What one connection follows, and what it has asked for.
#[derive(Default)]
struct Following {
    /// Topics that were asked for, with the names of their streams; none where the venue lists no such market.
    names: BTreeMap<Topic, Option<String>>,
    /// Numbers of the requests that were not answered yet.
    asked: BTreeSet<u64>,
    last_id: u64,
    /// When the next message may be sent.
    send_at: Option<Instant>,
    /// When the last answer that is missing is due.
    answer_due: Option<Instant>,
    is_live: bool,
}

/// How what is followed changes.
#[derive(Clone, Copy)]
enum Method {
    Subscribe,
    Unsubscribe,
}

impl Method {
    const fn word(self) -> &'static str {
        match self {
            Self::Subscribe => "SUBSCRIBE",
            Self::Unsubscribe => "UNSUBSCRIBE",
        }
    }
}

impl Markets {
    async fn run(mut self) {
        let mut backoff = Backoff::new(self.exchange.config().streams);
        let mut reason = GapReason::NotConnected;
        loop {
            let pause = backoff.pause(&reason);
            let may_connect = self.out.may_connect(&self.exchange, pause);
            if may_connect.await.is_err() {
                return;
            }
            reason = match Box::pin(self.connection(&mut backoff)).await {
                Over::Gap(reason) => reason,
                Over::Ended => return,
            };
            tracing::warn!(?reason, "the stream of Binance markets is interrupted");
            if self
                .out
                .send(StreamItem::Gap(reason.clone()))
                .await
                .is_err()
            {
                return;
            }
        }
    }

    async fn connection(&mut self, backoff: &mut Backoff) -> Over {
        let connected = self.out.unless_stopped(async {
            let table = self.exchange.table().await;
            table.map_err(|_| GapReason::NotConnected)?;
            let url = self.exchange.config().urls.combined_streams();
            Socket::connect(&self.exchange, &url).await
        });
        let mut socket = match connected.await {
            Ok(Ok(socket)) => socket,
            Ok(Err(reason)) => return Over::Gap(reason),
            Err(Ended) => return Over::Ended,
        };
        let over = match self.follow(&mut socket, backoff).await {
            Ok(never) => match never {},
            Err(over) => over,
        };
        socket.close().await;
        over
    }

    async fn follow(
        &mut self,
        socket: &mut Socket,
        backoff: &mut Backoff,
    ) -> Result<Infallible, Over> {
        let mut following = Following::default();
        let mut wanted = self.topics.borrow_and_update().clone();
        let mut has_more = true;
        let mut heard_at = Instant::now();
        loop {
            if self.topics.has_changed().map_err(|_| Over::Ended)? {
                wanted.clone_from(&self.topics.borrow_and_update());
                has_more = true;
            }
            if has_more {
                has_more = self.ask(socket, &mut following, &wanted).await?;
            }
            if !has_more && following.asked.is_empty() && !following.is_live {
                following.is_live = true;
                backoff.went_live();
                self.out.send(StreamItem::Live).await?;
            }
            let send_at = following.send_at.filter(|_| has_more);
            let answer_due = following.answer_due;
            let is_following = following.names.values().any(Option::is_some);
            let event_due = heard_at + self.exchange.config().streams.longest_quiet;
            let event_due = is_following.then_some(event_due);
            // A copy waits, so that the change is still there to be seen above.
            let mut changes = self.topics.clone();
            let next = self.out.unless_stopped(async {
                tokio::select! {
                    text = socket.next() => text.map(Some).map_err(Over::from),
                    changed = changes.changed() => match changed {
                        Ok(()) => Ok(None),
                        Err(_) => Err(Over::Ended),
                    },
                    () = until(send_at) => Ok(None),
                    () = until(answer_due) => Err(GapReason::Silent.into()),
                    () = until(event_due) => Err(GapReason::Silent.into()),
                }
            });
            if let Some(text) = next.await?? {
                heard_at = Instant::now();
                self.message(&text, &mut following).await?;
            }
        }
    }

    /// Sends the next message that is needed to follow what is wanted, if one may be sent now. Says whether more are
    /// needed.
    async fn ask(
        &self,
        socket: &mut Socket,
        following: &mut Following,
        wanted: &BTreeSet<Topic>,
    ) -> Result<bool, Over> {
        let table = self.exchange.symbols();
        for topic in following.note_unavailable(wanted, &table) {
            let event = MarketEvent::Unavailable(topic);
            self.out.send(StreamItem::Event(event)).await?;
        }
        let now = Instant::now();
        let Some((method, changes)) = following.next_change(wanted) else {
            return Ok(false);
        };
        if following.send_at.is_some_and(|at| now < at) {
            return Ok(true);
        }
        let mut names = Vec::new();
        for topic in changes {
            names.extend(match method {
                Method::Subscribe => {
                    let name = stream_name(&topic, &table);
                    following.names.insert(topic, name.clone());
                    name
                }
                Method::Unsubscribe => following.names.remove(&topic).flatten(),
            });
        }
        following.last_id += 1;
        let method = method.word();
        let request = json!({ "method": method, "params": names, "id": following.last_id });
        socket.send(request.to_string()).await?;
        following.asked.insert(following.last_id);
        let times = self.exchange.config().streams;
        following.send_at = Some(now + times.message_spacing);
        following.answer_due = Some(now + times.connect_timeout);
        Ok(following.next_change(wanted).is_some())
    }

    async fn message(&self, text: &str, following: &mut Following) -> Result<(), Over> {
        let message = match serde_json::from_str::<StreamMessage<'_>>(text) {
            Ok(message) => message,
            Err(error) => return self.not_read(unreadable(error), following).await,
        };
        if let (Some(stream), Some(data)) = (message.stream, message.data) {
            return match market_event(stream, data.get(), &self.exchange.symbols()) {
                Ok(Some(event)) => Ok(self.out.send(StreamItem::Event(event)).await?),
                Ok(None) => Ok(()),
                Err(error) => self.not_read(unreadable(error), following).await,
            };
        }
        if message.e.as_deref() == Some("serverShutdown") {
            return Err(GapReason::Announced.into());
        }
        let failure = message.error.map(|failure| failure.code).or(message.code);
        if failure.is_some() {
            return Err(GapReason::Refused { code: failure }.into());
        }
        if let Some(id) = message.id {
            following.asked.remove(&id);
            if following.asked.is_empty() {
                following.answer_due = None;
            }
        }
        Ok(())
    }

    async fn not_read(&self, reason: GapReason, following: &Following) -> Result<(), Over> {
        tracing::warn!(?reason, "cannot read an event of a Binance market");
        self.out.send(StreamItem::Gap(reason)).await?;
        // Before that, the first one ends the gap.
        if following.is_live {
            self.out.send(StreamItem::Live).await?;
        }
        Ok(())
    }
}

impl Following {
    /// Notes the wanted topics whose markets have no name, and returns those that are new.
    fn note_unavailable(&mut self, wanted: &BTreeSet<Topic>, table: &SymbolTable) -> Vec<Topic> {
        let is_new = |topic: &&Topic| {
            !self.names.contains_key(topic) && table.name(topic.symbol()).is_none()
        };
        let new: Vec<Topic> = wanted.iter().filter(is_new).cloned().collect();
        self.names
            .extend(new.iter().cloned().map(|topic| (topic, None)));
        // Once nobody wants it any more, it may be asked for anew.
        self.names
            .retain(|topic, name| name.is_some() || wanted.contains(topic));
        new
    }

    /// The next message that is needed: what to do, with which topics.
    fn next_change(&self, wanted: &BTreeSet<Topic>) -> Option<(Method, Vec<Topic>)> {
        let unwanted = self.names.keys().filter(|topic| !wanted.contains(topic));
        let unwanted: Vec<Topic> = unwanted.take(BATCH).cloned().collect();
        if !unwanted.is_empty() {
            return Some((Method::Unsubscribe, unwanted));
        }
        let missing = wanted
            .iter()
            .filter(|topic| !self.names.contains_key(topic));
        let missing: Vec<Topic> = missing.take(BATCH).cloned().collect();
        (!missing.is_empty()).then_some((Method::Subscribe, missing))
    }
}

/// Binance's name of the stream of a topic.
fn stream_name(topic: &Topic, table: &SymbolTable) -> Option<String> {
    let market = table.name(topic.symbol())?.to_lowercase();
    Some(match topic {
        Topic::Trades(_) => format!("{market}@trade"),
        Topic::LastPrice(_) => format!("{market}@miniTicker"),
        Topic::BookTop(_) => format!("{market}@bookTicker"),
        Topic::Candles(_, interval) => format!("{market}@kline_{interval}"),
    })
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
