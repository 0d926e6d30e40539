//! Accepting, draining, stopping.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinError, JoinSet},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tower::Service;

use super::{
    BoxError, Limits, RequestBody,
    connection::{self, Ending},
    places::{Full, Places},
    refuse::refuse,
    socket::{Phase, Socket},
};

/// Refusals that may be spoken at once; beyond that a connection is closed without a word.
const MAX_REFUSALS: usize = 64;

/// How long to leave accept alone after it failed for want of file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How many files may be open at once, where the system lets us: a connection is one, and so are those to Postgres, Redis
/// and exchanges.
const OPEN_FILES: u64 = 65_536;

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still busy at the deadline and were cut off.
    pub cut_off: usize,
}

/// Raises the soft limit, which is 1,024 on many systems, towards the hard one.
fn allow_open_files(connections: usize) {
    match rlimit::increase_nofile_limit(OPEN_FILES) {
        Ok(most) if usize::try_from(most).is_ok_and(|most| most < connections) => {
            tracing::warn!(
                most,
                connections,
                "fewer files may be open than connections are let in"
            );
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
    }
}

/// Serves `service` on `listener` until `stop` fires and everything in flight is answered.
///
/// - A connection beyond [`Limits::max_connections`] is answered 503 and closed, so that a proxy can turn to another
///   copy at once instead of waiting in our backlog.
/// - A connection beyond [`Limits::max_connections_per_address`] is answered 429 and closed: one address cannot take the
///   places of all others.
/// - Every request carries [`super::PeerAddr`] and [`super::ClientAddr`] as extensions.
/// - A body that comes too slowly is answered 408, whatever the handler says.
/// - When `stop` fires the server keeps accepting for [`Limits::drain`], with `Connection: close` on every answer:
///   readiness, which watches the same token, says 503 meanwhile and traffic moves away. Then it stops accepting, lets
///   each connection finish its request, and at [`Limits::shutdown_deadline`] cuts off the rest.
/// - Upgraded connections count against the cap until they close, but belong to whoever upgraded them: they are
///   neither waited for nor cut off here.
pub async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    limits: impl Into<Limits>,
    stop: CancellationToken,
) -> Drained
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let limits = Arc::new(limits.into());
    allow_open_files(limits.max_connections);
    let mut server = Server {
        service,
        places: Places::new(&limits),
        connections: JoinSet::new(),
        refusals: JoinSet::new(),
        ending: Ending {
            draining: stop.clone(),
            closing: CancellationToken::new(),
        },
        limits: Arc::clone(&limits),
    };

    server.accept_until(&listener, stop.cancelled()).await;
    let stopped = Instant::now();
    server
        .accept_until(&listener, sleep_until(stopped + limits.drain))
        .await;
    drop(listener);
    server.ending.closing.cancel();
    server
        .finish(stopped + limits.shutdown_deadline.max(limits.drain))
        .await
}

struct Server<S> {
    service: S,
    limits: Arc<Limits>,
    places: Places,
    connections: JoinSet<()>,
    refusals: JoinSet<()>,
    ending: Ending,
}

impl<S, B> Server<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    async fn accept_until(&mut self, listener: &TcpListener, end: impl Future<Output = ()>) {
        let mut end = std::pin::pin!(end);
        loop {
            tokio::select! {
                biased;
                () = &mut end => return,
                Some(ended) = self.connections.join_next() => note(ended),
                Some(_) = self.refusals.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.take(stream, peer),
                    Err(error) if is_peers_fault(&error) => {}
                    Err(error) => {
                        metrics::counter!("http_accept_errors_total").increment(1);
                        tracing::error!(%error, "cannot accept connections");
                        tokio::select! {
                            () = &mut end => return,
                            () = tokio::time::sleep(ACCEPT_PAUSE) => {}
                        }
                    }
                },
            }
        }
    }

    fn take(&mut self, stream: TcpStream, peer: SocketAddr) {
        let place = match self.places.take(peer.ip()) {
            Ok(place) => place,
            Err(full) => {
                let limit = match full {
                    Full::Everywhere => "all",
                    Full::Address => "address",
                };
                metrics::counter!("http_connections_refused_total", "limit" => limit).increment(1);
                if self.refusals.len() < MAX_REFUSALS {
                    self.refusals.spawn(refuse(stream, full));
                }
                return;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        let phase = Arc::new(Phase::default());
        let socket = Socket::new(
            stream,
            Arc::clone(&phase),
            self.limits.header_timeout,
            self.limits.body_timeout,
            place,
        );
        let connection = connection::run(
            socket,
            phase,
            peer,
            self.service.clone(),
            Arc::clone(&self.limits),
            self.ending.clone(),
        );
        self.connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, error = &error as &dyn std::error::Error, "connection ended early");
            }
        });
    }

    async fn finish(mut self, deadline: Instant) -> Drained {
        loop {
            tokio::select! {
                ended = self.connections.join_next() => match ended {
                    Some(ended) => note(ended),
                    None => break,
                },
                () = sleep_until(deadline) => break,
            }
        }
        let cut_off = self.connections.len();
        if cut_off > 0 {
            tracing::warn!(
                cut_off,
                "connections were still busy at the shutdown deadline"
            );
        }
        self.connections.shutdown().await;
        self.refusals.shutdown().await;
        Drained { cut_off }
    }
}

/// The peer went away between the handshake and our accept; the next accept may well succeed.
fn is_peers_fault(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// A handler's panic takes down its own connection only.
fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        metrics::counter!("http_connection_panics_total").increment(1);
        tracing::error!(%error, "a connection's task panicked");
    }
}
