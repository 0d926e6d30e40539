//! A database for one test.

mod admin;
mod template;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use platform::{Secret, config::DatabaseConfig};
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, raw_sql};
use tokio::{runtime, sync::OnceCell};

pub(crate) use template::migrate;

use crate::{
    servers::{OwnPgBouncer, OwnPostgres},
    services::{APP_ROLE, Services, this_process},
};

static SWEPT: OnceCell<()> = OnceCell::const_new();
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A database of the test's own, dropped with it.
#[derive(Debug)]
pub struct TestDb {
    name: String,
    services: Services,
}

impl TestDb {
    /// A database with the newest schema, cloned from a template that is built once for each set of migrations.
    pub async fn new() -> Self {
        Self::migrated(Services::from_env()).await
    }

    /// The same on servers of the test's own.
    pub async fn on(postgres: &OwnPostgres, pgbouncer: &OwnPgBouncer) -> Self {
        Self::migrated(Services::at(postgres.url(), pgbouncer.port())).await
    }

    async fn migrated(services: Services) -> Self {
        let template = template::ready(&services).await;
        Self::create(services, &format!("TEMPLATE {template}")).await
    }

    /// A database without a schema.
    pub async fn empty() -> Self {
        let services = Services::from_env();
        // For its role.
        template::ready(&services).await;
        let db = Self::create(services, "").await;
        db.execute(&format!(
            "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP_ROLE}"
        ))
        .await;
        db
    }

    async fn create(services: Services, options: &str) -> Self {
        let mut admin = admin::connect(&services).await;
        SWEPT.get_or_init(|| admin::sweep(&services)).await;
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}{}_{number}", admin::PREFIX, this_process());
        admin::run(&mut admin, format!("CREATE DATABASE {name} {options}")).await;
        Self { name, services }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address through PgBouncer, as api and engine use it.
    pub fn pool_url(&self) -> String {
        self.services.pooled_as_app(&self.name).into()
    }

    /// Its address past PgBouncer, as the migrator uses it.
    pub fn direct_url(&self) -> String {
        self.services.direct(&self.name).into()
    }

    /// What a process reads from `DATABASE_URL`, with few connections.
    pub fn database_config(&self) -> DatabaseConfig {
        DatabaseConfig {
            url: Secret::new(self.pool_url()),
            max_connections: 4,
        }
    }

    /// A connection past PgBouncer.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.direct_url())
            .await
            .expect("connect to the test database")
    }

    /// Runs any number of statements past PgBouncer.
    pub async fn execute(&self, sql: &str) {
        self.connect()
            .await
            .execute(raw_sql(AssertSqlSafe(sql)))
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

impl Drop for TestDb {
    /// In a thread with a runtime of its own, because the test's may be gone or panicking; waited for.
    fn drop(&mut self) {
        let name = self.name.clone();
        let services = self.services.clone();
        let cleaner = thread::spawn(move || {
            if let Ok(runtime) = runtime::Builder::new_current_thread().enable_all().build() {
                runtime.block_on(admin::drop_database(&services, &name));
            }
        });
        // What it could not drop, the next test process sweeps away.
        drop(cleaner.join());
    }
}
