//! Table locks: a migration waits little, and tries again.

use migrator::MigrateError;
use sea_orm::sqlx::{Connection, Executor, PgConnection};

use crate::support::Sandbox;

const FILES: &[(&str, &str)] = &[
    ("0001_a.expand.sql", "CREATE TABLE a (id int);"),
    (
        "0002_column.expand.sql",
        "ALTER TABLE a ADD COLUMN note text;",
    ),
];

/// Table `a` exists and is locked; the second migration is pending.
async fn blocked() -> (Sandbox, PgConnection) {
    let sandbox = Sandbox::new(&FILES[..1]).await;
    sandbox.up().await.unwrap();
    sandbox.write(FILES[1].0, FILES[1].1);
    let mut connection = sandbox.db.connect().await;
    connection.execute("BEGIN; LOCK TABLE a").await.unwrap();
    (sandbox, connection)
}

#[tokio::test]
async fn gives_up_after_its_retries() {
    let (sandbox, blocker) = blocked().await;
    let (code, logs) = sandbox
        .run(&["up", "--lock-timeout-ms", "50", "--lock-retries", "2"])
        .await;
    assert_eq!(code, 7, "{logs}");
    assert!(
        logs.contains("0002_column") && logs.contains("3 attempts"),
        "{logs}"
    );
    assert_eq!(sandbox.applied().await, ["0001_a"]);

    blocker.close().await.unwrap();
    assert_eq!(sandbox.up().await.unwrap().ran, ["0002_column"]);
}

#[tokio::test]
async fn a_retry_succeeds_once_the_table_is_free() {
    let (sandbox, blocker) = blocked().await;
    let timings = migrator::Timings {
        lock_timeout: std::time::Duration::from_millis(50),
        lock_retries: 1_000,
        ..crate::support::timings()
    };
    let migrator = sandbox.with(timings);
    let run = tokio::spawn(async move { migrator.up(false).await });
    sandbox.until_runs("ALTER TABLE").await;
    blocker.close().await.unwrap();
    assert_eq!(run.await.unwrap().unwrap().ran, ["0002_column"]);
}

#[tokio::test]
async fn its_own_lock_timeout_counts() {
    let (sandbox, _blocker) = blocked().await;
    sandbox.write(
        FILES[1].0,
        &format!("-- lock-timeout: 20ms\n{}", FILES[1].1),
    );
    let timings = migrator::Timings {
        lock_timeout: std::time::Duration::from_mins(10),
        lock_retries: 0,
        ..crate::support::timings()
    };
    let error = sandbox.with(timings).up(false).await.unwrap_err();
    assert!(
        matches!(error, MigrateError::LockTimeout { attempts: 1, .. }),
        "{error}"
    );
}
