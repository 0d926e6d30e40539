//! What the gateway reads from its environment.

use platform::config::{
    AppConfig, ConfigError, Env, HttpConfig, Reader, RedisConfig, SentryConfig, Service,
    TokenConfig, WebConfig,
};

use crate::limits::GatewayLimits;

/// The port that the gateway listens on unless told otherwise.
pub const DEFAULT_PORT: u16 = 3001;

/// Connections served at once unless told otherwise: each socket is one for as long as it lives.
const DEFAULT_CONNECTIONS: usize = 20_000;

/// Everything that the gateway is configured with.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// What this process is.
    pub app: AppConfig,
    /// Where and how it listens.
    pub http: HttpConfig,
    /// Where Redis is.
    pub redis: RedisConfig,
    /// The key of access tokens.
    pub tokens: TokenConfig,
    /// The origins that may connect.
    pub web: WebConfig,
    /// Error reports.
    pub sentry: SentryConfig,
    /// Limits.
    pub limits: GatewayLimits,
}

impl GatewayConfig {
    /// Reads and checks the whole.
    ///
    /// # Errors
    /// All problems at once.
    pub fn read(env: Env) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(env);
        let config = Self::from_reader(&mut reader);
        reader.finish().map(|()| config)
    }

    /// The same over a reader of the caller's, who also wants to know what was read.
    pub fn from_reader(reader: &mut Reader) -> Self {
        let app = AppConfig::read(reader, Service::Gateway);
        let production = app.env.is_production();
        let config = Self {
            http: HttpConfig::read_for(reader, DEFAULT_PORT, DEFAULT_CONNECTIONS),
            redis: RedisConfig::read(reader, production),
            tokens: TokenConfig::read(reader),
            web: WebConfig::read(reader),
            sentry: SentryConfig::read(reader),
            limits: GatewayLimits::read(reader),
            app,
        };
        if config.http.shutdown_deadline <= config.http.drain {
            reader.problem(
                "SHUTDOWN_DEADLINE_MS",
                "must be longer than DRAIN_MS: sockets are closed in between",
            );
        }
        config
    }
}
