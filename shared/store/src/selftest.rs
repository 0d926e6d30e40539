//! Proof at boot that the pooler gives each client the rows of its own statements.
//!
//! The driver names its prepared statements by counting, so every connection has an `sqlx_s_1`. A pooler that does not
//! track them (PgBouncer before 1.21, or `max_prepared_statements = 0`) hands a server to one client after another,
//! and a client then executes whatever its predecessor prepared under that name: rows of another query, and mostly no
//! error. Fresh connections that all count from one, differing statements, and servers swapped between them make that
//! all but certain to show.

use std::time::Duration;

use futures_util::future::try_join_all;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, SqlxPostgresConnector, TransactionTrait,
    sqlx::postgres::PgPoolOptions,
};

use crate::{Db, StoreError, error::Cause, sql::statement};

/// Enough to hold several servers at once, and more than a small pool has.
const CONNECTIONS: u32 = 4;
const ROUNDS: i64 = 24;
const STATEMENTS: i64 = 5;
const TIME_LIMIT: Duration = Duration::from_secs(15);
const CLOSE_LIMIT: Duration = Duration::from_secs(1);

/// What the self-test found.
#[derive(Debug, thiserror::Error)]
pub enum SelfTestError {
    /// Proven: statements get the answers of others. Nothing may run on this database.
    #[error(
        "the connection pooler mixes up prepared statements ({found}), so queries would silently return rows of other \
         queries: use PgBouncer 1.21 or newer with max_prepared_statements = 200 (0 turns tracking off)"
    )]
    Mismatch {
        /// What gave it away.
        found: String,
    },
    /// The database could not be asked. Nothing is proven.
    #[error(transparent)]
    Unavailable(StoreError),
}

/// Interleaves differing prepared statements over several connections of its own and compares every answer.
///
/// # Errors
/// [`SelfTestError::Mismatch`] when the pooler is proven unfit, [`SelfTestError::Unavailable`] when it cannot be asked.
pub async fn run(db: &Db) -> Result<(), SelfTestError> {
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(crate::db::ACQUIRE_TIMEOUT)
        .connect_lazy_with(db.options().clone());
    let conn = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    let outcome = tokio::time::timeout(TIME_LIMIT, interleave(&conn))
        .await
        .unwrap_or_else(|_| Err(SelfTestError::Unavailable(StoreError::timed_out())));
    // A server that hangs must not hold up the verdict.
    let closed = tokio::time::timeout(CLOSE_LIMIT, conn.close()).await;
    tracing::debug!(in_time = closed.is_ok(), "self-test connections closed");
    outcome
}

async fn interleave(conn: &DatabaseConnection) -> Result<(), SelfTestError> {
    // Together, so that every transaction has a server of its own for as long as the pool allows, and each round
    // hands them out in another order.
    for round in 0..ROUNDS {
        try_join_all((0..i64::from(CONNECTIONS)).map(|client| one_client(conn, client, round)))
            .await?;
    }
    Ok(())
}

async fn one_client(
    conn: &DatabaseConnection,
    client: i64,
    round: i64,
) -> Result<(), SelfTestError> {
    // Texts differ between clients, and each client comes back to its own ones later.
    let which = (round + client) % STATEMENTS;
    if (round + client) % 2 == 0 {
        return ask(conn, client, which, round).await;
    }
    let txn = conn.begin().await.map_err(judge)?;
    ask(&txn, client, which, round).await?;
    ask(&txn, client, (which + 1) % STATEMENTS, round).await?;
    txn.commit().await.map_err(judge)
}

async fn ask(
    conn: &impl ConnectionTrait,
    client: i64,
    which: i64,
    round: i64,
) -> Result<(), SelfTestError> {
    let marker = client * 1_000 + which;
    let sql = format!("SELECT {marker}::bigint, $1::bigint");
    let row = conn
        .query_one_raw(statement(&sql, [round.into()]))
        .await
        .map_err(judge)?
        .ok_or_else(|| mismatch("a statement that returns one row returned none"))?;
    if row.try_get_many_by_index() == Ok((marker, round)) {
        return Ok(());
    }
    Err(mismatch("a statement returned the row of another one"))
}

fn judge(error: DbErr) -> SelfTestError {
    match StoreError::from(error) {
        unavailable @ StoreError::Unavailable(_) => SelfTestError::Unavailable(unavailable),
        // Our statements are correct and touch no table: any refusal means that the server executed something else.
        StoreError::Other(cause) if cause.sqlstate().is_some() => mismatch(&refusal(&cause)),
        other => SelfTestError::Unavailable(other),
    }
}

fn refusal(cause: &Cause) -> String {
    format!(
        "a statement was refused with SQLSTATE {}",
        cause.sqlstate().unwrap_or_default()
    )
}

fn mismatch(found: &str) -> SelfTestError {
    SelfTestError::Mismatch {
        found: found.to_owned(),
    }
}
