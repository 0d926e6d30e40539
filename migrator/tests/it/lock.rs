//! One migrator at a time.

use std::time::Duration;

use migrator::{MigrateError, Timings, lock::LOCK_KEY};
use sea_orm::sqlx::{self, Connection, PgConnection};

use crate::support::{Sandbox, timings};

const FILES: &[(&str, &str)] = &[("0001_a.expand.sql", "CREATE TABLE a (id int);")];

async fn held(sandbox: &Sandbox) -> PgConnection {
    let mut connection = sandbox.db.connect().await;
    let query = sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK_KEY);
    query.execute(&mut connection).await.unwrap();
    connection
}

#[tokio::test]
async fn gives_up_when_the_lock_stays_held() {
    let sandbox = Sandbox::new(FILES).await;
    let _held = held(&sandbox).await;
    let (code, logs) = sandbox.run(&["up", "--lock-wait-ms", "200"]).await;
    assert_eq!(code, 6, "{logs}");
    let timings = Timings {
        lock_wait: Duration::from_millis(100),
        ..timings()
    };
    let error = sandbox.with(timings).down(1).await.unwrap_err();
    assert!(matches!(error, MigrateError::Locked { .. }), "{error}");
}

#[tokio::test]
async fn goes_on_when_the_lock_is_released() {
    let sandbox = Sandbox::new(FILES).await;
    let held = held(&sandbox).await;
    let migrator = sandbox.migrator();
    let run = tokio::spawn(async move { migrator.up(false).await });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                 AND query LIKE 'SELECT pg_try_advisory_lock%'";
    testkit::wait_until("it polls", || async {
        crate::support::count(&sandbox.db, waits).await > 0
    })
    .await;
    held.close().await.unwrap();
    assert_eq!(run.await.unwrap().unwrap().ran, ["0001_a"]);
}

#[tokio::test]
async fn looking_needs_no_lock() {
    let sandbox = Sandbox::new(FILES).await;
    let _held = held(&sandbox).await;
    assert_eq!(sandbox.run(&["check"]).await.0, 3);
    assert_eq!(sandbox.run(&["status"]).await.0, 0);
    assert_eq!(sandbox.run(&["wait"]).await.0, 0);
}

#[tokio::test]
async fn stops_before_the_next_migration_when_the_lock_is_lost() {
    let sandbox = Sandbox::new(&[
        ("0001_cut.expand.sql", "SELECT admin.cut();"),
        ("0002_b.expand.sql", "CREATE TABLE b (id int);"),
    ])
    .await;
    // Migrations are no superuser's: what ends the session with the lock is a function of one's.
    sandbox
        .db
        .execute(
            "CREATE SCHEMA admin;
             CREATE FUNCTION admin.cut() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$
                 SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) $$;
             GRANT USAGE ON SCHEMA admin TO PUBLIC",
        )
        .await;
    let error = sandbox.up().await.unwrap_err();
    assert!(matches!(error, MigrateError::LockLost(_)), "{error}");
    assert_eq!(sandbox.applied().await, ["0001_cut"]);
    assert_eq!(sandbox.up().await.unwrap().ran, ["0002_b"]);
}
