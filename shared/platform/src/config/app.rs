//! What this process is and how it reports on itself.

use std::{fmt, path::PathBuf, str::FromStr};

use super::Reader;
use crate::Secret;

/// Which of our processes this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// The REST API.
    Api,
    /// The trading engine.
    Engine,
    /// The WebSocket gateway.
    Gateway,
    /// The one-shot migrator.
    Migrator,
}

impl Service {
    /// Its name in logs, metrics and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Engine => "engine",
            Self::Gateway => "gateway",
            Self::Migrator => "migrator",
        }
    }
}

/// Where this process runs. `production` turns on what production requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppEnv {
    /// A developer's machine: the default.
    Development,
    /// Automated tests.
    Test,
    /// Real users: secure cookies, real secrets, no development defaults.
    Production,
}

impl AppEnv {
    /// True where real users are served.
    pub fn is_production(self) -> bool {
        self == Self::Production
    }

    /// Its name, as it is written in `APP_ENV`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Test => "test",
            Self::Production => "production",
        }
    }
}

impl fmt::Display for AppEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AppEnv {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "development" => Ok(Self::Development),
            "test" => Ok(Self::Test),
            "production" => Ok(Self::Production),
            _ => Err(()),
        }
    }
}

/// A directive list of the `tracing` filter, such as `info,sqlx=warn`.
#[derive(Debug, Clone)]
pub struct LogFilter(String);

impl LogFilter {
    /// The directives.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogFilter {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        tracing_subscriber::EnvFilter::builder()
            .parse(text)
            .map(|_| Self(text.to_owned()))
            .map_err(|_| ())
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Identity and logging of the process.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// Which process.
    pub service: Service,
    /// Where it runs.
    pub env: AppEnv,
    /// What is logged.
    pub log_filter: LogFilter,
    /// Where daily log files go; none: stdout only.
    pub log_dir: Option<PathBuf>,
}

impl AppConfig {
    /// `APP_ENV` (alias `NODE_ENV`), `LOG_LEVEL`, `LOG_DIR`.
    pub fn read(reader: &mut Reader, service: Service) -> Self {
        let name = if reader.text("APP_ENV").is_some() {
            "APP_ENV"
        } else {
            "NODE_ENV"
        };
        Self {
            service,
            env: reader.parse_or(
                name,
                AppEnv::Development,
                "one of development, test, production",
            ),
            log_filter: reader.parse_or(
                "LOG_LEVEL",
                LogFilter("info".to_owned()),
                "a log filter such as \"info\" or \"info,sqlx=warn\"",
            ),
            log_dir: reader.text("LOG_DIR").map(PathBuf::from),
        }
    }
}

/// Error reports. Without a DSN none are sent.
#[derive(Debug, Clone)]
pub struct SentryConfig {
    /// The project's DSN.
    pub dsn: Option<Secret<String>>,
}

impl SentryConfig {
    /// `SENTRY_DSN`.
    pub fn read(reader: &mut Reader) -> Self {
        let dsn = reader.secret("SENTRY_DSN");
        if let Some(dsn) = &dsn
            && dsn.expose().parse::<sentry::types::Dsn>().is_err()
        {
            reader.problem(
                "SENTRY_DSN",
                "is not a DSN such as https://key@host/project",
            );
        }
        Self { dsn }
    }
}
