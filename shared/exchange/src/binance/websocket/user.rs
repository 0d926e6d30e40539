//! The stream of an account, over the WebSocket API.

use std::{collections::HashSet, sync::Arc};

use serde_json::json;
use tokio::{sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::Instrument;
use trading::order::Millis;

use super::{
    models::{ApiFailure, ApiMessage, EventError},
    pacing::{Backoff, Ended, Outlet, Over},
    socket::Socket,
    user_events::{UserMessage, user_event},
};
use crate::{
    binance::{
        common::{credential::Credential, parse::ParseError},
        exchange::Exchange,
        http::{
            error::{Answer, Failure},
            sign::Params,
        },
    },
    error::{RateScope, VenueError},
    stream::{EventStream, GapReason, StreamItem, UserEvent},
};

/// Names the one request of a connection.
const SUBSCRIPTION: &str = "user-stream";

/// Starts the task that follows an account.
pub(crate) fn spawn(
    exchange: &Arc<Exchange>,
    credential: &Credential,
    stop: &CancellationToken,
) -> EventStream<UserEvent> {
    let stop = stop.child_token();
    let (items, receiver) = mpsc::channel(exchange.config().streams.buffer.max(1));
    let stream = UserStream {
        exchange: Arc::clone(exchange),
        credential: credential.clone(),
        out: Outlet::new(items, stop.clone()),
    };
    let span = tracing::info_span!("binance_user_stream");
    let task = tokio::spawn(stream.run().instrument(span));
    EventStream::new(receiver, stop, AbortOnDropHandle::new(task))
}

struct UserStream {
    exchange: Arc<Exchange>,
    credential: Credential,
    out: Outlet<UserEvent>,
}

impl UserStream {
    async fn run(self) {
        let times = self.exchange.config().streams;
        let mut backoff = Backoff::new(times);
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
        let exchange = &self.exchange;
        let begun = self.out.unless_stopped(async {
            // Markets without names could not be told apart, and a request without a timestamp is refused.
            let ready = async {
                exchange.table().await?;
                exchange.http.timed().await
            };
            ready
                .await
                .map_err(|_: VenueError| GapReason::NotConnected)?;
            let url = exchange.config().urls.ws_api();
            let mut socket = Socket::connect(exchange, url).await?;
            let early = self.subscribe(&mut socket).await?;
            Ok::<_, GapReason>((socket, early))
        });
        let (mut socket, early) = match begun.await {
            Ok(Ok(begun)) => begun,
            Ok(Err(reason)) => return Over::Gap(reason),
            Err(Ended) => return Over::Ended,
        };
        backoff.went_live();
        let over = match self.follow(&mut socket, early).await {
            Ok(never) => match never {},
            Err(over) => over,
        };
        socket.close().await;
        over
    }

    /// Subscribes, and returns the events that came before the answer.
    async fn subscribe(&self, socket: &mut Socket) -> Result<Vec<String>, GapReason> {
        let exchange = &self.exchange;
        let clock = &exchange.http.clock;
        let timestamp = clock.timestamp(clock.moment());
        let timestamp = timestamp.ok_or(GapReason::NotConnected)?;
        let credential = &self.credential;
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
        let longest = exchange.config().streams.connect_timeout;
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
        let http = &self.exchange.http;
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
        let key = self.credential.key().expose();
        Err(match answer.into_error(Some(key)) {
            VenueError::Credential { code, .. } => GapReason::Credential { code },
            VenueError::OutsideTimeWindow => {
                http.clock.distrust();
                GapReason::Refused {
                    code: Some(failure.code),
                }
            }
            VenueError::RateLimited { until, scope } => {
                match scope {
                    RateScope::Address => http.block_address(at, until),
                    RateScope::Account => http.sockets.block(at, until),
                }
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
        let exchange = &self.exchange;
        let name = match user_event(event, &exchange.symbols()) {
            Err(EventError::Parse(ParseError::UnknownMarket(name))) => name,
            read => return read.map(Some).map_err(unreadable),
        };
        // A market that was listed since, or one whose assets have no name here.
        if !nameless.contains(&name) {
            let listed = exchange.instruments().await;
            listed.map_err(unreadable)?;
            match user_event(event, &exchange.symbols()) {
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
