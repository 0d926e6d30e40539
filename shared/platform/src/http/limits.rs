//! What one server allows.

use std::time::Duration;

use crate::config::HttpConfig;

/// Time limits and caps of one server loop.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The longest a request head may take, from its first byte; for the first request, from the connection's start.
    pub header_timeout: Duration,
    /// How long a request body may stall, and how long it may take in all beyond one second for each 32 KiB received.
    /// Also how long a peer may leave an answer unread.
    pub body_timeout: Duration,
    /// How long a connection may stay silent between requests.
    pub idle_timeout: Duration,
    /// Connections at once, upgraded ones included. Those beyond are answered 503 and closed.
    pub max_connections: usize,
    /// Connections at once of one address (an IPv4 address, or the /64 of an IPv6 one); those beyond are answered 429 and
    /// closed. Not counted where `trusted_hops` says that every peer is a proxy of ours: they limit their own clients.
    pub max_connections_per_address: usize,
    /// Bytes of a request head; a longer one is answered 431.
    pub max_header_bytes: usize,
    /// Fields of a request head; more are answered 431.
    pub max_headers: usize,
    /// How long a draining server goes on accepting, while its readiness already says no.
    pub drain: Duration,
    /// How long after the stop signal what is still in flight is cut off.
    pub shutdown_deadline: Duration,
    /// Proxies of ours in front; see [`super::client_address`].
    pub trusted_hops: usize,
}

impl From<&HttpConfig> for Limits {
    fn from(config: &HttpConfig) -> Self {
        Self {
            header_timeout: config.header_timeout,
            body_timeout: config.body_timeout,
            idle_timeout: config.idle_timeout,
            max_connections: config.max_connections,
            max_connections_per_address: config.max_connections_per_address,
            max_header_bytes: 32 * 1024,
            max_headers: 100,
            drain: config.drain,
            shutdown_deadline: config.shutdown_deadline,
            trusted_hops: config.trusted_hops,
        }
    }
}
