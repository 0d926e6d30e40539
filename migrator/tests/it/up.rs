//! `up`: from empty, again, in competition, killed, and on databases that are not what they should be.

use std::time::Duration;

use migrator::{MigrateError, Timings};
use testkit::{TestDb, wait_until};

use crate::support::{Sandbox, applied, binary, count, finished, has_table, texts, timings};

const TABLE_A: (&str, &str) = ("0001_a.expand.sql", "CREATE TABLE a (id int);");
const TABLE_B: (&str, &str) = ("0002_b.expand.sql", "CREATE TABLE b (id int);");
/// Runs until the test empties `gate`.
const SLOW: &str = "CREATE TABLE slow (id int);
SELECT count(pg_sleep(60)) FROM gate;
CREATE TABLE slower (id int);";

#[tokio::test]
async fn an_empty_database_gets_everything() {
    let db = TestDb::empty().await;
    let report = migrator::up(&db.direct_url(), migrator::Roles::default())
        .await
        .unwrap();
    assert_eq!(report.ran, applied(&db).await);
    assert_eq!(report.version, migrator::required_schema().unwrap());
    assert!(has_table(&db, "users").await);
}

#[tokio::test]
async fn the_binary_does_the_same_with_the_url_of_the_guide() {
    let db = TestDb::empty().await;
    let url = format!("{}?schema=public", db.direct_url());
    let (code, logs) = finished(binary(&url, &["up"]).run().await);
    assert_eq!(code, 0, "{logs}");
    assert!(has_table(&db, "users").await);
}

#[tokio::test]
async fn a_second_run_changes_nothing() {
    let sandbox = Sandbox::new(&[TABLE_A, TABLE_B]).await;
    assert_eq!(sandbox.up().await.unwrap().ran, ["0001_a", "0002_b"]);
    let rows = "SELECT schema_history::text FROM schema_history ORDER BY version";
    let before = texts(&sandbox.db, rows).await;
    let report = sandbox.up().await.unwrap();
    assert!(report.ran.is_empty());
    assert_eq!(report.version, Some(2));
    assert_eq!(texts(&sandbox.db, rows).await, before);
}

#[tokio::test]
async fn the_history_says_what_was_applied() {
    let sandbox = Sandbox::new(&[TABLE_A]).await;
    sandbox.up().await.unwrap();
    let row = "SELECT concat_ws(' ', version, name, phase, sha256, app_sha, duration_ms >= 0, applied_at <= now()) \
               FROM schema_history";
    let seen = texts(&sandbox.db, row).await.remove(0);
    let parts: Vec<_> = seen.split(' ').collect();
    assert_eq!(parts[..3], ["1", "a", "expand"]);
    assert_eq!(
        parts[3],
        hex::encode(<sha2::Sha256 as sha2::Digest>::digest(TABLE_A.1))
    );
    assert_eq!(parts[4], platform::build::GIT_SHA);
    assert_eq!(parts[5..], ["t", "t"]);
}

#[tokio::test]
async fn two_at_once_both_succeed() {
    let sandbox = Sandbox::new(&[
        (
            "0001_slow.expand.sql",
            "SELECT pg_sleep(0.3); CREATE TABLE slow (id int);",
        ),
        TABLE_B,
        (
            "0003_index.expand.sql",
            "-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS b_idx ON b (id);",
        ),
    ])
    .await;
    let mut first = sandbox.binary(&["up"]).spawn();
    let mut second = sandbox.binary(&["up"]).spawn();
    assert!(first.exit().await.success(), "{}", first.logs());
    assert!(second.exit().await.success(), "{}", second.logs());
    assert_eq!(
        sandbox.applied().await,
        ["0001_slow", "0002_b", "0003_index"]
    );
}

#[tokio::test]
async fn killed_in_the_middle_leaves_nothing_and_the_next_run_succeeds() {
    let sandbox = Sandbox::new(&[TABLE_A, ("0002_slow.expand.sql", SLOW)]).await;
    sandbox.db.execute("CREATE TABLE gate AS SELECT 1").await;
    let mut process = sandbox.binary(&["up"]).spawn();
    sandbox.until_runs("pg_sleep").await;
    process.kill().await;
    assert_eq!(sandbox.applied().await, ["0001_a"]);
    assert!(!has_table(&sandbox.db, "slow").await);

    sandbox.db.execute("DELETE FROM gate").await;
    let (code, logs) = sandbox.run(&["up"]).await;
    assert_eq!(code, 0, "{logs}");
    assert_eq!(sandbox.applied().await, ["0001_a", "0002_slow"]);
    assert!(has_table(&sandbox.db, "slower").await);
}

#[tokio::test]
async fn a_killed_run_does_not_keep_its_locks_until_its_statement_ends() {
    let sandbox = Sandbox::new(&[("0001_slow.expand.sql", SLOW)]).await;
    sandbox.db.execute("CREATE TABLE gate AS SELECT 1").await;
    let mut process = sandbox.binary(&["up"]).spawn();
    sandbox.until_runs("pg_sleep").await;
    process.kill().await;
    wait_until("the server noticed", || async {
        let sessions = "SELECT count(*) FROM pg_stat_activity \
                        WHERE datname = current_database() AND application_name = 'migrator'";
        count(&sandbox.db, sessions).await == 0
    })
    .await;
}

#[tokio::test]
async fn terminated_rolls_back_and_says_so() {
    let sandbox = Sandbox::new(&[("0001_slow.expand.sql", SLOW)]).await;
    sandbox.db.execute("CREATE TABLE gate AS SELECT 1").await;
    let mut process = sandbox.binary(&["up"]).spawn();
    sandbox.until_runs("pg_sleep").await;
    assert_eq!(
        process.terminate().await.code(),
        Some(1),
        "{}",
        process.logs()
    );
    assert!(sandbox.applied().await.is_empty());
    assert!(!has_table(&sandbox.db, "slow").await);
}

#[tokio::test]
async fn a_failing_migration_is_rolled_back_and_those_before_it_stay() {
    let sandbox = Sandbox::new(&[
        TABLE_A,
        (
            "0002_bad.expand.sql",
            "CREATE TABLE b (id int);\nSELECT 1 / 0;",
        ),
    ])
    .await;
    let (code, logs) = sandbox.run(&["up"]).await;
    assert_eq!(code, 1);
    assert!(
        logs.contains("0002_bad") && logs.contains("division by zero"),
        "{logs}"
    );
    assert_eq!(sandbox.applied().await, ["0001_a"]);
    assert!(!has_table(&sandbox.db, "b").await);
}

#[tokio::test]
async fn statement_timeout_is_a_failure() {
    let sandbox = Sandbox::new(&[("0001_slow.expand.sql", "SELECT pg_sleep(60);")]).await;
    let timings = Timings {
        statement_timeout: Duration::from_millis(50),
        ..timings()
    };
    let error = sandbox.with(timings).up(false).await.unwrap_err();
    assert!(matches!(error, MigrateError::Failed { .. }), "{error}");
    assert_eq!(error.exit_code(), 1);
}

#[tokio::test]
async fn a_migration_may_set_its_own_timeouts() {
    let seen = "CREATE TABLE seen AS SELECT concat_ws(' ', current_setting('lock_timeout'), current_setting('statement_timeout')) AS limits;";
    let sandbox = Sandbox::new(&[
        (
            "0001_own.expand.sql",
            &format!("-- lock-timeout: 7s\n-- statement-timeout: 9min\n{seen}"),
        ),
        (
            "0002_usual.expand.sql",
            &seen.replace("TABLE seen", "TABLE usual"),
        ),
    ])
    .await;
    sandbox.up().await.unwrap();
    assert_eq!(
        texts(&sandbox.db, "SELECT limits FROM seen").await,
        ["7s 9min"]
    );
    assert_eq!(
        texts(&sandbox.db, "SELECT limits FROM usual").await,
        ["3s 1min"]
    );
}

#[tokio::test]
async fn an_edited_migration_stops_everything() {
    let sandbox = Sandbox::new(&[TABLE_A]).await;
    sandbox.up().await.unwrap();
    sandbox.write(TABLE_A.0, "CREATE TABLE a (id bigint);");
    sandbox.write(TABLE_B.0, TABLE_B.1);
    for command in [&["up"][..], &["check"], &["down", "--steps", "1", "--yes"]] {
        let (code, logs) = sandbox.run(command).await;
        assert_eq!(code, 4, "{command:?}: {logs}");
        assert!(logs.contains("0001_a"), "{logs}");
    }
    assert_eq!(sandbox.applied().await, ["0001_a"]);
}

#[tokio::test]
async fn renamed_and_rephased_count_as_edited_but_line_ends_do_not() {
    let sandbox = Sandbox::new(&[("0001_a.expand.sql", "CREATE TABLE a (\n id int);\n")]).await;
    sandbox.up().await.unwrap();
    sandbox.write(TABLE_A.0, "CREATE TABLE a (\r\n id int);\r\n");
    sandbox.up().await.unwrap();
    for other in ["0001_z.expand.sql", "0001_a.contract.sql"] {
        sandbox.remove("0001_a.expand.sql");
        sandbox.write(other, "CREATE TABLE a (\n id int);\n");
        assert_eq!(sandbox.up().await.unwrap_err().exit_code(), 4, "{other}");
        sandbox.remove(other);
        sandbox.write("0001_a.expand.sql", "CREATE TABLE a (\n id int);\n");
    }
}

#[tokio::test]
async fn a_database_ahead_is_left_alone() {
    let sandbox = Sandbox::new(&[TABLE_A, TABLE_B]).await;
    sandbox.up().await.unwrap();
    sandbox.remove(TABLE_B.0);
    // A release that is taken back starts with its own migrator: what was only added is no reason to keep it from that.
    for (command, expected) in [
        (&["up"][..], 0),
        (&["up", "--contract"], 5),
        (&["check"], 5),
        (&["down", "--steps", "1", "--yes"], 5),
    ] {
        let (code, logs) = sandbox.run(command).await;
        assert_eq!(code, expected, "{command:?}: {logs}");
        assert!(logs.contains("0002_b"), "{logs}");
    }
    assert_eq!(sandbox.applied().await, ["0001_a", "0002_b"]);
}

#[tokio::test]
async fn a_database_that_is_another_or_has_lost_something_is_refused() {
    let sandbox = Sandbox::new(&[TABLE_A, TABLE_B]).await;
    sandbox.up().await.unwrap();
    sandbox.remove(TABLE_B.0);
    sandbox.write("0003_c.expand.sql", "CREATE TABLE c (id int);");
    let (code, logs) = sandbox.run(&["up"]).await;
    assert_eq!(code, 5, "ahead and behind at once: {logs}");
    sandbox.remove("0003_c.expand.sql");

    sandbox
        .db
        .execute("UPDATE schema_history SET phase = 'contract' WHERE version = '0002'")
        .await;
    let (code, logs) = sandbox.run(&["up"]).await;
    assert_eq!(code, 5, "{logs}");
    assert!(logs.contains("0002_b"), "{logs}");
    assert_eq!(sandbox.applied().await, ["0001_a", "0002_b"]);
}

#[tokio::test]
async fn sea_orms_table_is_made_to_follow() {
    let sandbox = Sandbox::new(&[TABLE_A, TABLE_B]).await;
    sandbox.up().await.unwrap();
    sandbox
        .db
        .execute("DELETE FROM seaql_migrations; INSERT INTO seaql_migrations VALUES ('m20200101_other', 1)")
        .await;
    sandbox.up().await.unwrap();
    assert_eq!(sandbox.applied().await, ["0001_a", "0002_b"]);
}

#[tokio::test]
async fn a_number_that_comes_late_is_still_applied() {
    let sandbox = Sandbox::new(&[TABLE_B]).await;
    sandbox.up().await.unwrap();
    sandbox.write(TABLE_A.0, TABLE_A.1);
    assert_eq!(sandbox.run(&["check"]).await.0, 3);
    assert_eq!(sandbox.up().await.unwrap().ran, ["0001_a"]);
}
