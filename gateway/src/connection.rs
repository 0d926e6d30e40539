//! The task of one socket: reads, writes, closes. What it all means is the session's business.

mod close;
mod inbound;
mod stats;

use std::{collections::BTreeSet, net::IpAddr, pin::Pin, sync::Arc};

use events::{
    channel::MarketChannel,
    wire::{CloseCode, ServerMessage},
};
use futures_util::{SinkExt, StreamExt};
use platform::{ids::UserId, token::AccessClaims};
use rand::RngExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    time::{Instant, Sleep, sleep_until, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message, Utf8Bytes,
        error::ProtocolError,
        protocol::{Role, WebSocketConfig},
    },
};

use crate::{
    admission::Place,
    outbound::{Closing, Origin, Outbound, Socket},
    session::{Action, Now, Rate, Session, text},
    state::State,
};
use inbound::{Inbound, Longest};
use stats::Stats;

/// tungstenite's own default costs 128 KiB a socket.
const READ_BUFFER: usize = 4 * 1024;
const WRITE_BUFFER: usize = 8 * 1024;
/// Never reached: a message is only taken when the buffer was written out.
const MAX_WRITE_BUFFER: usize = 256 * 1024;
/// Bytes that are flushed together.
const PIECE: usize = 64 * 1024;
/// Private messages taken at once.
const BATCH: usize = 64;

/// How a connection ends.
enum End {
    /// We close it.
    Close(Closing),
    /// The client closed it, or it broke.
    Gone(&'static str),
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code.into())
    }
}

struct Connection<S> {
    state: Arc<State>,
    ws: WebSocketStream<Inbound<S>>,
    longest: Longest,
    socket: Arc<Socket>,
    queue: mpsc::Receiver<Outbound>,
    session: Session,
    timer: Pin<Box<Sleep>>,
    user: Option<UserId>,
    /// Where the client is, as far as our own proxies vouch for it.
    address: IpAddr,
    place: Option<Place>,
    channels: BTreeSet<MarketChannel>,
    /// Replies that wait for the welcome; none after it.
    early: Option<Vec<Utf8Bytes>>,
    /// The newest event that was queued for the client.
    seq: u64,
    stats: Stats,
}

/// Serves an upgraded connection to its end. `cookie` are the claims that the handshake brought, `address` is where it came
/// from; `refused` closes it at once.
pub(crate) async fn run<S>(
    state: Arc<State>,
    io: S,
    (cookie, address): (Option<AccessClaims>, IpAddr),
    place: Place,
    refused: Option<CloseCode>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limits = &state.rules.limits;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(Some(limits.frame_bytes.max(limits.hello_bytes)))
        .max_frame_size(Some(limits.frame_bytes.max(limits.hello_bytes)));
    let now = now(&state);
    let rate = Rate::new(limits.messages_per_second, limits.message_burst, now.mono);
    let longest = Longest::new(limits.hello_bytes);
    let io = Inbound::new(io, rate, longest.clone());
    let ws = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let origin = Origin {
        address,
        at: now.wall,
    };
    let (socket, queue) = Socket::new(limits, origin);
    state.registry.open(&socket);
    let age = limits.max_age.mul_f64(rand::rng().random_range(0.9..=1.1));
    let connection = Connection {
        session: Session::new(&state.rules, cookie, age, now),
        timer: Box::pin(sleep_until(now.mono)),
        ws,
        longest,
        socket: Arc::clone(&socket),
        queue,
        user: None,
        address,
        place: Some(place),
        channels: BTreeSet::new(),
        early: Some(Vec::new()),
        seq: 0,
        stats: Stats::default(),
        state,
    };
    // Drain may have taken its list a moment before this socket was on it.
    if connection.state.closing.is_cancelled() {
        socket.close(CloseCode::Drain);
    } else if let Some(code) = refused {
        socket.close(code);
    }
    connection.serve().await;
}

fn now(state: &State) -> Now {
    Now {
        mono: Instant::now(),
        wall: state.now(),
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    async fn serve(mut self) {
        let Err(end) = self.turn().await;
        self.session.drain();
        if let Some(user) = self.user {
            self.state.hub.leave(user, self.socket.id()).await;
        }
        let channels = std::mem::take(&mut self.channels).into_iter().collect();
        self.state.market.gone(self.socket.id(), channels).await;
        self.place = None;
        let how = match &end {
            End::Close(closing) => closing.code.name(),
            End::Gone(why) => why,
        };
        metrics::counter!("gateway_closes_total", "code" => how).increment(1);
        if let End::Close(closing) = end {
            close::run(self.ws, closing, self.state.rules.limits.close_timeout).await;
        }
        self.state.registry.close(self.user, self.socket.id());
        self.stats.log(&self.socket, how);
    }

    async fn turn(&mut self) -> Result<std::convert::Infallible, End> {
        let mut batch = Vec::new();
        loop {
            if let Some(deadline) = self.session.deadline()
                && self.timer.deadline() != deadline
            {
                self.timer.as_mut().reset(deadline);
            }
            tokio::select! {
                closing = self.socket.closing() => return Err(End::Close(closing)),
                message = self.ws.next() => self.take(message).await?,
                taken = self.queue.recv_many(&mut batch, BATCH) => {
                    if taken == 0 {
                        return Err(CloseCode::Internal.into());
                    }
                    self.write_private(&mut batch).await?;
                    if self.queue.is_empty() {
                        self.write_latest().await?;
                    }
                }
                () = self.socket.ready.notified(), if self.early.is_none() => {
                    if self.queue.is_empty() {
                        self.write_latest().await?;
                    }
                }
                () = &mut self.timer => {
                    let actions = self.session.on_deadline(&self.state.rules, now(&self.state));
                    self.act(actions).await?;
                }
            }
        }
    }

    async fn take(&mut self, message: Option<Result<Message, Error>>) -> Result<(), End> {
        let now = now(&self.state);
        self.socket.set_silent(false);
        let actions = match message {
            Some(Ok(Message::Text(text))) => {
                self.stats.received += 1;
                self.session.on_text(&self.state.rules, &text, now)
            }
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => self.session.on_binary(),
            // tungstenite answers pings; its answer goes out with the next flush.
            Some(Ok(Message::Ping(_))) => {
                let actions = self.session.on_control(now);
                self.write(Vec::new()).await?;
                actions
            }
            Some(Ok(Message::Pong(_))) => self.session.on_control(now),
            // Polled until its answer is out.
            Some(Ok(Message::Close(_))) => {
                let rest = async { while let Some(Ok(_)) = self.ws.next().await {} };
                drop(timeout(self.state.rules.limits.close_timeout, rest).await);
                return Err(End::Gone("client"));
            }
            Some(Err(error)) => return Err(end_of(&error)),
            None => return Err(End::Gone("lost")),
        };
        self.act(actions).await
    }

    async fn act(&mut self, actions: Vec<Action>) -> Result<(), End> {
        let mut replies = Vec::new();
        for action in actions {
            match action {
                Action::Reply(reply) => match &mut self.early {
                    Some(early) => early.push(reply),
                    None => replies.push(reply),
                },
                Action::Ping => {
                    if self.early.is_none() {
                        self.socket.set_silent(true);
                        replies.push(text(&ServerMessage::Ping { seq: self.seq }));
                    }
                }
                Action::Identify { claims, resume } => {
                    self.identify(&claims)?;
                    let socket = Arc::clone(&self.socket);
                    self.state.hub.join(claims.sub, socket, resume).await;
                }
                Action::Refreshed(claims) => {
                    self.socket.set_claims(claims);
                    self.check_claims(&claims)?;
                }
                Action::Subscribe(channels) => {
                    self.channels.extend(channels.iter().cloned());
                    self.state.market.subscribe(&self.socket, channels).await;
                }
                Action::Unsubscribe(channels) => {
                    self.channels.retain(|channel| !channels.contains(channel));
                    self.state.market.unsubscribe(&self.socket, channels).await;
                }
                Action::Close(closing) if closing.code == CloseCode::Drain => {
                    let wait = self.state.retry_after();
                    return Err(End::Close(closing.and_come_back_after(wait)));
                }
                Action::Close(closing) => return Err(End::Close(closing)),
            }
        }
        if replies.is_empty() {
            return Ok(());
        }
        self.write(replies).await
    }

    fn identify(&mut self, claims: &AccessClaims) -> Result<(), End> {
        self.socket.set_claims(*claims);
        let limits = &self.state.rules.limits;
        let registry = &self.state.registry;
        let replaced = registry.identify(claims.sub, &self.socket, limits.sockets_per_user);
        let stay_away = limits.replaced_retry_after;
        self.longest.set(limits.frame_bytes);
        self.user = Some(claims.sub);
        self.place = None;
        // Only now: a revocation from here on finds the socket in the registry.
        self.check_claims(claims)?;
        if let Some(other) = replaced {
            let closing = Closing::from(CloseCode::Replaced);
            other.close(closing.and_come_back_after(stay_away));
        }
        Ok(())
    }

    fn check_claims(&self, claims: &AccessClaims) -> Result<(), End> {
        if !claims.admits(self.address) {
            return Err(CloseCode::InvalidToken.into());
        }
        if self.state.revocations.covers(claims) {
            return Err(CloseCode::Revoked.into());
        }
        Ok(())
    }

    async fn write_private(&mut self, batch: &mut Vec<Outbound>) -> Result<(), End> {
        let count = batch.len();
        let weight = batch.iter().map(Outbound::weight).sum();
        let mut texts = Vec::with_capacity(count);
        for message in batch.drain(..) {
            self.render(message, &mut texts);
        }
        self.write(texts).await?;
        self.socket.flushed(count, weight);
        Ok(())
    }

    fn render(&mut self, message: Outbound, texts: &mut Vec<Utf8Bytes>) {
        match message {
            Outbound::Event { seq, text } => {
                self.seq = seq;
                self.stats.events += 1;
                texts.push(text);
            }
            Outbound::Replay(events) => {
                for (seq, text) in events.iter() {
                    self.seq = *seq;
                    self.stats.events += 1;
                    texts.push(text.clone());
                }
            }
            Outbound::Welcome {
                epoch,
                seq,
                resumed,
            } => {
                self.seq = seq;
                if let Some(claims) = self.session.claims() {
                    texts.push(text(&ServerMessage::Welcome {
                        session: claims.sid,
                        user: claims.sub,
                        epoch: &epoch,
                        seq,
                        resumed,
                        expires_at: claims.exp,
                        ping_interval_ms: u64::try_from(
                            self.state.rules.limits.ping_interval.as_millis(),
                        )
                        .unwrap_or(u64::MAX),
                    }));
                }
                texts.extend(self.early.take().into_iter().flatten());
            }
            Outbound::Resync { epoch, seq, why } => {
                self.seq = seq;
                self.stats.resyncs += 1;
                texts.push(text(&ServerMessage::Resync {
                    epoch: &epoch,
                    seq,
                    why,
                }));
            }
        }
    }

    async fn write_latest(&mut self) -> Result<(), End> {
        if self.early.is_some() {
            return Ok(());
        }
        let texts: Vec<_> = self.socket.take_latest().into_values().collect();
        if texts.is_empty() {
            return Ok(());
        }
        self.write(texts).await
    }

    /// Writes and flushes, piece by piece, so that a slow line needs no more than the time limit for each.
    async fn write(&mut self, texts: Vec<Utf8Bytes>) -> Result<(), End> {
        let (mut piece, mut weight) = (Vec::new(), 0);
        for text in texts {
            weight += text.len();
            piece.push(text);
            if weight >= PIECE {
                self.write_piece(std::mem::take(&mut piece)).await?;
                weight = 0;
            }
        }
        self.write_piece(piece).await
    }

    /// Writes and flushes, unless that takes too long or somebody wants the socket closed.
    async fn write_piece(&mut self, texts: Vec<Utf8Bytes>) -> Result<(), End> {
        let count = u64::try_from(texts.len()).unwrap_or(u64::MAX);
        let (ws, stats) = (&mut self.ws, &mut self.stats);
        let work = async {
            for text in texts {
                stats.bytes += text.len() as u64;
                ws.feed(Message::Text(text)).await?;
            }
            ws.flush().await
        };
        let done = tokio::select! {
            done = timeout(self.state.rules.limits.write_timeout, work) => done,
            closing = self.socket.closing() => return Err(End::Close(closing)),
        };
        match done {
            Ok(Ok(())) => {
                self.stats.sent += count;
                metrics::counter!("gateway_messages_sent_total").increment(count);
                Ok(())
            }
            Ok(Err(_)) => Err(End::Gone("broken")),
            Err(_) => {
                metrics::counter!("gateway_queue_overflows_total", "limit" => "time").increment(1);
                Err(CloseCode::SlowConsumer.into())
            }
        }
    }
}

fn too_long() -> End {
    End::Close(Closing::malformed("too long a message"))
}

/// What a client did wrong, if it did.
fn end_of(error: &Error) -> End {
    match error {
        Error::Io(error) if inbound::is_too_many(error) => CloseCode::RateLimited.into(),
        Error::Io(error) if inbound::is_too_long(error) => too_long(),
        Error::Io(_)
        | Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone("lost"),
        Error::Capacity(_) => too_long(),
        Error::Utf8(_) => End::Close(Closing::malformed("not UTF-8")),
        Error::Protocol(_) => End::Close(Closing::malformed("not WebSocket as in RFC 6455")),
        Error::Tls(_)
        | Error::WriteBufferFull(_)
        | Error::AttackAttempt
        | Error::Url(_)
        | Error::Http(_)
        | Error::HttpFormat(_) => CloseCode::Internal.into(),
    }
}
