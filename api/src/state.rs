//! What every handler may use.

use std::{
    net::IpAddr,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use engine::spec::FeedDir;
use exchange::venues::{NoTls, Venues};
use platform::{
    SharedClock,
    config::WebConfig,
    health::HealthCache,
    ids::UserId,
    redis::Redis,
    token::{SignError, TokenSigner, TokenVerifier, nextauth::NextAuth},
    vault::Vault,
};
use store::{Db, StoreError, Txn};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{keys::Keys, password::Passwords},
    billing::Billing,
    change::UserChange,
    config::{ApiConfig, SessionConfig},
    console::{Console, PagePolicy},
    error::ApiError,
    limits::RateLimiter,
    mail::MailBell,
    notify::Notifier,
    switches::{Known, Registration},
};

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

/// The parts of [`AppState`].
pub struct Inner {
    /// Postgres.
    pub db: Db,
    /// Redis, which may be away.
    pub redis: Redis,
    /// Time.
    pub clock: SharedClock,
    /// Signs access tokens.
    pub signer: TokenSigner,
    /// Verifies access tokens.
    pub verifier: TokenVerifier,
    /// Reads the frontend's sessions, where it shares its secret with us.
    pub nextauth: Option<NextAuth>,
    /// Seals exchange credentials and TOTP secrets.
    pub vault: Vault,
    /// Keys of hashes and cursors.
    pub keys: Keys,
    /// How long sessions live.
    pub sessions: SessionConfig,
    /// Hashes and checks passwords, a few at a time.
    pub passwords: Passwords,
    /// Counts requests.
    pub limiter: RateLimiter,
    /// Tells engine and gateways, best effort.
    pub notifier: Notifier,
    /// Tells the courier that mails wait.
    pub mail: MailBell,
    /// Plans and payments; none where nothing is sold.
    pub billing: Option<Billing>,
    /// Public addresses and allowed origins.
    pub web: WebConfig,
    /// The pages that browsers are shown.
    pub console: Console,
    /// What these pages may do.
    pub page_policy: PagePolicy,
    /// Where candle files are.
    pub feeds: FeedDir,
    /// The exchanges, as this process reaches them.
    pub venues: Venues,
    /// From where requests reach the exchanges, where the operator has told.
    pub egress: Vec<IpAddr>,
    /// DSN that browsers report to.
    pub browser_dsn: Option<String>,
    /// True where cookies must be `Secure`.
    pub secure_cookies: bool,
    /// What the operator set; see [`AppState::registration`].
    pub configured_registration: Registration,
    /// What admins switched.
    pub switches: Known,
    /// Whether the database was found fit.
    pub fitness: Fitness,
    /// The last health report.
    pub health: HealthCache,
    /// Cancelled when the process drains.
    pub stop: CancellationToken,
}

/// Why there is no state.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The signing key is unfit, which the configuration rules out.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// TLS to the exchanges cannot be set up.
    #[error(transparent)]
    Venues(#[from] NoTls),
}

/// What was found out about the database since the start. Never taken back: an outage later is seen by its errors.
#[derive(Debug, Default)]
pub struct Fitness {
    tested: AtomicBool,
    ready: AtomicBool,
}

impl Fitness {
    /// The pooler gives each caller its own answers.
    pub fn is_tested(&self) -> bool {
        self.tested.load(Ordering::Acquire)
    }

    /// The schema fits too: requests may be served.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    pub(crate) fn note_tested(&self) {
        self.tested.store(true, Ordering::Release);
    }

    pub(crate) fn note_ready(&self) {
        self.ready.store(true, Ordering::Release);
    }
}

impl Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl AppState {
    /// Whether anybody may make an account now: only where neither the operator nor an admin has closed it.
    pub fn registration(&self) -> Registration {
        match self.configured_registration {
            Registration::Open => self.switches.get().registration,
            Registration::Closed => Registration::Closed,
        }
    }

    /// Plans and payments.
    ///
    /// # Errors
    /// 404 where nothing is sold.
    pub fn require_billing(&self) -> Result<&Billing, ApiError> {
        self.billing.as_ref().ok_or(ApiError::BillingDisabled)
    }

    /// Begins a change of a user's data.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn begin_change(&self, user: UserId) -> Result<UserChange, StoreError> {
        Ok(self.change_in(self.db.begin().await?, user))
    }

    /// Goes on with a transaction that has shown whose data it changes.
    pub fn change_in(&self, txn: Txn, user: UserId) -> UserChange {
        UserChange::new(txn, user, Some(self.notifier.clone()))
    }

    /// Puts the parts together.
    ///
    /// # Errors
    /// [`StateError`]
    pub fn new(
        config: &ApiConfig,
        db: Db,
        redis: Redis,
        notifier: Notifier,
        clock: SharedClock,
        billing: Option<Billing>,
        stop: CancellationToken,
    ) -> Result<Self, StateError> {
        let secret = &config.token.jwt_secret;
        Ok(Self(Arc::new(Inner {
            db,
            limiter: RateLimiter::new(redis.clone(), config.limits.clone()),
            redis,
            clock,
            signer: TokenSigner::new(secret)?,
            verifier: TokenVerifier::new(secret),
            nextauth: config.nextauth.secret.as_ref().map(NextAuth::new),
            vault: Vault::new(&config.vault),
            keys: Keys::derive(secret),
            sessions: config.sessions,
            passwords: Passwords::new(),
            notifier,
            mail: MailBell::default(),
            billing,
            web: config.web.clone(),
            console: Console::new(&config.console),
            page_policy: PagePolicy::new(&config.web, config.browser_dsn().as_deref()),
            feeds: config.feeds.clone(),
            venues: Venues::new(&config.venues)?,
            egress: config.egress.clone(),
            browser_dsn: config.browser_dsn(),
            secure_cookies: config.sends_secure_cookies(),
            configured_registration: config.registration,
            switches: Known::default(),
            fitness: Fitness::default(),
            health: HealthCache::default(),
            stop,
        })))
    }
}
