//! A Postgres to kill, freeze and restart.

use std::{fs, path::PathBuf};

use rustix::process::{Pid, Signal, kill_process};
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, raw_sql};
use url::Url;

use crate::services::{APP_PASSWORD, APP_ROLE};

use super::{
    ATTEMPTS,
    daemon::{Daemon, Home, command},
    free_port, random_password,
};

/// Durable against a killed process, not against a power cut.
const FAST: &[&str] = &["fsync=off"];

/// As in production. A log that tells the statements of a transaction apart once `log_statement` is turned on.
const DURABLE: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "jit=off",
    "max_connections=300",
    "log_line_prefix=txn=%v ",
];

/// A private Postgres with one empty database, `blockbotx`.
#[derive(Debug)]
pub struct OwnPostgres {
    settings: &'static [&'static str],
    home: Home,
    password: String,
    port: u16,
    daemon: Option<Daemon>,
}

impl OwnPostgres {
    /// A fresh cluster on a free port.
    pub async fn start() -> Self {
        Self::with(FAST).await
    }

    /// One whose commits are on the disk before they are answered, for measurements.
    pub async fn durable() -> Self {
        Self::with(DURABLE).await
    }

    async fn with(settings: &'static [&'static str]) -> Self {
        let mut own = Self {
            settings,
            home: Home::new("postgres"),
            password: random_password(),
            port: 0,
            daemon: None,
        };
        own.initialise();
        for _ in 0..ATTEMPTS {
            own.port = free_port();
            if own.launch().await {
                let role = format!("CREATE ROLE {APP_ROLE} LOGIN PASSWORD '{APP_PASSWORD}'");
                own.execute("postgres", &role).await;
                own.execute("postgres", "CREATE DATABASE blockbotx").await;
                return own;
            }
        }
        panic!("Postgres does not start:\n{}", own.home.log());
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn initialise(&self) {
        self.home.write("password", &self.password);
        let answer = command("initdb")
            .arg("-D")
            .arg(self.data())
            .args(["-U", "postgres", "--auth=scram-sha-256", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "--no-sync"])
            .arg(format!(
                "--pwfile={}",
                self.home.path().join("password").display()
            ))
            .output()
            .expect("run initdb");
        assert!(
            answer.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&answer.stderr)
        );
    }

    /// True when it answers; false when it ended instead, as when the port was taken.
    async fn launch(&mut self) -> bool {
        let mut start = command("postgres");
        start.arg("-D").arg(self.data());
        for setting in [
            "listen_addresses=127.0.0.1",
            &format!("port={}", self.port),
            "unix_socket_directories=",
            "timezone=UTC",
        ] {
            start.args(["-c", setting]);
        }
        for setting in self.settings {
            start.args(["-c", setting]);
        }
        let mut daemon = Daemon::spawn(&self.home, &mut start);
        while daemon.exited().is_none() {
            // Only ours knows the password.
            if PgConnection::connect(&self.direct_url("postgres"))
                .await
                .is_ok()
            {
                self.daemon = Some(daemon);
                return true;
            }
            tokio::task::yield_now().await;
        }
        false
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of `database`, as superuser.
    pub fn direct_url(&self, database: &str) -> String {
        format!(
            "postgresql://postgres:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    pub(crate) fn url(&self) -> Url {
        self.direct_url("postgres").parse().expect("a URL")
    }

    /// Runs any number of statements in `database`.
    ///
    /// # Panics
    /// When one fails.
    pub async fn execute(&self, database: &str, sql: &str) {
        let mut connection = PgConnection::connect(&self.direct_url(database))
            .await
            .expect("connect to the own Postgres");
        connection
            .execute(raw_sql(AssertSqlSafe(sql)))
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Brings the schema of `blockbotx` up.
    pub async fn migrate(&self) {
        crate::db::migrate(&self.direct_url("blockbotx")).await;
    }

    /// What it has written into its log.
    pub fn log(&self) -> String {
        self.home.log()
    }

    /// Everything in `database`, as `pg_dump` writes it.
    ///
    /// # Panics
    /// When it cannot be dumped.
    pub fn dump(&self, database: &str) -> String {
        let answer = command("pg_dump")
            .args(["-h", "127.0.0.1", "-U", "postgres", "-d", database, "-p"])
            .arg(self.port.to_string())
            .env("PGPASSWORD", &self.password)
            .output()
            .expect("run pg_dump");
        assert!(
            answer.status.success(),
            "pg_dump: {}",
            String::from_utf8_lossy(&answer.stderr)
        );
        String::from_utf8_lossy(&answer.stdout).into_owned()
    }

    /// Ends it in an orderly way, breaking its connections, and keeps port and data.
    pub async fn stop(&mut self) {
        self.end(Signal::INT).await;
    }

    /// Ends it as a power cut would, and keeps port and data.
    pub async fn kill(&mut self) {
        self.end(Signal::QUIT).await;
    }

    async fn end(&mut self, signal: Signal) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.end(signal).await;
        }
    }

    /// Stops it if it runs, and starts it again at the same address with the same data.
    pub async fn restart(&mut self) {
        self.stop().await;
        assert!(
            self.launch().await,
            "Postgres does not start again:\n{}",
            self.home.log()
        );
    }

    /// Keeps every connection open and answers nothing.
    ///
    /// # Panics
    /// When it does not run.
    pub fn freeze(&self) {
        self.signal_all(Signal::STOP);
    }

    /// Goes on after [`OwnPostgres::freeze`].
    ///
    /// # Panics
    /// When it does not run.
    pub fn thaw(&self) {
        self.signal_all(Signal::CONT);
    }

    /// The postmaster first: it must not start further backends while the others are stopped.
    fn signal_all(&self, signal: Signal) {
        let daemon = self.daemon.as_ref().expect("Postgres runs");
        kill_process(daemon.pid(), signal).expect("signal Postgres");
        for child in children_of(daemon.id()) {
            kill_process(child, signal).ok(); // a backend may have ended
        }
    }
}

fn children_of(parent: u32) -> Vec<Pid> {
    let parent = parent.to_string();
    fs::read_dir("/proc")
        .expect("/proc")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit_once(") ")
                .and_then(|(_, fields)| fields.split(' ').nth(1))
                .is_some_and(|of| of == parent)
        })
        .filter_map(Pid::from_raw)
        .collect()
}
