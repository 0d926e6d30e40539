//! The connection pool.

use std::{fmt, str::FromStr, time::Duration};

use futures_util::future::try_join_all;
use platform::config::DatabaseConfig;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, SqlxPostgresConnector, TransactionTrait,
    sqlx::postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::StoreError;

/// An open transaction. Rolled back when dropped.
pub type Txn = sea_orm::DatabaseTransaction;

/// How long a caller waits for a connection, and a transaction for a server behind the pooler: short enough that a
/// request is answered with a 503 rather than left hanging.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// Postgres through PgBouncer in transaction mode. Cheap to clone.
///
/// Nothing here may use `SET`, `LISTEN`, session advisory locks, or temporary tables across transactions: the server
/// behind a connection changes with every transaction.
#[derive(Clone)]
pub struct Db {
    connection: DatabaseConnection,
    options: PgConnectOptions,
}

impl Db {
    /// Opens the pool without connecting: Postgres may be away while a process boots.
    ///
    /// # Errors
    /// [`StoreError::Other`] if the URL is malformed.
    pub fn connect(config: &DatabaseConfig) -> Result<Self, StoreError> {
        // The pool is made here rather than by sea-orm, whose connector records the URL, password included, in a
        // trace span. Statement caching stays at its default: the pooler tracks prepared statements.
        let options = PgConnectOptions::from_str(config.url.expose())?;
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // To the pooler a connection that idles costs next to nothing; to make one costs a request its time.
            .idle_timeout(None)
            .connect_lazy_with(options.clone());
        Ok(Self {
            connection: SqlxPostgresConnector::from_sqlx_postgres_pool(pool),
            options,
        })
    }

    /// Makes all connections that the pool may have, so that no request has to wait for one of its own.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if one cannot be made in time.
    pub async fn fill(&self) -> Result<(), StoreError> {
        let pool = self.connection.get_postgres_connection_pool();
        let connections = 0..pool.options().get_max_connections();
        try_join_all(connections.map(|_| pool.acquire())).await?;
        Ok(())
    }

    /// For statements outside a transaction.
    pub fn conn(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Begins a transaction. Dropping it without a commit rolls it back.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] after [`ACQUIRE_TIMEOUT`] at the latest: a pooler without a server to give lets
    /// `BEGIN` wait.
    pub async fn begin(&self) -> Result<Txn, StoreError> {
        tokio::time::timeout(ACQUIRE_TIMEOUT, self.connection.begin())
            .await
            .map_err(|_| StoreError::timed_out())?
            .map_err(StoreError::from)
    }

    /// Runs `work` in a transaction and commits it if it returns `Ok`; otherwise nothing of it happened.
    ///
    /// # Errors
    /// What `work` returns, or why the transaction could not begin or commit.
    pub async fn transaction<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&Txn) -> Result<T, E>,
        E: From<StoreError>,
    {
        let txn = self.begin().await?;
        let value = work(&txn).await?;
        txn.commit().await.map_err(StoreError::from)?;
        Ok(value)
    }

    /// Asks the server for an answer.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if none comes in time.
    pub async fn ping(&self) -> Result<(), StoreError> {
        // Not the driver's own ping: a bare Sync is answered by PgBouncer alone, even without a server behind it.
        tokio::time::timeout(
            ACQUIRE_TIMEOUT,
            self.connection.execute_unprepared("SELECT 1"),
        )
        .await
        .map_err(|_| StoreError::timed_out())??;
        Ok(())
    }

    /// Closes all connections, waiting for those in use.
    pub async fn close(&self) {
        self.connection.get_postgres_connection_pool().close().await;
    }

    /// Connections that are open and how many of them nobody uses.
    pub fn pool_size(&self) -> (u32, usize) {
        let pool = self.connection.get_postgres_connection_pool();
        (pool.size(), pool.num_idle())
    }

    pub(crate) fn options(&self) -> &PgConnectOptions {
        &self.options
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, idle) = self.pool_size();
        f.debug_struct("Db")
            .field("open", &open)
            .field("idle", &idle)
            .finish_non_exhaustive()
    }
}
