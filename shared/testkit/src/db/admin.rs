//! What is done to databases from outside them.

use sea_orm::sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, Row, postgres::PgRow, raw_sql,
};

use crate::services::{Services, started_at};

/// Every test database begins so, then comes the process that made it: `<pid>_<start time>_<number>`.
pub(super) const PREFIX: &str = "bbx_test_";

pub(super) async fn connect(services: &Services) -> PgConnection {
    PgConnection::connect(services.direct("postgres").as_str())
        .await
        .expect("connect to the Postgres of BLOCKBOTX_TEST_PG")
}

pub(super) async fn run(connection: &mut PgConnection, sql: String) {
    connection
        .execute(raw_sql(AssertSqlSafe(sql.as_str())))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

pub(super) async fn names_like(connection: &mut PgConnection, pattern: &str) -> Vec<String> {
    let sql = format!("SELECT datname FROM pg_database WHERE datname LIKE '{pattern}'");
    let rows: Vec<PgRow> = connection
        .fetch_all(raw_sql(AssertSqlSafe(sql)))
        .await
        .expect("list databases");
    rows.iter().map(|row| row.get(0)).collect()
}

/// Drops the databases of test processes that were killed before they could.
pub(super) async fn sweep(services: &Services) {
    let mut connection = connect(services).await;
    for name in names_like(&mut connection, "bbx\\_test\\_%").await {
        if !is_owner_alive(&name) {
            drop_database(services, &name).await;
        }
    }
}

fn is_owner_alive(name: &str) -> bool {
    let mut parts = name.trim_start_matches(PREFIX).split('_');
    let pid = parts.next().and_then(|pid| pid.parse().ok());
    let started = parts.next().and_then(|started| started.parse().ok());
    pid.and_then(started_at) == started && started.is_some()
}

/// Ends what the pooler holds of the database, then drops it. Silent: another process may sweep at the same time.
pub(super) async fn drop_database(services: &Services, name: &str) {
    if let Ok(mut console) = PgConnection::connect(services.pooled("pgbouncer").as_str()).await {
        // Answers an error when nothing ever connected through the pooler.
        let kill = format!("KILL {name}");
        drop(console.execute(raw_sql(AssertSqlSafe(kill))).await);
    }
    if let Ok(mut connection) = PgConnection::connect(services.direct("postgres").as_str()).await {
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        drop(connection.execute(raw_sql(AssertSqlSafe(sql))).await);
    }
}
