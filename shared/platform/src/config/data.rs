//! Postgres and Redis.

use url::Url;

use super::{Reader, weakness};
use crate::Secret;

/// Postgres through the pooler.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// `DATABASE_URL`, through PgBouncer, without the `?schema=` suffix that Prisma-style URLs carry.
    pub url: Secret<String>,
    /// `DATABASE_MAX_CONNECTIONS`: connections of this process to the pooler.
    pub max_connections: u32,
}

impl DatabaseConfig {
    /// `DATABASE_URL`, `DATABASE_MAX_CONNECTIONS`.
    pub fn read(reader: &mut Reader) -> Self {
        Self {
            url: read_url(
                reader,
                "DATABASE_URL",
                "the connection string of PgBouncer, postgresql://user:password@host:6432/database",
            ),
            max_connections: reader.number_or("DATABASE_MAX_CONNECTIONS", 10, 2..=200),
        }
    }
}

/// Postgres directly, past the pooler: the migrator's.
#[derive(Debug, Clone)]
pub struct DirectConfig {
    /// `DIRECT_URL`, without the `?schema=` suffix.
    pub url: Secret<String>,
}

impl DirectConfig {
    /// `DIRECT_URL`.
    pub fn read(reader: &mut Reader) -> Self {
        Self {
            url: read_url(
                reader,
                "DIRECT_URL",
                "the connection string of PostgreSQL itself, postgresql://user:password@host:5432/database",
            ),
        }
    }
}

/// Why a Postgres URL is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PgUrlError {
    /// Not a URL at all.
    #[error("is not a URL")]
    Syntax,
    /// Another scheme than Postgres'.
    #[error("does not begin with postgresql:// or postgres://")]
    Scheme,
    /// No host.
    #[error("names no host")]
    Host,
    /// No database.
    #[error("names no database")]
    Database,
}

/// Checks a Postgres URL and strips `schema`, which libpq and sqlx do not know.
///
/// # Errors
/// What is wrong with it, without showing it: it holds a password.
pub fn pg_url(text: &str) -> Result<Url, PgUrlError> {
    let mut url = Url::parse(text).map_err(|_| PgUrlError::Syntax)?;
    if !matches!(url.scheme(), "postgresql" | "postgres") {
        return Err(PgUrlError::Scheme);
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(PgUrlError::Host);
    }
    if url.path().trim_matches('/').is_empty() {
        return Err(PgUrlError::Database);
    }
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != "schema")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if kept.is_empty() {
        url.set_query(None);
    } else {
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
    Ok(url)
}

fn read_url(reader: &mut Reader, name: &str, what: &str) -> Secret<String> {
    let before = reader.problems();
    let Some(text) = reader.secrets(name) else {
        if reader.problems() == before {
            reader.problem(name, format!("is not set; {what}"));
        }
        return Secret::new(String::new());
    };
    match pg_url(text.expose()) {
        Ok(url) => {
            judge_password(reader, name, &url);
            Secret::new(url.into())
        }
        Err(error) => {
            reader.problem(name, format!("{error}; expected {what}"));
            Secret::new(String::new())
        }
    }
}

/// A password may stand before the host or, as libpq takes it, among the parameters. None is fine: `trust`, or a certificate.
fn judge_password(reader: &mut Reader, name: &str, url: &Url) {
    let before_host = url
        .password()
        .map(|text| percent_encoding::percent_decode_str(text).decode_utf8_lossy());
    let parameter = url
        .query_pairs()
        .find_map(|(name, value)| (name == "password").then_some(value));
    for password in before_host.into_iter().chain(parameter) {
        reader.judge(name, "its password ", weakness(&password));
    }
}

/// Redis: carries events and counts requests; never the truth.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// `REDIS_HOST`.
    pub host: String,
    /// `REDIS_PORT`.
    pub port: u16,
    /// `REDIS_PASSWORD`.
    pub password: Option<Secret<String>>,
    /// `REDIS_TLS` and `REDIS_CA`: how the server's certificate is checked; none: the connection is not encrypted.
    pub tls: Option<native_tls::TlsConnector>,
    /// `REDIS_PREFIX`: stands before every key and channel, so that several platforms can share a server.
    pub prefix: String,
}

impl RedisConfig {
    /// `REDIS_HOST`, `REDIS_PORT`, `REDIS_PASSWORD`, `REDIS_TLS`, `REDIS_CA`, `REDIS_PREFIX`; in production the password is
    /// required.
    pub fn read(reader: &mut Reader, production: bool) -> Self {
        let host = reader.text_or("REDIS_HOST", "127.0.0.1");
        let port = reader.number_or("REDIS_PORT", 6379, 1..=u16::MAX);
        let password = if production {
            Some(reader.required_secret("REDIS_PASSWORD", "production Redis needs a password"))
        } else {
            reader.own_secret("REDIS_PASSWORD")
        };
        Self {
            host,
            port,
            password,
            tls: read_tls(reader),
            prefix: reader.text_or("REDIS_PREFIX", "bbx:"),
        }
    }
}

/// A connector where `REDIS_TLS` is `on`. With `REDIS_CA` it trusts that authority alone: one of those that the machine
/// trusts could sign for any name.
fn read_tls(reader: &mut Reader) -> Option<native_tls::TlsConnector> {
    let switch = reader.text_or("REDIS_TLS", "off");
    let authority = reader.secrets("REDIS_CA");
    match switch.trim() {
        "on" => {}
        "off" => {
            if authority.is_some() {
                reader.problem("REDIS_CA", "is set, and REDIS_TLS is off");
            }
            return None;
        }
        _ => {
            reader.problem("REDIS_TLS", format!("{switch:?} is neither on nor off"));
            return None;
        }
    }
    let mut builder = native_tls::TlsConnector::builder();
    if let Some(pem) = authority {
        match native_tls::Certificate::from_pem(pem.expose().as_bytes()) {
            Ok(certificate) => {
                builder
                    .disable_built_in_roots(true)
                    .add_root_certificate(certificate);
            }
            Err(error) => {
                reader.problem("REDIS_CA", format!("is not a certificate in PEM: {error}"));
            }
        }
    }
    match builder.build() {
        Ok(connector) => Some(connector),
        Err(error) => {
            reader.problem("REDIS_TLS", format!("cannot be set up: {error}"));
            None
        }
    }
}
