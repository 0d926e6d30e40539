//! Which databases may be migrated, and waiting for them.

use migrator::MigrateError;
use testkit::{
    ChaosProxy, TestDb,
    process::Binary,
    servers::{OwnPgBouncer, free_port},
};

use crate::support::{Sandbox, binary, finished, target, timings};

#[tokio::test]
async fn nobody_there() {
    let url = format!("postgresql://u:p@127.0.0.1:{}/d", free_port());
    for command in ["up", "wait", "check", "status", "fresh"] {
        let (code, logs) = finished(binary(&url, &[command]).run().await);
        assert_eq!(code, 69, "{command}: {logs}");
        assert!(logs.contains("3 attempts"), "{logs}");
    }
}

#[tokio::test]
async fn somebody_there_who_says_nothing() {
    let db = TestDb::empty().await;
    let (proxy, url) = behind_a_proxy(&db).await;
    proxy.freeze().await;
    let timings = migrator::Timings {
        connect_attempts: 1,
        ..timings()
    };
    let error = target(&url).wait(&timings).await.unwrap_err();
    assert!(matches!(error, MigrateError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn waits_until_the_database_is_there() {
    let db = TestDb::empty().await;
    let (proxy, url) = behind_a_proxy(&db).await;
    proxy.cut().await;
    let mut process = Binary::migrator()
        .arg("wait")
        .arg("--connect-attempts")
        .arg("10000")
        .arg("--connect-interval-ms")
        .arg("10")
        .env("DIRECT_URL", &url)
        .spawn();
    process.logged("database not reachable").await;
    proxy.heal().await;
    assert!(process.exit().await.success(), "{}", process.logs());
}

async fn behind_a_proxy(db: &TestDb) -> (ChaosProxy, String) {
    let mut url: url::Url = db.direct_url().parse().unwrap();
    let proxy = ChaosProxy::to((url.host_str().unwrap(), url.port().unwrap())).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy.addr().port())).unwrap();
    (proxy, url.into())
}

#[tokio::test]
async fn a_pooler_is_recognised_whatever_its_port() {
    let db = TestDb::empty().await;
    for command in ["up", "wait", "check", "fresh"] {
        let (code, logs) = finished(binary(&db.pool_url(), &[command]).run().await);
        assert_eq!(code, 78, "{command}: {logs}");
    }
}

#[tokio::test]
async fn a_pooler_that_swallows_startup_options_is_recognised_too() {
    let db = TestDb::empty().await;
    let ignore = ("ignore_startup_parameters", "extra_float_digits,options");
    let pooler = OwnPgBouncer::start(&[ignore]).await;
    let error = target(&pooler.url(db.name()))
        .wait(&timings())
        .await
        .unwrap_err();
    assert!(matches!(error, MigrateError::Pooled(_)), "{error}");
}

#[tokio::test]
async fn pooled_urls_are_refused_before_anything_is_tried() {
    let db = TestDb::empty().await;
    let (code, logs) = finished(
        binary("postgresql://u:p@pgbouncer:6432/d", &["up"])
            .run()
            .await,
    );
    assert_eq!(code, 78, "{logs}");
    let same = binary(&db.direct_url(), &["up"])
        .env("DATABASE_URL", format!("{}?schema=public", db.direct_url()));
    let (code, logs) = finished(same.run().await);
    assert_eq!(code, 78, "{logs}");
    assert!(logs.contains("DATABASE_URL"), "{logs}");
}

#[tokio::test]
async fn beside_a_pooled_database_url_it_runs() {
    let sandbox = Sandbox::new(&[("0001_a.expand.sql", "CREATE TABLE a (id int);")]).await;
    let binary = sandbox
        .binary(&["up"])
        .env("DATABASE_URL", sandbox.db.pool_url());
    let (code, logs) = finished(binary.run().await);
    assert_eq!(code, 0, "{logs}");
}

#[tokio::test]
async fn what_waiting_does_not_cure_is_said_at_once() {
    let db = TestDb::empty().await;
    let mut url: url::Url = db.direct_url().parse().unwrap();
    url.set_password(Some("wrong")).unwrap();
    let (code, logs) = finished(binary(url.as_str(), &["up"]).run().await);
    assert_eq!(code, 2, "{logs}");
    let mut url: url::Url = db.direct_url().parse().unwrap();
    url.set_path("there_is_no_such_database");
    let (code, logs) = finished(binary(url.as_str(), &["up"]).run().await);
    assert_eq!(code, 2, "{logs}");
}
