//! Contract steps wait until they are asked for.

use migrator::status::State;

use crate::support::Sandbox;

const FILES: &[(&str, &str)] = &[
    ("0001_a.expand.sql", "CREATE TABLE a (id int, old text);"),
    ("0002_old.contract.sql", "ALTER TABLE a DROP COLUMN old;"),
    ("0002_old.down.sql", "ALTER TABLE a ADD COLUMN old text;"),
    ("0003_b.expand.sql", "CREATE TABLE b (id int);"),
    ("0003_b.down.sql", "DROP TABLE b;"),
];

#[tokio::test]
async fn up_passes_them_over() {
    let sandbox = Sandbox::new(FILES).await;
    assert_eq!(sandbox.up().await.unwrap().ran, ["0001_a", "0003_b"]);
    assert_eq!(sandbox.run(&["check"]).await.0, 0);
    assert_eq!(sandbox.run(&["check", "--contract"]).await.0, 3);
    let status = sandbox.migrator().status().await.unwrap();
    assert_eq!(status.state, State::Current);
    assert_eq!(status.required, Some(3));
}

#[tokio::test]
async fn asked_for_they_run_and_go_back_in_the_order_in_which_they_came() {
    let sandbox = Sandbox::new(FILES).await;
    sandbox.up().await.unwrap();
    let (code, logs) = sandbox.run(&["up", "--contract"]).await;
    assert_eq!(code, 0, "{logs}");
    assert_eq!(sandbox.applied().await, ["0001_a", "0002_old", "0003_b"]);
    assert_eq!(sandbox.run(&["check", "--contract"]).await.0, 0);

    let report = sandbox.migrator().down(2).await.unwrap();
    assert_eq!(report.ran, ["0002_old", "0003_b"]);
    assert_eq!(sandbox.applied().await, ["0001_a"]);
}
