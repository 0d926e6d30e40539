//! `down`.

use migrator::{MigrateError, Migrator, Set};
use testkit::TestDb;

use crate::support::{Sandbox, dump, embedded, has_table, target, timings};

#[tokio::test]
async fn every_step_of_this_release_leads_back_to_the_schema_before_it() {
    let db = TestDb::empty().await;
    let count = Set::embedded().unwrap().migrations().len();
    let mut dumps = Vec::new();
    for upto in 0..=count {
        let version = format!("{:04}", upto + 1);
        let files = embedded()
            .into_iter()
            .filter(|(name, _)| name[..4] < version[..]);
        let set = Set::from_files(files.collect()).unwrap();
        Migrator::new(set, target(&db.direct_url()), timings())
            .up(true)
            .await
            .unwrap();
        dumps.push(dump(&db.direct_url()));
    }
    let migrator = Migrator::new(
        Set::embedded().unwrap(),
        target(&db.direct_url()),
        timings(),
    );
    for before in dumps[..count].iter().rev() {
        migrator.down(1).await.unwrap();
        assert_eq!(&dump(&db.direct_url()), before);
    }
    migrator.up(true).await.unwrap();
    assert_eq!(dump(&db.direct_url()), dumps[count]);
}

#[tokio::test]
async fn a_failing_way_back_changes_nothing() {
    let sandbox = Sandbox::new(&[
        ("0001_a.expand.sql", "CREATE TABLE a (id int);"),
        ("0001_a.down.sql", "DROP TABLE a;\nSELECT 1 / 0;"),
    ])
    .await;
    sandbox.up().await.unwrap();
    let (code, logs) = sandbox.run(&["down", "--steps", "1", "--yes"]).await;
    assert_eq!(code, 1, "{logs}");
    assert_eq!(sandbox.applied().await, ["0001_a"]);
    assert!(has_table(&sandbox.db, "a").await);
}

#[tokio::test]
async fn without_a_way_back_there_is_none() {
    let sandbox = Sandbox::new(&[("0001_a.expand.sql", "CREATE TABLE a (id int);")]).await;
    sandbox.up().await.unwrap();
    let error = sandbox.migrator().down(1).await.unwrap_err();
    assert!(matches!(error, MigrateError::Usage(_)), "{error}");
    assert_eq!(sandbox.applied().await, ["0001_a"]);
}

#[tokio::test]
async fn more_steps_than_there_are_end_at_the_beginning() {
    let sandbox = Sandbox::new(&[
        ("0001_a.expand.sql", "CREATE TABLE a (id int);"),
        ("0001_a.down.sql", "DROP TABLE a;"),
    ])
    .await;
    sandbox.up().await.unwrap();
    let report = sandbox.migrator().down(9).await.unwrap();
    assert_eq!(
        (report.ran, report.version),
        (vec!["0001_a".to_owned()], None)
    );
    assert!(sandbox.migrator().down(1).await.unwrap().ran.is_empty());
}

#[tokio::test]
async fn it_wants_to_be_told_how_far_and_that_it_is_meant() {
    let sandbox = Sandbox::new(&[("0001_a.expand.sql", "CREATE TABLE a (id int);")]).await;
    for arguments in [
        &["down"][..],
        &["down", "--steps", "1"],
        &["down", "--yes"],
        &["down", "--steps", "0", "--yes"],
    ] {
        assert_eq!(sandbox.run(arguments).await.0, 2, "{arguments:?}");
    }
}
