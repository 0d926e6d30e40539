//! Starts the tasks of the engine, and ends them.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use exchange::venues::{NoTls, Venues};
use platform::{
    SharedClock, SystemClock,
    config::DatabaseConfig,
    http::{Limits, serve},
    redis::Redis,
    telemetry::{self, request::RequestLayer},
    vault::{CheckedKey, Vault},
};
use store::{
    Db, StoreError, schema,
    sealed::{self, KeyError},
    selftest::{self, SelfTestError},
};
use tokio::{net::TcpListener, task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use tower::{Layer, service_fn};

use crate::{
    config::EngineConfig,
    health::Health,
    jobs::Jobs,
    leases::keeper::Keeper,
    maintenance::{
        account_deletions::AccountDeletions, gauges::Gauges, plan_downgrades::PlanDowngrades,
        pruner::Pruner,
    },
    relay::{Relay, RelayHandle, heartbeat::Heartbeat, wake::WakeSubscriber},
    runner::{Exchanges, Supervisor},
};

/// How long to wait before asking again a database that is away or not migrated yet.
const RETRY_EVERY: Duration = Duration::from_secs(2);

/// Asks of gateways that may wait for the relay.
const ASKS: usize = 4_096;

/// Why the engine ended although nobody told it to.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The health check's port cannot be had.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The database's address is malformed.
    #[error(transparent)]
    Database(#[from] StoreError),
    /// The pooler answers one query with the rows of another.
    #[error(transparent)]
    SelfTest(#[from] SelfTestError),
    /// Exchanges cannot be reached with encryption.
    #[error(transparent)]
    Exchanges(#[from] NoTls),
    /// The keys are not those of this database.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// One of its tasks ended, by itself or in a panic.
    #[error("the task {0} ended")]
    Task(&'static str),
}

/// An engine whose health check listens; call [`Engine::run`] to start it.
pub struct Engine {
    config: EngineConfig,
    clock: SharedClock,
    vault: Arc<Vault>,
    listener: TcpListener,
    address: SocketAddr,
}

/// Runs the engine until `stop`, then hands its shards over.
///
/// # Errors
/// [`EngineError`]. A database or a Redis that is away is none: the engine waits, and its health check says so.
pub async fn run(config: EngineConfig, stop: CancellationToken) -> Result<(), EngineError> {
    let engine = Engine::bind(config, SystemClock::shared()).await?;
    engine.run(stop).await
}

impl Engine {
    /// Takes the health check's port.
    ///
    /// # Errors
    /// [`EngineError::Listen`]
    pub async fn bind(config: EngineConfig, clock: SharedClock) -> Result<Self, EngineError> {
        let wanted = config.http.address();
        let failed = |source| EngineError::Listen {
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            vault: Arc::new(Vault::new(&config.vault)),
            config,
            clock,
            listener,
            address,
        })
    }

    /// Where the health check listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// See [`run`].
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn run(self, stop: CancellationToken) -> Result<(), EngineError> {
        let db = Db::connect(&self.config.database)?;
        let redis = Redis::connect(&self.config.redis);
        let renewals = Db::connect(&DatabaseConfig {
            max_connections: 1,
            ..self.config.database.clone()
        })?;
        let keeper = Keeper::new(db.clone(), self.clock.clone(), node_name())
            .with_renewals(renewals.clone());
        let venues = Venues::new(&self.config.venues)?;
        let sharing = venues.clone();
        let exchanges = Exchanges::new(Arc::clone(&self.vault), venues, self.clock.clone());
        let health = Health::new(db.clone(), redis.clone(), keeper.leases(), stop.clone());

        // Everything below runs under a token of its own, so that one task that fails takes the others along.
        let all = stop.child_token();
        let mut tasks = JoinSet::new();
        let answering = health.clone();
        let service = RequestLayer::new(Health::route).layer(
            telemetry::sentry_layers()
                .layer(service_fn(move |request| answering.clone().answer(request))),
        );
        let http = serve(
            self.listener,
            service,
            Limits::from(&self.config.http),
            all.clone(),
        );
        tasks.spawn(async move {
            http.await;
            "health"
        });

        let outcome = tokio::select! {
            () = stop.cancelled() => Ok(()),
            fit = fit_to_work(&db, &self.vault) => fit,
        };
        if outcome.is_ok() && !stop.is_cancelled() {
            health.note_tested();
            tracing::info!(address = %self.address, "engine is up");
            let sharing = sharing.share_budgets(redis.clone(), self.clock.clone(), all.clone());
            spawn(&mut tasks, "rate budgets", sharing);
            start(
                &mut tasks,
                keeper,
                (&db, &redis),
                exchanges,
                &self.clock,
                &self.config,
                &all,
            );
        }
        let outcome = match outcome {
            Ok(()) => watch(&mut tasks, &stop).await,
            failed => failed,
        };
        all.cancel();
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task panicked");
            }
        }
        renewals.close().await;
        db.close().await;
        outcome
    }
}

/// Waits for a database that answers truthfully, has the right schema and belongs to our keys.
async fn fit_to_work(db: &Db, vault: &Vault) -> Result<(), EngineError> {
    loop {
        match selftest::run(db).await {
            Ok(()) => break,
            Err(SelfTestError::Unavailable(error)) => {
                tracing::warn!(%error, "waiting for the database");
            }
            Err(mismatch @ SelfTestError::Mismatch { .. }) => return Err(mismatch.into()),
        }
        sleep(RETRY_EVERY).await;
    }
    loop {
        match schema::state(db).await {
            Ok(state) if state.is_ready() => break,
            Ok(state) => tracing::warn!(%state, "waiting for the schema"),
            Err(error) => tracing::warn!(%error, "waiting for the database"),
        }
        sleep(RETRY_EVERY).await;
    }
    loop {
        match sealed::verify(db, vault).await {
            Ok(CheckedKey::Current) => return Ok(()),
            Ok(CheckedKey::Previous) => {
                tracing::warn!("the key has changed: run `api vault rotate`");
                return Ok(());
            }
            Err(KeyError::Store(error)) => tracing::warn!(%error, "waiting for the database"),
            Err(unfit) => return Err(unfit.into()),
        }
        sleep(RETRY_EVERY).await;
    }
}

fn start(
    tasks: &mut JoinSet<&'static str>,
    keeper: Keeper,
    (db, redis): (&Db, &Redis),
    exchanges: Exchanges,
    clock: &SharedClock,
    config: &EngineConfig,
    all: &CancellationToken,
) {
    let (handle, inbox) = RelayHandle::new(ASKS);
    let relay = Relay::new(db.clone(), redis.clone(), keeper.leases(), clock.clone());
    let pruner = Pruner::new(db.clone(), keeper.leases(), clock.clone());
    let deletions = AccountDeletions::new(db.clone(), keeper.leases(), clock.clone());
    let downgrades = PlanDowngrades::new(db.clone(), redis.clone(), keeper.leases(), clock.clone());
    let heartbeat = Heartbeat::new(db.clone(), redis.clone(), clock.clone());
    let runner = Supervisor::new(
        db.clone(),
        redis.clone(),
        keeper.leases(),
        handle.clone(),
        clock.clone(),
        config.feeds.clone(),
        exchanges,
    );
    let jobs = Jobs::new(
        db.clone(),
        redis.clone(),
        clock.clone(),
        config.feeds.clone(),
        config.jobs.clone(),
    );
    let others = vec![runner.wake(), jobs.wake()];
    let wakes = WakeSubscriber::new(redis.clone(), handle, heartbeat.asked(), others);
    let gauges = Gauges::new(db.clone(), clock.clone()).with_backlog(keeper.leases());
    spawn(tasks, "keeper", keeper.run(all.clone()));
    spawn(tasks, "relay", relay.run(inbox, all.clone()));
    spawn(tasks, "runner", runner.run(all.clone()));
    spawn(tasks, "jobs", jobs.run(all.clone()));
    spawn(tasks, "wakes", wakes.run(all.clone()));
    spawn(tasks, "heartbeat", heartbeat.run(all.clone()));
    spawn(tasks, "pruner", pruner.run(all.clone()));
    spawn(tasks, "account deletions", deletions.run(all.clone()));
    spawn(tasks, "plan downgrades", downgrades.run(all.clone()));
    spawn(tasks, "gauges", gauges.run(all.clone()));
}

fn spawn(
    tasks: &mut JoinSet<&'static str>,
    name: &'static str,
    task: impl Future<Output = ()> + Send + 'static,
) {
    tasks.spawn(async move {
        task.await;
        name
    });
}

/// Until told to stop, or until a task ends that should not.
async fn watch(
    tasks: &mut JoinSet<&'static str>,
    stop: &CancellationToken,
) -> Result<(), EngineError> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Ok(()),
        ended = tasks.join_next() => Err(EngineError::Task(match ended {
            Some(Ok(name)) => name,
            Some(Err(_)) | None => "that panicked",
        })),
    }
}

/// For people who read `engine_nodes`: the container's name.
fn node_name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}
