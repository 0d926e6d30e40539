//! What this process is and how it reports on itself.

use std::{fmt, path::PathBuf, str::FromStr};

use tracing_subscriber::filter::LevelFilter;

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

    /// Directives without a level are refused: `tracing` would take the misspelt level `inof` for the name of a module, and
    /// log nothing at all.
    fn from_str(text: &str) -> Result<Self, ()> {
        let directives: Vec<&str> = text.split(',').map(str::trim).collect();
        if !directives.iter().all(|directive| is_directive(directive)) {
            return Err(());
        }
        let text = directives.join(",");
        tracing_subscriber::EnvFilter::builder()
            .parse(&text)
            .map(|_| Self(text))
            .map_err(|_| ())
    }
}

/// A level, or a module with one, as `sqlx=warn` and `api::routes[span{field=1}]=debug`.
fn is_directive(text: &str) -> bool {
    // An empty level parses, as `error`.
    let is_level = |text: &str| !text.is_empty() && text.parse::<LevelFilter>().is_ok();
    let Some((what, level)) = text.rsplit_once('=') else {
        return is_level(text);
    };
    let module = what.split('[').next().unwrap_or_default();
    let is_module = !module.is_empty() || what.starts_with('[');
    is_level(level)
        && is_module
        && !is_level(module)
        && module
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_:-".contains(c))
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
        let name = if let Some(env) = reader.text("APP_ENV") {
            let other = reader.text("NODE_ENV");
            if other.is_some_and(|other| other.trim() != env.trim()) {
                reader.problem(
                    "NODE_ENV",
                    "says something else than APP_ENV; give one of them",
                );
            }
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
                "a log filter such as \"info\" or \"info,sqlx=warn\"; levels are off, error, warn, info, debug, trace",
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
