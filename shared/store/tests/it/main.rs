//! Repositories on a real Postgres, through a real PgBouncer.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod amounts;
mod backtests;
mod commit;
mod commit_leases;
mod db;
mod entities;
mod events;
mod leases;
mod login_failures;
mod mails;
mod orders;
mod owners;
mod retention;
mod revocations;
mod schema;
mod sealed;
mod selftest;
mod sessions;
mod settings;
mod signals;
mod subscriptions;
mod users;

use platform::{config::DatabaseConfig, ids::UserId};
use store::Db;
use testkit::TestDb;

/// A pool on `test`, wide enough for tests that hold several transactions.
fn pool(test: &TestDb) -> Db {
    Db::connect(&DatabaseConfig {
        max_connections: 12,
        ..test.database_config()
    })
    .unwrap()
}

/// A user who owns nothing but an empty stream.
async fn user(test: &TestDb) -> UserId {
    let id = UserId::new(chrono::Utc::now());
    test.execute(&format!(
        "INSERT INTO users (id, email, password_hash, shard) VALUES ('{id}', '{id}@example.com', 'x', {})",
        id.shard()
    ))
    .await;
    id
}

/// One number that a query answers.
async fn number(db: &Db, sql: &str) -> i64 {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};
    db.conn()
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .unwrap()
        .unwrap()
        .try_get_by_index(0)
        .unwrap()
}
