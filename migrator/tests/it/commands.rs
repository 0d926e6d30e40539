//! The command line and its configuration.

use std::fs;

use testkit::{TestDb, process::Binary};

use crate::support::{Sandbox, binary, finished, has_table};

#[tokio::test]
async fn every_problem_of_the_configuration_is_named_together() {
    for command in [&["up"][..], &["status"], &["config", "check"]] {
        let binary = command
            .iter()
            .fold(Binary::migrator(), |binary, one| binary.arg(*one));
        let binary = binary.env("APP_ENV", "prod").env("SENTRY_DSN", "nowhere");
        let (code, logs) = finished(binary.run().await);
        assert_eq!(code, 2, "{command:?}: {logs}");
        for name in ["DIRECT_URL", "APP_ENV", "SENTRY_DSN"] {
            assert!(logs.contains(name), "{name}: {logs}");
        }
    }
}

#[tokio::test]
async fn the_url_may_come_from_a_file() {
    let db = TestDb::empty().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), format!("{}\n", db.direct_url())).unwrap();
    let binary = Binary::migrator()
        .arg("up")
        .env("DIRECT_URL_FILE", file.path().to_str().unwrap());
    let (code, logs) = finished(binary.run().await);
    assert_eq!(code, 0, "{logs}");
    assert!(has_table(&db, "users").await);
}

#[tokio::test]
async fn config_check_prints_no_secret() {
    let db = TestDb::empty().await;
    let (code, logs) = finished(binary(&db.direct_url(), &["config", "check"]).run().await);
    assert_eq!(code, 0, "{logs}");
    assert!(logs.contains("DIRECT_URL=[redacted]\n"), "{logs}");
    assert!(!logs.contains("postgresql://"), "{logs}");
}

#[tokio::test]
async fn logs_hold_no_password() {
    let db = TestDb::empty().await;
    let url: url::Url = db.direct_url().parse().unwrap();
    let (_, logs) = finished(binary(url.as_str(), &["up"]).run().await);
    assert!(!logs.is_empty());
    assert!(!logs.contains(url.password().unwrap()), "{logs}");
}

#[tokio::test]
async fn fresh_starts_again_outside_production_only() {
    let sandbox = Sandbox::new(&[("0001_a.expand.sql", "CREATE TABLE a (id int);")]).await;
    sandbox.up().await.unwrap();
    sandbox
        .db
        .execute(
            "CREATE TYPE mood AS ENUM ('ok'); CREATE VIEW v AS SELECT 1; INSERT INTO a VALUES (1)",
        )
        .await;
    let refused = binary(&sandbox.db.direct_url(), &["fresh"]).env("APP_ENV", "production");
    let (code, logs) = finished(refused.run().await);
    assert_eq!(code, 2, "{logs}");
    assert!(has_table(&sandbox.db, "v").await);

    let (code, logs) = sandbox.run(&["fresh"]).await;
    assert_eq!(code, 0, "{logs}");
    assert!(!has_table(&sandbox.db, "v").await);
    assert_eq!(sandbox.applied().await, ["0001_a"]);
}

#[tokio::test]
async fn fresh_is_the_same_as_new() {
    let (one, other) = (TestDb::empty().await, TestDb::empty().await);
    for (db, command) in [(&one, "up"), (&other, "up"), (&other, "fresh")] {
        let (code, logs) = finished(binary(&db.direct_url(), &[command]).run().await);
        assert_eq!(code, 0, "{logs}");
    }
    let dump = |db: &TestDb| crate::support::dump(&db.direct_url());
    assert_eq!(dump(&one), dump(&other));
}

#[tokio::test]
async fn other_directories_are_refused_in_production() {
    let sandbox = Sandbox::new(&[("0001_a.expand.sql", "CREATE TABLE a (id int);")]).await;
    let binary = sandbox.binary(&["up"]).env("APP_ENV", "production");
    let (code, logs) = finished(binary.run().await);
    assert_eq!(code, 2, "{logs}");
    assert!(!has_table(&sandbox.db, "a").await);
}

#[tokio::test]
async fn new_begins_the_next_number() {
    let dir = tempfile::tempdir().unwrap();
    let new = |arguments: &[&str]| {
        let binary = Binary::migrator()
            .arg("new")
            .arg("--dir")
            .arg(dir.path().to_str().unwrap());
        let binary = arguments
            .iter()
            .fold(binary, |binary, one| binary.arg(*one));
        async { finished(binary.run().await) }
    };
    assert_eq!(new(&["first"]).await.0, 0);
    let (code, logs) = new(&["second", "--contract"]).await;
    assert_eq!(code, 0, "{logs}");
    assert!(logs.contains("0002_second.contract.sql"), "{logs}");
    for name in ["Third", "a-b", "../x", ""] {
        assert_eq!(new(&[name]).await.0, 2, "{name:?}");
    }
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "0001_first.down.sql",
            "0001_first.expand.sql",
            "0002_second.contract.sql",
            "0002_second.down.sql"
        ]
    );
}

#[tokio::test]
async fn version_and_mistakes() {
    let (code, logs) = finished(Binary::migrator().arg("--version").run().await);
    assert_eq!(code, 0);
    assert_eq!(logs.trim(), platform::build::version_line("migrator"));
    assert_eq!(Binary::migrator().run().await.status.code(), Some(2));
    assert_eq!(
        Binary::migrator().arg("sideways").run().await.status.code(),
        Some(2)
    );
}
