//! The task of one socket.

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    task::JoinSet,
    time::{Instant, interval_at},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, Utf8Bytes},
};

use super::{api, hub::Outgoing, market};
use crate::state::Shared;

/// Requests of one socket that may be worked on at once.
const MOST_REQUESTS: usize = 256;

/// What a socket is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Market streams, those of the address first.
    Market {
        streams: Vec<String>,
        is_combined: bool,
    },
    /// The WebSocket API.
    Api,
}

impl Purpose {
    /// What the address of a socket asks for.
    pub(super) fn of(path: &str, query: &str) -> Self {
        match path {
            "/ws-api/v3" => Self::Api,
            "/stream" => {
                let streams = form_urlencoded::parse(query.as_bytes())
                    .find(|(name, _)| name == "streams")
                    .map(|(_, streams)| streams.split('/').map(str::to_owned).collect());
                Self::Market {
                    streams: streams.unwrap_or_default(),
                    is_combined: true,
                }
            }
            _ => {
                let streams = path.strip_prefix("/ws/").unwrap_or_default().split('/');
                let streams = streams.filter(|name| !name.is_empty());
                Self::Market {
                    streams: streams.map(str::to_owned).collect(),
                    is_combined: false,
                }
            }
        }
    }
}

/// Serves a socket until it ends.
pub(super) async fn run<S>(
    shared: Arc<Shared>,
    mut stream: WebSocketStream<S>,
    purpose: Purpose,
    ip: IpAddr,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (id, queue) = match &purpose {
        Purpose::Api => shared.hub().add_api(),
        Purpose::Market { is_combined, .. } => shared.hub().add_market(*is_combined),
    };
    let is_api = purpose == Purpose::Api;
    if let Purpose::Market { streams, .. } = purpose {
        market::change(&shared, id, &streams, true);
    }
    let session = Session {
        shared: Arc::clone(&shared),
        id,
        ip,
        is_api,
        requests: JoinSet::new(),
        commands: (0, 0),
    };
    session.serve(&mut stream, queue).await;
    market::close(&shared, id);
}

struct Session {
    shared: Arc<Shared>,
    id: u64,
    ip: IpAddr,
    is_api: bool,
    requests: JoinSet<()>,
    /// The second of the last command on a socket for market streams, and the commands in it.
    commands: (i64, u32),
}

impl Session {
    async fn serve<S>(
        mut self,
        stream: &mut WebSocketStream<S>,
        mut queue: mpsc::Receiver<Outgoing>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let every = self.shared.ping_every;
        let mut pings = interval_at(Instant::now() + every, every);
        loop {
            let sent = tokio::select! {
                outgoing = queue.recv() => match outgoing {
                    Some(Outgoing::Text(text)) => stream.send(Message::Text(text.into())).await,
                    Some(Outgoing::Close) => stream.close(None).await,
                    Some(Outgoing::Drop) | None => return,
                },
                incoming = stream.next() => match incoming {
                    Some(Ok(Message::Text(text))) => {
                        if !self.hear(text) {
                            return;
                        }
                        Ok(())
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => Ok(()),
                },
                Some(_) = self.requests.join_next() => Ok(()),
                _ = pings.tick() => {
                    let time = self.shared.now().to_string();
                    stream.send(Message::Ping(Bytes::from(time))).await
                }
            };
            if sent.is_err() {
                return;
            }
        }
    }

    /// Takes a message of the client; false when it has sent too many.
    fn hear(&mut self, text: Utf8Bytes) -> bool {
        if !self.is_api {
            return self.counts_command() && market::hear(&self.shared, self.id, &text);
        }
        if self.requests.len() < MOST_REQUESTS {
            let (shared, id, ip) = (Arc::clone(&self.shared), self.id, self.ip);
            self.requests.spawn(async move {
                api::hear(&shared, id, ip, &text).await;
            });
        }
        true
    }

    /// Counts a command; false when it is one too many for its second.
    fn counts_command(&mut self) -> bool {
        let second = self.shared.now().div_euclid(1_000);
        let (last, count) = self.commands;
        self.commands = (second, if last == second { count + 1 } else { 1 });
        self.commands.1 <= self.shared.limiter().limits().commands_per_second
    }
}
