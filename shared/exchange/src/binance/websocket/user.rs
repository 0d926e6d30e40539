//! The stream of an account, over the WebSocket API.

use std::collections::HashSet;

use serde_json::json;
use tokio::{sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::Instrument;
use trading::order::Millis;

use super::{
    models::{ApiFailure, ApiMessage, EventError, UserMessage, user_event},
    pacing::{Backoff, Ended, Outlet},
    socket::Socket,
};
use crate::{
    binance::{
        account::Binance,
        common::parse::ParseError,
        http::{
            error::{Answer, Failure},
            sign::Params,
        },
    },
    error::VenueError,
    stream::{EventStream, GapReason, StreamItem, UserEvent},
    venue::MarketData,
};

/// Names the one request of a connection.
const SUBSCRIPTION: &str = "user-stream";

/// Starts the task that follows an account.
pub(crate) fn spawn(account: Binance, stop: &CancellationToken) -> EventStream<UserEvent> {
    let stop = stop.child_token();
    let (items, receiver) = mpsc::channel(account.exchange().config().streams.buffer.max(1));
    let stream = UserStream {
        account,
        out: Outlet::new(items, stop.clone()),
    };
    let span = tracing::info_span!("binance_user_stream");
    let task = tokio::spawn(stream.run().instrument(span));
    EventStream::new(receiver, stop, AbortOnDropHandle::new(task))
}

struct UserStream {
    account: Binance,
    out: Outlet<UserEvent>,
}

/// Why a connection is over.
enum Over {
    /// Another one follows.
    Gap(GapReason),
    /// None follows.
    Ended,
}

impl From<Ended> for Over {
    fn from(_: Ended) -> Self {
        Self::Ended
    }
}

impl From<GapReason> for Over {
    fn from(reason: GapReason) -> Self {
        Self::Gap(reason)
    }
}

impl UserStream {
    async fn run(self) {
        let times = self.account.exchange().config().streams;
        let mut backoff = Backoff::new(times);
        let mut reason = GapReason::NotConnected;
        loop {
            let pause = backoff.pause(&reason);
            let may_connect = self.out.may_connect(self.account.exchange(), pause);
            if may_connect.await.is_err() {
                return;
            }
            reason = match Box::pin(self.connection(&mut backoff)).await {
                Over::Gap(reason) => reason,
                Over::Ended => return,
            };
            tracing::warn!(
                ?reason,
                "the user stream of a Binance account is interrupted"
            );
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

    /// One connection, from the handshake to its end.
    async fn connection(&self, backoff: &mut Backoff) -> Over {
        let market = self.account.exchange();
        let begun = self.out.unless_stopped(async {
            // Markets without names could not be told apart, and a request without a timestamp is refused.
            let ready = async {
                market.table().await?;
                market.http().timed().await
            };
            ready
                .await
                .map_err(|_: VenueError| GapReason::NotConnected)?;
            let url = market.config().urls.ws_api();
            let mut socket = Socket::connect(url, market.config().streams).await?;
            let early = self.subscribe(&mut socket).await?;
            Ok::<_, GapReason>((socket, early))
        });
        let (mut socket, early) = match begun.await {
            Ok(Ok(begun)) => begun,
            Ok(Err(reason)) => return Over::Gap(reason),
            Err(Ended) => return Over::Ended,
        };
        backoff.reset();
        let over = match self.follow(&mut socket, early).await {
            Ok(never) => match never {},
            Err(over) => over,
        };
        socket.close().await;
        over
    }

    /// Subscribes, and returns the events that came before the answer.
    async fn subscribe(&self, socket: &mut Socket) -> Result<Vec<String>, GapReason> {
        let market = self.account.exchange();
        let clock = &market.http().clock;
        let timestamp = clock.timestamp(clock.local());
        let timestamp = timestamp.ok_or(GapReason::NotConnected)?;
        let credential = self.account.credential();
        let params = Params::new()
            .with("apiKey", credential.key().expose())
            .with("timestamp", timestamp);
        let request = json!({
            "id": SUBSCRIPTION,
            "method": "userDataStream.subscribe.signature",
            "params": params.signed_object(credential),
        });
        socket.send(request.to_string()).await?;
        let mut early = Vec::new();
        let answered = async {
            loop {
                let text = socket.next().await?;
                let message: ApiMessage<'_> = serde_json::from_str(&text).map_err(unreadable)?;
                if message.id.as_deref() == Some(SUBSCRIPTION) || message.error.is_some() {
                    return self.answered(message.status, message.error);
                }
                early.push(text);
            }
        };
        let longest = market.config().streams.connect_timeout;
        match timeout(longest, answered).await {
            Ok(answered) => answered.map(|()| early),
            Err(_) => Err(GapReason::Silent),
        }
    }

    fn answered(&self, status: Option<u16>, failure: Option<ApiFailure>) -> Result<(), GapReason> {
        let Some(failure) = failure else {
            return match status {
                Some(200) => Ok(()),
                Some(_) | None => Err(GapReason::Refused { code: None }),
            };
        };
        let http = self.account.exchange().http();
        let at = http.clock.local();
        let until = failure.data.and_then(|data| data.retry_after);
        let answer = Answer {
            status: status.unwrap_or(400),
            failure: Failure {
                code: Some(failure.code),
                msg: failure.msg,
            },
            retry_after_s: until.map(|until| seconds_until(at, until)),
            at,
        };
        let key = self.account.credential().key().expose();
        Err(match answer.into_error(Some(key)) {
            VenueError::Credential { code, .. } => GapReason::Credential { code },
            VenueError::OutsideTimeWindow => {
                http.clock.distrust();
                GapReason::Refused {
                    code: Some(failure.code),
                }
            }
            VenueError::RateLimited { until, .. } => {
                self.account.exchange().sockets().block(until);
                GapReason::Refused {
                    code: Some(failure.code),
                }
            }
            VenueError::Rejected { .. }
            | VenueError::OrderNotFound { .. }
            | VenueError::NotSent(_)
            | VenueError::Unknown(_) => GapReason::Refused {
                code: Some(failure.code),
            },
        })
    }

    /// Hands on what comes until the connection ends.
    async fn follow(
        &self,
        socket: &mut Socket,
        early: Vec<String>,
    ) -> Result<std::convert::Infallible, Over> {
        let mut nameless = HashSet::new();
        self.out.send(StreamItem::Live).await?;
        for text in early {
            self.message(&text, &mut nameless).await?;
        }
        loop {
            let text = self.out.unless_stopped(socket.next()).await??;
            self.message(&text, &mut nameless).await?;
        }
    }

    async fn message(&self, text: &str, nameless: &mut HashSet<String>) -> Result<(), Over> {
        match self.read(text, nameless).await {
            Ok(Some(UserMessage::Event(event))) => {
                self.out.send(StreamItem::Event(event)).await?;
            }
            Ok(Some(UserMessage::Ending)) => return Err(GapReason::Announced.into()),
            Ok(None) => {}
            Err(reason) => {
                tracing::warn!(?reason, "cannot read an event of a Binance account");
                self.out.send(StreamItem::Gap(reason)).await?;
                self.out.send(StreamItem::Live).await?;
            }
        }
        Ok(())
    }

    async fn read(
        &self,
        text: &str,
        nameless: &mut HashSet<String>,
    ) -> Result<Option<UserMessage>, GapReason> {
        let message: ApiMessage<'_> = serde_json::from_str(text).map_err(unreadable)?;
        let event = match (message.event, &message.e) {
            (Some(event), _) => event.get(),
            (None, Some(_)) => text,
            // An answer to nothing that was asked.
            (None, None) => return Ok(None),
        };
        let market = self.account.exchange();
        let name = match user_event(event, &market.symbols()) {
            Err(EventError::Parse(ParseError::UnknownMarket(name))) => name,
            read => return read.map(Some).map_err(unreadable),
        };
        // A market that was listed since, or one whose assets have no name here.
        if !nameless.contains(&name) {
            let listed = market.instruments().await;
            listed.map_err(unreadable)?;
            match user_event(event, &market.symbols()) {
                Err(EventError::Parse(ParseError::UnknownMarket(_))) => nameless.insert(name),
                read => return read.map(Some).map_err(unreadable),
            };
        }
        // No bot trades there.
        let event = UserEvent::Other("executionReport".to_owned());
        Ok(Some(UserMessage::Event(event)))
    }
}

fn seconds_until(now: Millis, until: Millis) -> i64 {
    until.saturating_sub(now).max(0).saturating_add(999) / 1_000
}

pub(super) fn unreadable(error: impl std::fmt::Display) -> GapReason {
    GapReason::Unreadable(error.to_string().chars().take(200).collect())
}
