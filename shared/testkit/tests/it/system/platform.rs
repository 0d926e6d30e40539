//! A platform of one's own: Postgres, PgBouncer, Redis, and any number of copies of our processes.

use std::net::{Ipv4Addr, SocketAddr};

use testkit::{
    APP_PASSWORD, APP_ROLE,
    http::{Response, get},
    process::{Binary, Process},
    servers::{OwnPgBouncer, OwnPostgres, OwnRedis, free_port},
    wait_until,
};

/// The key under which it seals.
pub(super) const KEY: &str = "0123456789abcdef0123456789abcdef";

/// One copy of one of our processes.
pub(super) struct Copy {
    pub(super) process: Process,
    pub(super) address: SocketAddr,
    health: &'static str,
}

impl Copy {
    pub(super) async fn health(&self) -> Option<Response> {
        let listens = tokio::net::TcpStream::connect(self.address).await.is_ok();
        if !listens {
            return None;
        }
        Some(get(self.address, self.health).await)
    }

    /// Waits until its health is `status` with the HTTP status that belongs to it.
    pub(super) async fn becomes(&self, status: &str) {
        wait_until(&format!("health is {status}"), || async {
            let Some(answer) = self.health().await else {
                return false;
            };
            let expected = if status == "unavailable" { 503 } else { 200 };
            answer.json()["status"] == status && answer.status == expected
        })
        .await;
    }
}

pub(super) struct Platform {
    pub(super) postgres: OwnPostgres,
    pub(super) pgbouncer: OwnPgBouncer,
    pub(super) redis: OwnRedis,
    /// Where candle files are.
    pub(super) feeds: tempfile::TempDir,
}

impl Platform {
    /// Servers with the schema that the migrator brings; none of our long-lived processes yet.
    pub(super) async fn start() -> Self {
        let postgres = OwnPostgres::start().await;
        let pgbouncer = OwnPgBouncer::before(&postgres, &[]).await;
        let redis = OwnRedis::start().await;
        let platform = Self {
            postgres,
            pgbouncer,
            redis,
            feeds: tempfile::tempdir().unwrap(),
        };
        let done = platform.migrator().arg("up").run().await;
        assert!(done.status.success(), "{}", done.logs);
        platform
    }

    pub(super) fn migrator(&self) -> Binary {
        Binary::migrator()
            .env("DIRECT_URL", self.postgres.direct_url("blockbotx"))
            .env("APP_DB_USER", APP_ROLE)
            .env("APP_DB_PASSWORD", APP_PASSWORD)
    }

    pub(super) async fn api(&self) -> Copy {
        let copy = self.copy(
            self.with_database(Binary::api().arg("serve")),
            "/api/health",
        );
        copy.becomes("ok").await;
        copy
    }

    pub(super) async fn engine(&self) -> Copy {
        let copy = self.copy(
            self.with_database(Binary::api().arg("engine")),
            "/api/health",
        );
        copy.becomes("ok").await;
        copy
    }

    /// An engine that lets a backtest have so much memory, in MiB.
    pub(super) async fn engine_with_job_memory(&self, mib: u32) -> Copy {
        let settings = [("JOB_MEMORY_MB", mib.to_string())];
        let settings = settings
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let copy = self.unhealthy(&["engine"], &settings);
        copy.becomes("ok").await;
        copy
    }

    /// A gateway; an engine must run, for it is not ready before it has heard one.
    pub(super) async fn gateway(&self) -> Copy {
        let copy = self.copy(Binary::gateway(), "/health");
        copy.becomes("ok").await;
        copy
    }

    /// A command of the api binary on this platform, under its key.
    pub(super) fn command(&self, arguments: &[&str]) -> Binary {
        let binary = Binary::api().env("DATABASE_URL", self.pgbouncer.url("blockbotx"));
        let binary = binary.env("ENCRYPTION_KEY", KEY);
        arguments
            .iter()
            .fold(binary, |binary, argument| binary.arg(*argument))
    }

    /// One of our processes that may not become healthy, with settings of its own.
    pub(super) fn unhealthy(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Copy {
        let binary = arguments
            .iter()
            .fold(Binary::api(), |binary, argument| binary.arg(*argument));
        let binary = self.with_database(binary);
        let binary = settings
            .iter()
            .fold(binary, |binary, (name, value)| binary.env(*name, *value));
        self.copy(binary, "/api/health")
    }

    fn with_database(&self, binary: Binary) -> Binary {
        binary
            .env("DATABASE_URL", self.pgbouncer.url("blockbotx"))
            .env("ENCRYPTION_KEY", KEY)
            .env("FEED_DIR", self.feeds.path().display().to_string())
            // One address plays all users here.
            .env("RATE_LIMIT_READ_PER_MINUTE", "1000000")
            .env("RATE_LIMIT_WRITE_PER_MINUTE", "1000000")
            .env("RATE_LIMIT_AUTH_PER_MINUTE", "1000000")
            .env("RATE_LIMIT_VENUE_PER_MINUTE", "1000000")
    }

    /// One of our processes with settings of its own, which win over those of the platform.
    pub(super) fn with_settings(&self, command: &str, settings: &[(&str, String)]) -> Copy {
        let binary = self.common(self.with_database(Binary::api().arg(command)));
        let binary = settings
            .iter()
            .fold(binary, |binary, (name, value)| binary.env(*name, value));
        Self::listening(binary, "/api/health")
    }

    fn copy(&self, binary: Binary, health: &'static str) -> Copy {
        Self::listening(self.common(binary), health)
    }

    fn common(&self, binary: Binary) -> Binary {
        let redis = self.redis.config();
        binary
            .env("APP_ENV", "test")
            .env("METRICS_PORT", "0")
            .env("REDIS_HOST", redis.host)
            .env("REDIS_PORT", redis.port.to_string())
            .env("REDIS_PREFIX", redis.prefix)
            .env("JWT_SECRET", "0123456789abcdef".repeat(4))
    }

    fn listening(binary: Binary, health: &'static str) -> Copy {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let process = binary
            .env("HOSTNAME", address.ip().to_string())
            .env("PORT", address.port().to_string())
            .spawn();
        Copy {
            process,
            address,
            health,
        }
    }
}
