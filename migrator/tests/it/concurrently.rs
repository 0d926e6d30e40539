//! Migrations outside a transaction.

use crate::support::{Sandbox, count, texts};

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
