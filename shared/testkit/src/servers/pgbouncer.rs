//! A PgBouncer of the test's own, with settings of its own.

use rustix::process::Signal;
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, raw_sql};
use url::Url;

use super::{
    ATTEMPTS, OwnPostgres,
    daemon::{Daemon, Home, command},
    free_port, random_password,
};
use crate::services::{APP_PASSWORD, APP_ROLE, Services, tool};

/// A private pooler in transaction mode, with a pool of 4.
#[derive(Debug)]
pub struct OwnPgBouncer {
    home: Home,
    password: String,
    port: u16,
    daemon: Option<Daemon>,
    program: &'static str,
}

/// Debian's, from before prepared statements were tracked; `ops/dev` fetches it where there is one.
const OLD: &str = "pgbouncer-old";

impl OwnPgBouncer {
    /// In front of the tests' shared Postgres. `settings` add to ours or replace them, as
    /// `("max_prepared_statements", "0")` for a pooler that mixes answers up.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        Self::to(&Services::from_env().direct("postgres"), settings).await
    }

    /// In front of a Postgres of the test's own.
    pub async fn before(postgres: &OwnPostgres, settings: &[(&str, &str)]) -> Self {
        Self::to(&postgres.url(), settings).await
    }

    /// One that is too old to track prepared statements, in front of the tests' shared Postgres. None where the machine
    /// has no such version.
    pub async fn old(settings: &[(&str, &str)]) -> Option<Self> {
        if !tool(OLD).exists() {
            return None;
        }
        let upstream = Services::from_env().direct("postgres");
        Some(Self::launch_as(OLD, &upstream, settings).await)
    }

    async fn to(upstream: &Url, settings: &[(&str, &str)]) -> Self {
        Self::launch_as("pgbouncer", upstream, settings).await
    }

    async fn launch_as(program: &'static str, upstream: &Url, settings: &[(&str, &str)]) -> Self {
        let mut own = Self {
            program,
            home: Home::new("pgbouncer"),
            password: random_password(),
            port: 0,
            daemon: None,
        };
        for _ in 0..ATTEMPTS {
            own.port = free_port();
            own.configure(upstream, settings);
            if own.launch().await {
                return own;
            }
        }
        panic!("PgBouncer does not start:\n{}", own.home.log());
    }

    /// Clients log in as the services do, or with a password that only this pooler knows.
    fn configure(&self, upstream: &Url, settings: &[(&str, &str)]) {
        use std::fmt::Write;

        let users = self.home.path().join("users.txt");
        self.home.write(
            "users.txt",
            &format!(
                "\"postgres\" \"{}\"\n\"{APP_ROLE}\" \"{APP_PASSWORD}\"\n",
                self.password
            ),
        );
        let mut ini = format!(
            "[databases]\n* = host={} port={} user={APP_ROLE} password={APP_PASSWORD}\n\n[pgbouncer]\n",
            upstream.host_str().expect("the upstream's host"),
            upstream.port().unwrap_or(5432),
        );
        let port = self.port.to_string();
        let users = users.display().to_string();
        let ours = [
            ("listen_addr", "127.0.0.1"),
            ("listen_port", &port),
            ("unix_socket_dir", ""),
            ("auth_type", "scram-sha-256"),
            ("auth_file", &users),
            ("admin_users", "postgres"),
            ("pool_mode", "transaction"),
            ("default_pool_size", "4"),
            ("min_pool_size", "0"),
            ("max_client_conn", "500"),
            ("max_prepared_statements", "200"),
            ("ignore_startup_parameters", "extra_float_digits"),
        ];
        // The old one refuses a setting that it does not know.
        let known =
            |(name, _): &&(&str, &str)| self.program != OLD || *name != "max_prepared_statements";
        // The last of two equal names counts.
        for (name, value) in ours.iter().chain(settings).filter(known) {
            writeln!(ini, "{name} = {value}").expect("write to a string");
        }
        self.home.write("pgbouncer.ini", &ini);
    }

    /// True when it answers; false when it ended instead, as when the port was taken.
    async fn launch(&mut self) -> bool {
        let mut start = command(self.program);
        start.arg(self.home.path().join("pgbouncer.ini"));
        let mut daemon = Daemon::spawn(&self.home, &mut start);
        while daemon.exited().is_none() {
            if PgConnection::connect(&self.url("pgbouncer")).await.is_ok() {
                self.daemon = Some(daemon);
                return true;
            }
            tokio::task::yield_now().await;
        }
        false
    }

    /// The address of `database` through this pooler, which signs in at Postgres as the services do.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgresql://postgres:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs a command on the admin console, as `PAUSE` or `RECONNECT`.
    ///
    /// # Panics
    /// When the console refuses it.
    pub async fn console(&self, command: &str) {
        let mut connection = PgConnection::connect(&self.url("pgbouncer"))
            .await
            .expect("connect to the console");
        connection
            .execute(raw_sql(AssertSqlSafe(command)))
            .await
            .unwrap_or_else(|error| panic!("{command}: {error}"));
    }

    /// Ends it, keeping the port.
    pub async fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.end(Signal::KILL).await;
        }
    }

    /// Ends it and starts it at the same address.
    pub async fn restart(&mut self) {
        self.stop().await;
        assert!(
            self.launch().await,
            "PgBouncer does not start again:\n{}",
            self.home.log()
        );
    }
}
