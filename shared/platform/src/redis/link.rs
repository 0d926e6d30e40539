//! Keeping a client connected.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fred::{
    clients::{Client, SubscriberClient},
    interfaces::{ClientLike, EventInterface},
    types::RespVersion,
    types::config::{
        Config, ConnectionConfig, Options, PerformanceConfig, ReconnectPolicy, ServerConfig,
        TcpConfig, TlsConfig, UnresponsiveConfig,
    },
};
use rand::RngExt;
use tokio::sync::{broadcast::error::RecvError, watch};
use tokio_util::task::AbortOnDropHandle;

use crate::config::RedisConfig;

/// The longest a command may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest a TCP connect, and each step of the handshake after it, may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that leaves a command unanswered this long is given up.
const UNRESPONSIVE: Duration = Duration::from_secs(5);
/// Commands that may wait to be written.
const MAX_QUEUED: usize = 10_000;
/// Messages a subscriber may lag behind. fred's own default is 32.
const BROADCAST_CAPACITY: usize = 8_192;
/// The shortest and the longest pause between attempts to connect, in milliseconds.
const BACKOFF_MS: (u32, u32) = (50, 250);

/// No command is sent twice: the first may have been carried out before the connection broke.
pub(super) fn once_and_fast() -> Options {
    Options {
        max_attempts: Some(1),
        timeout: Some(COMMAND_TIMEOUT),
        fail_fast: true,
        ..Options::default()
    }
}

/// Which clients there are.
pub(super) trait Kind: ClientLike + EventInterface {
    /// Builds one, not yet connected.
    fn build(
        config: Config,
        perf: PerformanceConfig,
        connection: ConnectionConfig,
        policy: ReconnectPolicy,
    ) -> Self;
}

impl Kind for Client {
    fn build(
        config: Config,
        perf: PerformanceConfig,
        connection: ConnectionConfig,
        policy: ReconnectPolicy,
    ) -> Self {
        Self::new(config, Some(perf), Some(connection), Some(policy))
    }
}

impl Kind for SubscriberClient {
    fn build(
        config: Config,
        perf: PerformanceConfig,
        connection: ConnectionConfig,
        policy: ReconnectPolicy,
    ) -> Self {
        Self::new(config, Some(perf), Some(connection), Some(policy))
    }
}

/// A client, with every limit that fred leaves open set.
pub(super) fn build<C: Kind>(config: &RedisConfig) -> C {
    let server = Config {
        // Not to be mistaken for the option of the same name on a command: false means that the first connection is
        // retried like any other, so that boot does not need Redis.
        fail_fast: false,
        password: config
            .password
            .as_ref()
            .map(|password| password.expose().clone()),
        server: ServerConfig::new_centralized(config.host.clone(), config.port),
        tls: config.tls.clone().map(TlsConfig::from),
        version: RespVersion::RESP3,
        ..Config::default()
    };
    let perf = PerformanceConfig {
        default_command_timeout: COMMAND_TIMEOUT,
        broadcast_channel_capacity: BROADCAST_CAPACITY,
        ..PerformanceConfig::default()
    };
    let connection = ConnectionConfig {
        connection_timeout: CONNECT_TIMEOUT,
        internal_command_timeout: CONNECT_TIMEOUT,
        max_command_attempts: 1,
        max_command_buffer_len: MAX_QUEUED,
        reconnect_on_auth_error: true,
        unresponsive: UnresponsiveConfig {
            max_timeout: Some(UNRESPONSIVE),
            interval: Duration::from_secs(1),
        },
        tcp: TcpConfig {
            nodelay: Some(true),
            ..TcpConfig::default()
        },
        ..ConnectionConfig::default()
    };
    // fred adds its jitter before it caps the delay, so at the cap every client of every process would try in step:
    // give each client a cap of its own.
    let (shortest, longest) = BACKOFF_MS;
    let cap = longest + rand::rng().random_range(0..longest / 2);
    let mut policy = ReconnectPolicy::new_exponential(0, shortest, cap, 2);
    policy.set_jitter(shortest);
    C::build(server, perf, connection, policy)
}

/// A connected client and the task that keeps it so. Dropping it closes the connection.
#[derive(Debug)]
pub(super) struct Link {
    up: Arc<AtomicBool>,
    connections: watch::Receiver<u64>,
    _keeper: AbortOnDropHandle<()>,
}

impl Link {
    /// Begins to connect and never stops trying.
    pub(super) fn keep<C: Kind + 'static>(client: C, role: &'static str) -> Self {
        let up = Arc::new(AtomicBool::new(false));
        let (counter, connections) = watch::channel(0);
        let keeper = tokio::spawn(keep(client, role, Arc::clone(&up), counter));
        Self {
            up,
            connections,
            _keeper: AbortOnDropHandle::new(keeper),
        }
    }

    /// False from the moment the connection broke. fred's own state still says connected until its first backoff ends.
    pub(super) fn is_up(&self) -> bool {
        self.up.load(Ordering::Acquire)
    }

    /// How many connections there were so far, counted once commands can be sent through the newest.
    pub(super) fn connections(&self) -> watch::Receiver<u64> {
        self.connections.clone()
    }
}

async fn keep<C: Kind>(
    client: C,
    role: &'static str,
    up: Arc<AtomicBool>,
    connections: watch::Sender<u64>,
) {
    let mut connects = client.reconnect_rx();
    let mut errors = client.error_rx();
    let gauge = metrics::gauge!("redis_connected", "role" => role);
    gauge.set(0.0);
    let mut told_away = false;
    loop {
        // The task that drives the connection ends only for reasons its reconnect policy does not cover.
        let mut driver = AbortOnDropHandle::new(client.connect());
        let ended = loop {
            tokio::select! {
                biased;
                error = errors.recv() => {
                    gauge.set(0.0);
                    up.store(false, Ordering::Release);
                    if !std::mem::replace(&mut told_away, true)
                        && let Ok((error, _)) = error
                    {
                        tracing::warn!(role, %error, "redis is away");
                    }
                }
                event = connects.recv() => {
                    // The event precedes the state that lets commands through.
                    if !matches!(event, Err(RecvError::Closed)) && client.wait_for_connect().await.is_ok() {
                        gauge.set(1.0);
                        up.store(true, Ordering::Release);
                        connections.send_modify(|count| *count += 1);
                        told_away = false;
                        tracing::info!(role, "redis is connected");
                    }
                }
                ended = &mut driver => break ended,
            }
        };
        up.store(false, Ordering::Release);
        gauge.set(0.0);
        tracing::error!(
            role,
            ?ended,
            "redis connection task ended, starting another"
        );
        let pause = rand::rng().random_range(BACKOFF_MS.0..BACKOFF_MS.1);
        tokio::time::sleep(Duration::from_millis(pause.into())).await;
    }
}
