//! What the api reads at boot.

use std::{net::IpAddr, path::PathBuf};

use chrono::Duration;
use engine::{EngineConfig, spec::FeedDir};
use exchange::venues::VenuesConfig;
use platform::config::{
    AppConfig, ConfigError, DatabaseConfig, Env, HttpConfig, NextAuthConfig, Reader, RedisConfig,
    SentryConfig, Service, StripeConfig, TokenConfig, VaultConfig, WebConfig,
};

use url::Url;

use store::switches::Registration;

use crate::{limits::LimitsConfig, mail::MailConfig};

/// The port of the REST API.
pub const DEFAULT_PORT: u16 = 3000;

/// `SESSION_MAX_AGE_DAYS`, unless set: how long a session lives, however often it is refreshed.
const MAX_AGE_DAYS: i64 = 30;

/// How long sessions live.
#[derive(Debug, Clone, Copy)]
pub struct SessionConfig {
    /// From the login to the end that no refresh puts off.
    pub max_age: Duration,
}

impl SessionConfig {
    /// `SESSION_MAX_AGE_DAYS`.
    pub fn read(reader: &mut Reader) -> Self {
        let days = reader.number_or("SESSION_MAX_AGE_DAYS", MAX_AGE_DAYS, 1..=3_650);
        Self {
            max_age: Duration::days(days),
        }
    }
}

/// `CONSOLE`: which pages browsers are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsoleConfig {
    /// The console of this build.
    Own,
    /// None: the operator has a frontend of their own.
    Off,
    /// A built console in this folder.
    Folder(PathBuf),
}

impl ConsoleConfig {
    fn read(reader: &mut Reader) -> Self {
        let text = reader.text_or("CONSOLE", "on");
        match text.as_str() {
            "on" => Self::Own,
            "off" => Self::Off,
            path if path.starts_with('/') => Self::Folder(path.into()),
            _ => {
                let message = format!("{text:?} is neither on, off nor an absolute path");
                reader.problem("CONSOLE", message);
                Self::Off
            }
        }
    }
}

/// Everything that `api serve` is configured with.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// Identity and logging.
    pub app: AppConfig,
    /// Where and how to listen.
    pub http: HttpConfig,
    /// Postgres.
    pub database: DatabaseConfig,
    /// Redis.
    pub redis: RedisConfig,
    /// The key of access tokens.
    pub token: TokenConfig,
    /// The key that seals exchange credentials.
    pub vault: VaultConfig,
    /// Sessions of an existing Next.js frontend.
    pub nextauth: NextAuthConfig,
    /// Payments.
    pub stripe: StripeConfig,
    /// Public addresses and allowed origins.
    pub web: WebConfig,
    /// Error reports.
    pub sentry: SentryConfig,
    /// Where mails go.
    pub mail: MailConfig,
    /// `REGISTRATION`: closed keeps everybody from making an account, whatever admins switch.
    pub registration: Registration,
    /// `CONSOLE`: which pages browsers are shown.
    pub console: ConsoleConfig,
    /// How long sessions live.
    pub sessions: SessionConfig,
    /// Request budgets.
    pub limits: LimitsConfig,
    /// `FEED_DIR`: where candle files of paper accounts and backtests are.
    pub feeds: FeedDir,
    /// Where the exchanges are.
    pub venues: VenuesConfig,
    /// `EGRESS_ADDRESSES`: from where requests reach the exchanges, for users who bind their keys to it.
    pub egress: Vec<IpAddr>,
}

/// What `api engine` would run with: its variables, with secrets left out.
///
/// # Errors
/// Every problem there is, at once.
pub fn check_engine(env: Env) -> Result<Effective, ConfigError> {
    let mut reader = Reader::new(env);
    read_engine(&mut reader);
    let effective = reader.effective().to_vec();
    reader.finish()?;
    Ok(effective)
}

/// The sections of `api engine`; problems stay with the reader.
pub fn read_engine(reader: &mut Reader) -> (AppConfig, SentryConfig, EngineConfig) {
    let app = AppConfig::read(reader, Service::Engine);
    let sentry = SentryConfig::read(reader);
    let engine = EngineConfig::read(reader, app.env.is_production());
    (app, sentry, engine)
}

fn read_registration(reader: &mut Reader) -> Registration {
    let text = reader.text_or("REGISTRATION", "open");
    match text.as_str() {
        "open" => Registration::Open,
        "closed" => Registration::Closed,
        _ => {
            reader.problem(
                "REGISTRATION",
                format!("{text:?} is neither open nor closed"),
            );
            Registration::Closed
        }
    }
}

/// The addresses that requests of ours leave from, separated by commas.
fn read_egress(reader: &mut Reader) -> Vec<IpAddr> {
    let name = "EGRESS_ADDRESSES";
    let text = reader.text_or(name, "");
    let mut addresses = Vec::new();
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part.parse() {
            Ok(address) if addresses.contains(&address) => {}
            Ok(address) => addresses.push(address),
            Err(_) => reader.problem(name, format!("{part:?} is not an IP address")),
        }
    }
    addresses
}

/// The effective configuration with secrets left out, by variable.
pub type Effective = Vec<(String, String)>;

impl ApiConfig {
    /// Reads all sections.
    ///
    /// # Errors
    /// Every problem there is, at once.
    pub fn read(env: Env) -> Result<(Self, Effective), ConfigError> {
        let mut reader = Reader::new(env);
        let app = AppConfig::read(&mut reader, Service::Api);
        let production = app.env.is_production();
        let config = Self {
            http: HttpConfig::read(&mut reader, DEFAULT_PORT),
            database: DatabaseConfig::read(&mut reader),
            redis: RedisConfig::read(&mut reader, production),
            token: TokenConfig::read(&mut reader),
            vault: VaultConfig::read(&mut reader),
            nextauth: NextAuthConfig::read(&mut reader, app.env),
            stripe: StripeConfig::read(&mut reader),
            web: WebConfig::read(&mut reader),
            sentry: SentryConfig::read(&mut reader),
            mail: MailConfig::read(&mut reader),
            registration: read_registration(&mut reader),
            console: ConsoleConfig::read(&mut reader),
            sessions: SessionConfig::read(&mut reader),
            limits: LimitsConfig::read(&mut reader),
            feeds: FeedDir(reader.text("FEED_DIR").map(PathBuf::from)),
            venues: VenuesConfig::read(&mut reader),
            egress: read_egress(&mut reader),
            app,
        };
        if config.stripe.keys.is_some() && config.web.app_url.is_none() {
            let message =
                "is not set, and STRIPE_SECRET_KEY is; people come back there from Stripe";
            reader.problem("NEXT_PUBLIC_APP_URL", message);
        }
        let effective = reader.effective().to_vec();
        reader.finish()?;
        Ok((config, effective))
    }

    /// True where browsers reach us over TLS: in production, and wherever `NEXTAUTH_URL` says so.
    pub fn sends_secure_cookies(&self) -> bool {
        self.app.env.is_production() || self.web.is_over_tls
    }

    /// The DSN that browsers report to: ours, without the secret part that old ones carry.
    pub fn browser_dsn(&self) -> Option<String> {
        let mut dsn = Url::parse(self.sentry.dsn.as_ref()?.expose()).ok()?;
        dsn.set_password(None).ok()?;
        Some(dsn.into())
    }
}

#[cfg(test)]
mod tests {
    use platform::config::{Env, Reader};

    use super::{ConsoleConfig, read_egress};

    #[test]
    fn the_console_is_on_off_or_a_folder() {
        let read = |pairs: &[(&str, &str)]| {
            let mut reader = Reader::new(Env::from_pairs(pairs.iter().copied()));
            let read = ConsoleConfig::read(&mut reader);
            (read, reader.finish().err().map(|error| error.to_string()))
        };
        assert_eq!(read(&[]), (ConsoleConfig::Own, None));
        assert_eq!(read(&[("CONSOLE", "on")]), (ConsoleConfig::Own, None));
        assert_eq!(read(&[("CONSOLE", "off")]), (ConsoleConfig::Off, None));
        let folder = ConsoleConfig::Folder("/srv/console".into());
        assert_eq!(read(&[("CONSOLE", "/srv/console")]), (folder, None));
        for wrong in ["no", "OFF", "false", "dist", "./dist"] {
            let (_, problem) = read(&[("CONSOLE", wrong)]);
            let problem = problem.unwrap();
            assert!(
                problem.contains("CONSOLE") && problem.contains(wrong),
                "{problem}"
            );
        }
    }

    fn read(text: &str) -> (Vec<String>, Option<String>) {
        let mut reader = Reader::new(Env::from_pairs([("EGRESS_ADDRESSES", text)]));
        let found = read_egress(&mut reader);
        let problem = reader.finish().err().map(|error| error.to_string());
        (found.iter().map(ToString::to_string).collect(), problem)
    }

    #[test]
    fn addresses_are_read_once_each() {
        assert_eq!(read(""), (Vec::new(), None));
        let (found, problem) = read(" 203.0.113.7,2001:db8::1, 203.0.113.7 ,");
        assert_eq!(found, ["203.0.113.7", "2001:db8::1"]);
        assert_eq!(problem, None);
    }

    #[test]
    fn what_is_no_address_is_named() {
        for wrong in ["example.com", "203.0.113.0/24", "203.0.113.7 203.0.113.8"] {
            let (_, problem) = read(&format!("203.0.113.7,{wrong}"));
            let problem = problem.unwrap();
            assert!(
                problem.contains("EGRESS_ADDRESSES") && problem.contains(wrong),
                "{problem}"
            );
        }
    }
}
