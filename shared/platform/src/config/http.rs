//! How a process listens.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use super::Reader;

/// Addresses, time limits and caps of the HTTP server loop.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// `HOSTNAME`; anything but an address means all interfaces, because Docker presets it to the container's id.
    pub host: IpAddr,
    /// `PORT`; 0 asks the system for a free one.
    pub port: u16,
    /// `METRICS_PORT`, private; 0 asks the system for a free one.
    pub metrics_port: u16,
    /// The longest a request head may take, counted from its first byte or from the connection's start.
    pub header_timeout: Duration,
    /// The longest a request body may take.
    pub body_timeout: Duration,
    /// How long a kept-alive connection may stay silent between requests.
    pub idle_timeout: Duration,
    /// Connections served at once.
    pub max_connections: usize,
    /// Connections of one address served at once, where no proxy of ours stands in front.
    pub max_connections_per_address: usize,
    /// How long a draining process keeps accepting while its readiness already says no.
    pub drain: Duration,
    /// When a draining process stops waiting for what is in flight.
    pub shutdown_deadline: Duration,
    /// How many proxies in front are ours: that many entries from the right of `X-Forwarded-For` are believed.
    pub trusted_hops: usize,
}

impl HttpConfig {
    /// Reads the addresses and limits; `default_port` is the service's own.
    pub fn read(reader: &mut Reader, default_port: u16) -> Self {
        Self::read_for(reader, default_port, 4_096)
    }

    /// The same for a service that is used to another number of connections.
    pub fn read_for(reader: &mut Reader, default_port: u16, default_connections: usize) -> Self {
        let host = reader
            .text_or("HOSTNAME", "0.0.0.0")
            .parse()
            .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let ms = |reader: &mut Reader, name, default, range| {
            Duration::from_millis(reader.number_or::<u64>(name, default, range))
        };
        Self {
            host,
            port: reader.number_or("PORT", default_port, 0..=u16::MAX),
            metrics_port: reader.number_or("METRICS_PORT", 9090, 0..=u16::MAX),
            header_timeout: ms(reader, "HTTP_HEADER_TIMEOUT_MS", 10_000, 1..=300_000),
            body_timeout: ms(reader, "HTTP_BODY_TIMEOUT_MS", 30_000, 1..=3_600_000),
            idle_timeout: ms(reader, "HTTP_IDLE_TIMEOUT_MS", 75_000, 1..=3_600_000),
            max_connections: reader.number_or(
                "HTTP_MAX_CONNECTIONS",
                default_connections,
                1..=1_000_000,
            ),
            max_connections_per_address: reader.number_or(
                "HTTP_MAX_CONNECTIONS_PER_ADDRESS",
                256,
                1..=1_000_000,
            ),
            drain: ms(reader, "DRAIN_MS", 5_000, 0..=600_000),
            shutdown_deadline: ms(reader, "SHUTDOWN_DEADLINE_MS", 20_000, 0..=600_000),
            trusted_hops: reader.number_or("TRUSTED_HOPS", 0, 0..=16),
        }
    }

    /// Where the service listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }

    /// Where metrics are served.
    pub fn metrics_address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.metrics_port)
    }
}
