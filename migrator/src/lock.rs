//! One migrator at a time, in each database.

use std::time::Instant;

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, Connection, PgConnection},
};

use crate::{MigrateError, Timings};

/// Key of the advisory lock: "blockbot" in ASCII.
pub const LOCK_KEY: i64 = 0x626c_6f63_6b62_6f74;

/// The lock, held by a session of its own until it is dropped.
///
/// It is polled, not waited for: a session blocked in `pg_advisory_lock` holds a snapshot, and `CREATE INDEX
/// CONCURRENTLY` of the lock's owner would wait for that snapshot while it waits for the owner.
#[derive(Debug)]
pub(crate) struct Lock(PgConnection);

impl Lock {
    pub(crate) async fn acquire(
        mut connection: PgConnection,
        timings: &Timings,
    ) -> Result<Self, MigrateError> {
        let start = Instant::now();
        loop {
            let query = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LOCK_KEY);
            let got = query.fetch_one(&mut connection).await.map_err(lost)?;
            if got {
                return Ok(Self(connection));
            }
            let waited = start.elapsed();
            if waited >= timings.lock_wait {
                return Err(MigrateError::Locked { waited });
            }
            tracing::info!(
                waited_ms = waited.as_millis(),
                "another migrator is at work"
            );
            tokio::time::sleep(timings.lock_poll).await;
        }
    }

    /// Makes sure that the session still lives, and with it the lock.
    pub(crate) async fn check(&mut self) -> Result<(), MigrateError> {
        self.0.ping().await.map_err(lost)
    }

    /// Lets go of it, so that the next migrator need not wait for the server to notice.
    pub(crate) async fn release(self) {
        if let Err(error) = self.0.close().await {
            tracing::debug!(%error, "closing the connection of the lock");
        }
    }
}

fn lost(error: sqlx::Error) -> MigrateError {
    MigrateError::LockLost(DbErr::Conn(RuntimeErr::SqlxError(error.into())))
}
