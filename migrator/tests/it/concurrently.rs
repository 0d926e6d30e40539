//! Migrations outside a transaction.

use std::time::Duration;

use migrator::Timings;
use sea_orm::sqlx::{Connection, Executor, PgConnection};
use testkit::wait_until;

use crate::support::{Sandbox, count, texts, timings};

const TABLE: (&str, &str) = ("0001_a.expand.sql", "CREATE TABLE a (id int, note text);");
const INDEX: (&str, &str) = (
    "0002_index.expand.sql",
    "-- no-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a_id_key ON a (id);
COMMENT ON INDEX a_id_key IS 'semicolons; are no cut';
CREATE INDEX CONCURRENTLY IF NOT EXISTS \"a Note\" ON a (note);
",
);
const BACK: (&str, &str) = (
    "0002_index.down.sql",
    "-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS \"a Note\";\nDROP INDEX CONCURRENTLY IF EXISTS a_id_key;",
);
const INVALID: &str = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
const VALID: &str = "SELECT relname::text FROM pg_index JOIN pg_class ON oid = indexrelid \
                     WHERE indisvalid AND indrelid = 'a'::regclass ORDER BY 1";

#[tokio::test]
async fn builds_its_indexes_and_takes_them_back() {
    let sandbox = Sandbox::new(&[TABLE, INDEX, BACK]).await;
    sandbox.up().await.unwrap();
    assert_eq!(texts(&sandbox.db, VALID).await, ["a Note", "a_id_key"]);
    sandbox.migrator().down(1).await.unwrap();
    assert!(texts(&sandbox.db, VALID).await.is_empty());
    assert_eq!(sandbox.applied().await, ["0001_a"]);
}

#[tokio::test]
async fn an_invalid_index_of_a_failed_run_is_built_again() {
    let sandbox = Sandbox::new(&[TABLE]).await;
    sandbox.up().await.unwrap();
    sandbox.db.execute("INSERT INTO a VALUES (1), (1)").await;
    sandbox.write(INDEX.0, INDEX.1);
    let (code, logs) = sandbox.run(&["up"]).await;
    assert_eq!(code, 1, "{logs}");
    assert_eq!(
        count(&sandbox.db, INVALID).await,
        1,
        "Postgres leaves it behind"
    );
    assert_eq!(sandbox.applied().await, ["0001_a"]);

    sandbox.db.execute("TRUNCATE a").await;
    let (code, logs) = sandbox.run(&["up"]).await;
    assert_eq!(code, 0, "{logs}");
    assert_eq!(count(&sandbox.db, INVALID).await, 0);
    assert_eq!(texts(&sandbox.db, VALID).await, ["a Note", "a_id_key"]);
}

#[tokio::test]
async fn killed_while_it_builds_the_next_run_finishes() {
    let sandbox = Sandbox::new(&[TABLE]).await;
    sandbox.up().await.unwrap();
    // The build waits for every transaction that is older than it.
    let mut old = sandbox.db.connect().await;
    sea_orm::sqlx::Executor::execute(&mut old, "BEGIN; INSERT INTO a VALUES (1)")
        .await
        .unwrap();
    sandbox.write(INDEX.0, INDEX.1);
    let mut process = sandbox
        .binary(&["up", "--lock-timeout-ms", "60000"])
        .spawn();
    sandbox.until_runs("CREATE UNIQUE INDEX").await;
    process.kill().await;
    sea_orm::sqlx::Connection::close(old).await.unwrap();

    let (code, logs) = sandbox.run(&["up"]).await;
    assert_eq!(code, 0, "{logs}");
    assert_eq!(count(&sandbox.db, INVALID).await, 0);
    assert_eq!(texts(&sandbox.db, VALID).await, ["a Note", "a_id_key"]);
}

/// A transaction that is older than what the migrator is about to do, such as a backup's.
async fn long_transaction(sandbox: &Sandbox) -> PgConnection {
    let mut old = sandbox.db.connect().await;
    old.execute("BEGIN; INSERT INTO a VALUES (1)")
        .await
        .unwrap();
    old
}

/// Waits until a statement of the migrator has waited ten times as long as other statements may.
async fn has_waited_long(sandbox: &Sandbox, statement: &str) {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
         AND application_name = 'migrator' AND state = 'active' AND query LIKE '{statement}%'
         AND clock_timestamp() > query_start + interval '1 s'"
    );
    wait_until("the migrator has waited", || async {
        count(&sandbox.db, &sql).await == 1
    })
    .await;
}

fn short() -> Timings {
    Timings {
        lock_timeout: Duration::from_millis(100),
        statement_timeout: Duration::from_millis(100),
        lock_retries: 0,
        ..timings()
    }
}

#[tokio::test]
async fn a_build_beside_a_long_transaction_waits_for_it() {
    let sandbox = Sandbox::new(&[TABLE]).await;
    sandbox.up().await.unwrap();
    let old = long_transaction(&sandbox).await;
    sandbox.write(INDEX.0, INDEX.1);
    let migrator = sandbox.with(short());
    let (report, ()) = tokio::join!(migrator.up(false), async {
        has_waited_long(&sandbox, "CREATE UNIQUE INDEX CONCURRENTLY").await;
        old.close().await.unwrap();
    });
    assert_eq!(report.unwrap().ran, ["0002_index"]);
    assert_eq!(count(&sandbox.db, INVALID).await, 0);
    assert_eq!(texts(&sandbox.db, VALID).await, ["a Note", "a_id_key"]);
}

#[tokio::test]
async fn a_drop_beside_a_long_transaction_waits_for_it() {
    let sandbox = Sandbox::new(&[TABLE, INDEX, BACK]).await;
    sandbox.up().await.unwrap();
    let old = long_transaction(&sandbox).await;
    let migrator = sandbox.with(short());
    let (report, ()) = tokio::join!(migrator.down(1), async {
        has_waited_long(&sandbox, "DROP INDEX CONCURRENTLY").await;
        old.close().await.unwrap();
    });
    assert_eq!(report.unwrap().ran, ["0002_index"]);
    assert_eq!(count(&sandbox.db, INVALID).await, 0);
    assert!(texts(&sandbox.db, VALID).await.is_empty());
}

/// Whatever stops a build, the next attempt clears away what it left.
#[tokio::test]
async fn a_build_that_is_cut_off_is_cleared_away_and_tried_again() {
    let cut = [
        Timings {
            concurrent_lock_timeout: Duration::from_millis(100),
            ..timings()
        },
        Timings {
            concurrent_statement_timeout: Duration::from_millis(100),
            ..timings()
        },
    ];
    for timings in cut {
        let sandbox = Sandbox::new(&[TABLE]).await;
        sandbox.up().await.unwrap();
        let old = long_transaction(&sandbox).await;
        sandbox.write(INDEX.0, INDEX.1);
        let migrator = sandbox.with(Timings {
            lock_retries: 1_000,
            ..timings
        });
        let (report, ()) = tokio::join!(migrator.up(false), async {
            wait_until("an attempt has failed", || async {
                count(&sandbox.db, INVALID).await == 1
            })
            .await;
            // It is tried again, and clears away first.
            sandbox.until_runs("DROP INDEX CONCURRENTLY").await;
            old.close().await.unwrap();
        });
        assert_eq!(report.unwrap().ran, ["0002_index"]);
        assert_eq!(count(&sandbox.db, INVALID).await, 0);
        assert_eq!(texts(&sandbox.db, VALID).await, ["a Note", "a_id_key"]);
    }
}
