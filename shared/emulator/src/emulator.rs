//! A running emulator.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use platform::http::{Limits, serve};
use tokio::{
    net::TcpListener,
    time::{Instant, interval_at},
};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    admin::{Action, ActionError},
    config::{Config, Ticker},
    exchange::{Books, SetupError},
    front,
    state::Shared,
};

/// Limits of the server loop: those of a machine that serves tests and nobody else.
const PATIENCE: Duration = Duration::from_secs(30);
const CONNECTIONS: usize = 2_048;

/// An emulator that does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen: {0}")]
    Listen(#[from] io::Error),
    /// The configuration makes no exchange.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

/// A running emulator, stopped when it is dropped.
pub struct Emulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    tasks: Vec<AbortOnDropHandle<()>>,
}

impl Emulator {
    /// Starts an exchange.
    ///
    /// # Errors
    /// When the configuration makes no exchange, or the address cannot be listened on.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let shared = Arc::new(Shared::new(&config)?);
        let listener = TcpListener::bind(config.listen).await?;
        let address = listener.local_addr()?;
        let limits = Limits {
            header_timeout: PATIENCE,
            body_timeout: PATIENCE,
            idle_timeout: PATIENCE * 4,
            max_connections: CONNECTIONS,
            max_connections_per_address: CONNECTIONS,
            max_header_bytes: 64 * 1024,
            max_headers: 100,
            drain: Duration::ZERO,
            shutdown_deadline: Duration::ZERO,
            trusted_hops: 0,
        };
        let service = {
            let shared = Arc::clone(&shared);
            tower::service_fn(move |request| front::answer(Arc::clone(&shared), request))
        };
        let stop = shared.stop.clone();
        let serving = async move {
            serve(listener, service, limits, stop).await;
        };
        let mut tasks = vec![AbortOnDropHandle::new(tokio::spawn(serving))];
        if let Some(ticker) = config.ticker {
            let ticking = tick(Arc::clone(&shared), ticker);
            tasks.push(AbortOnDropHandle::new(tokio::spawn(ticking)));
        }
        tracing::info!(%address, seed = config.seed, "emulator started");
        Ok(Self {
            address,
            shared,
            tasks,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Base of REST routes and of admin routes, such as `http://127.0.0.1:9080`.
    pub fn rest_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Base of market streams, to which `/ws/<stream>` or `/stream?streams=` is added.
    pub fn stream_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// The whole address of the WebSocket API.
    pub fn ws_api_url(&self) -> String {
        format!("ws://{}/ws-api/v3", self.address)
    }

    /// Does something to the exchange that no trader could.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn act(&self, action: Action) -> Result<(), ActionError> {
        self.shared.carry(action)
    }

    /// Everything that is booked at this moment.
    pub fn books(&self) -> Books {
        self.shared.act(|exchange, _| exchange.books())
    }

    /// How many requests of a route there were, such as `POST /api/v3/order`.
    pub fn requests(&self, route: &str) -> u64 {
        let faults = self.shared.faults();
        faults.requests().get(route).copied().unwrap_or_default()
    }

    /// Stops it and waits until its tasks have ended.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        for task in self.tasks.drain(..) {
            if let Err(error) = task.await {
                tracing::warn!(%error, "a task of the emulator failed");
            }
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

/// Moves the prices as real time passes.
async fn tick(shared: Arc<Shared>, ticker: Ticker) {
    let mut ticks = interval_at(Instant::now() + ticker.every, ticker.every);
    let stop = shared.stop.clone();
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let moved = shared.carry(Action::Advance {
            symbol: None,
            points: ticker.points,
        });
        if let Err(error) = moved {
            tracing::error!(%error, "cannot move the prices");
        }
    }
}
