//! `api serve`, from boot to drain.

use std::{io, net::SocketAddr, time::Duration};

use axum::Router;
use engine::maintenance::gauges::Gauges;
use platform::{SharedClock, http, redis::Redis, vault::CheckedKey};
use store::{
    Db, billing, schema,
    sealed::{self, KeyError},
    selftest::{self, SelfTestError},
};
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::password,
    billing::Billing,
    config::ApiConfig,
    mail::Courier,
    notify::Notifier,
    router,
    state::{AppState, StateError},
};

/// How often the local limiter forgets callers that have gone.
const SWEEP: Duration = Duration::from_mins(1);

/// How long to wait before pooler or schema are looked at again.
const RETEST: Duration = Duration::from_secs(2);

/// Why the api ended although nobody told it to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port cannot be had.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The database's address is malformed.
    #[error(transparent)]
    Database(#[from] store::StoreError),
    /// The pooler is unfit.
    #[error(transparent)]
    SelfTest(#[from] SelfTestError),
    /// The keys are not those of this database.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// TLS to the mail server cannot be set up.
    #[error("cannot reach the mail server: {0}")]
    Mail(#[from] lettre::transport::smtp::Error),
    /// What handlers use cannot be made.
    #[error(transparent)]
    State(#[from] StateError),
    /// Stripe cannot be called.
    #[error(transparent)]
    Stripe(#[from] crate::stripe::StripeError),
}

/// An api that listens and does not serve yet.
pub struct Api {
    config: ApiConfig,
    listener: TcpListener,
    address: SocketAddr,
    db: Db,
    router: Router,
    state: AppState,
    notifier: JoinHandle<()>,
    courier: Courier,
    /// Fires when the last request has been answered.
    quiet: CancellationToken,
    stop: CancellationToken,
}

impl Api {
    /// Takes the port and puts everything together. Postgres and Redis may be away.
    ///
    /// # Errors
    /// [`ServeError`]
    pub async fn bind(
        config: ApiConfig,
        clock: SharedClock,
        stop: CancellationToken,
    ) -> Result<Self, ServeError> {
        let wanted = config.http.address();
        let failed = |source| ServeError::Listen {
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let db = Db::connect(&config.database)?;
        let redis = Redis::connect(&config.redis);
        let quiet = CancellationToken::new();
        let (notify, notifier) = Notifier::start(redis.clone(), quiet.clone());
        let billing = Billing::new(&config)?;
        let state = AppState::new(
            &config,
            db.clone(),
            redis,
            notify,
            clock,
            billing,
            stop.clone(),
        )?;
        let courier = Courier::new(state.clone(), &config.mail)?;
        let (router, _) = router::build(&state);
        Ok(Self {
            config,
            listener,
            address,
            db,
            router,
            state,
            notifier,
            courier,
            quiet,
            stop,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its handlers use.
    pub fn state(&self) -> AppState {
        self.state.clone()
    }

    /// Serves until the stop token fires and what is in flight is answered.
    ///
    /// # Errors
    /// [`ServeError::SelfTest`] where the pooler is proven to mix up answers, [`ServeError::Keys`] where the vault has the
    /// wrong ones: nothing may be served then.
    pub async fn run(self) -> Result<(), ServeError> {
        let all = self.stop.child_token();
        let mut tasks = JoinSet::new();
        tasks.spawn(sweep(self.state.clone(), all.clone()));
        tasks.spawn(follow(self.state.clone(), all.clone()));
        let gauges = Gauges::new(self.db.clone(), self.state.clock.clone());
        tasks.spawn(gauges.run(all.clone()));
        let (redis, clock) = (self.state.redis.clone(), self.state.clock.clone());
        let venues = self.state.venues.clone();
        tasks.spawn(venues.share_budgets(redis, clock, all.clone()));
        tasks.spawn_blocking(password::prepare);
        tasks.spawn(self.courier.run(all.clone()));
        tracing::info!(address = %self.address, "api is up");
        let serving = http::serve(self.listener, self.router, &self.config.http, all.clone());
        let outcome = tokio::select! {
            _ = serving => Ok(()),
            // At once: nothing has been served, and nothing may be.
            unfit = qualify(&self.state, &all) => Err(unfit),
        };
        all.cancel();
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task did not end well");
            }
        }
        self.quiet.cancel();
        if let Err(error) = self.notifier.await {
            tracing::error!(%error, "the notifier did not end well");
        }
        self.db.close().await;
        outcome
    }
}

/// Tests the pooler until it has passed, waits for the schema and tries the vault's keys; then requests are served. Ends
/// only if pooler or keys are proven unfit.
async fn qualify(state: &AppState, stop: &CancellationToken) -> ServeError {
    let again = async || {
        tokio::select! {
            () = stop.cancelled() => std::future::pending().await,
            () = tokio::time::sleep(RETEST) => {}
        }
    };
    loop {
        match selftest::run(&state.db).await {
            Ok(()) => break,
            Err(SelfTestError::Unavailable(error)) => {
                tracing::warn!(%error, "the pooler cannot be tested yet");
            }
            Err(unfit @ SelfTestError::Mismatch { .. }) => return unfit.into(),
        }
        again().await;
    }
    state.fitness.note_tested();
    loop {
        match schema::state(&state.db).await {
            Ok(found) if found.is_ready() => break,
            Ok(found) => tracing::warn!(%found, "waiting for the schema"),
            Err(error) => tracing::warn!(%error, "waiting for the database"),
        }
        again().await;
    }
    loop {
        match sealed::verify(&state.db, &state.vault).await {
            Ok(CheckedKey::Current) => break,
            Ok(CheckedKey::Previous) => {
                tracing::warn!("the key has changed: run `api vault rotate`");
                break;
            }
            Err(KeyError::Store(error)) => tracing::warn!(%error, "waiting for the database"),
            Err(unfit) => return unfit.into(),
        }
        again().await;
    }
    while let Err(error) = state.switches.refresh(&state.db).await {
        tracing::warn!(%error, "waiting for the database");
        again().await;
    }
    while let Err(error) = state.db.fill().await {
        tracing::warn!(%error, "waiting for the database");
        again().await;
    }
    // The engine has not the settings of Stripe, and must know whether plans limit anything.
    while let Err(error) = billing::set_enabled(state.db.conn(), state.billing.is_some()).await {
        tracing::warn!(%error, "waiting for the database");
        again().await;
    }
    state.fitness.note_ready();
    tracing::info!("api serves");
    std::future::pending().await
}

/// What other copies switched.
async fn follow(state: AppState, stop: CancellationToken) {
    state.switches.follow(&state.db, &stop).await;
}

async fn sweep(state: AppState, stop: CancellationToken) {
    let mut tick = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => state.limiter.sweep(),
        }
    }
}
