//! What a session was, in one line at its end.

use tokio::time::Instant;

use crate::outbound::Socket;

#[derive(Debug)]
pub(super) struct Stats {
    started: Instant,
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) bytes: u64,
    pub(super) events: u64,
    pub(super) resyncs: u64,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            received: 0,
            sent: 0,
            bytes: 0,
            events: 0,
            resyncs: 0,
        }
    }
}

impl Stats {
    pub(super) fn log(&self, socket: &Socket, how: &str) {
        let claims = socket.claims();
        tracing::info!(
            socket = socket.id(),
            user = claims.map(|claims| claims.sub.to_string()),
            login = claims.map(|claims| claims.sid.to_string()),
            end = how,
            lasted_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            received = self.received,
            sent = self.sent,
            bytes = self.bytes,
            events = self.events,
            resyncs = self.resyncs,
            "socket closed"
        );
    }
}
