//! What every handler may use.

use std::{ops::Deref, sync::Arc};

use engine::spec::FeedDir;
use platform::{
    SharedClock,
    config::WebConfig,
    health::HealthCache,
    redis::Redis,
    token::{SignError, TokenSigner, TokenVerifier},
};
use store::Db;
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{keys::Keys, password::Passwords},
    config::ApiConfig,
    limits::RateLimiter,
    notify::Notifier,
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
    /// Keys of hashes and cursors.
    pub keys: Keys,
    /// Hashes and checks passwords, a few at a time.
    pub passwords: Passwords,
    /// Counts requests.
    pub limiter: RateLimiter,
    /// Tells engine and gateways, best effort.
    pub notifier: Notifier,
    /// Public addresses and allowed origins.
    pub web: WebConfig,
    /// Where candle files are.
    pub feeds: FeedDir,
    /// DSN that browsers report to.
    pub browser_dsn: Option<String>,
    /// True where cookies must be `Secure`.
    pub secure_cookies: bool,
    /// The last health report.
    pub health: HealthCache,
    /// Cancelled when the process drains.
    pub stop: CancellationToken,
}

impl Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl AppState {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the signing key is unfit, which the configuration rules out.
    pub fn new(
        config: &ApiConfig,
        db: Db,
        redis: Redis,
        notifier: Notifier,
        clock: SharedClock,
        stop: CancellationToken,
    ) -> Result<Self, SignError> {
        let secret = &config.token.jwt_secret;
        Ok(Self(Arc::new(Inner {
            db,
            limiter: RateLimiter::new(redis.clone(), config.limits.clone()),
            redis,
            clock,
            signer: TokenSigner::new(secret)?,
            verifier: TokenVerifier::new(secret),
            keys: Keys::derive(secret),
            passwords: Passwords::new(),
            notifier,
            web: config.web.clone(),
            feeds: config.feeds.clone(),
            browser_dsn: config.browser_dsn(),
            secure_cookies: config.app.env.is_production(),
            health: HealthCache::default(),
            stop,
        })))
    }
}
