use api::serve::{Api, ServeError};
use platform::{Secret, SystemClock, config::DatabaseConfig};
use testkit::{ChaosProxy, TestDb, TestRedis, servers::OwnPgBouncer};
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, config, problem};

#[tokio::test]
async fn tells_how_every_part_is() {
    let bench = Bench::new().await;
    testkit::wait_until("all parts work", || async {
        bench.get("/api/health").send().await.json()["status"] == "ok"
    })
    .await;
    let answer = bench.get("/api/health").send().await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let report = answer.json();
    for part in ["postgres", "redis", "schema", "draining"] {
        assert_eq!(report["checks"][part]["status"], "ok", "{report}");
        assert!(report["checks"][part]["latency_ms"].is_u64(), "{report}");
    }
    assert_eq!(
        bench.get("/api/health?quick=true").send().await.json()["status"],
        "ok"
    );
    assert_eq!(bench.get("/api/health?quick=yes").send().await.status, 422);
}

#[tokio::test]
async fn an_empty_database_is_not_ready_and_no_crash() {
    let db = TestDb::empty().await;
    let database = db.database_config();
    let redis = TestRedis::shared().await.config();
    let bench = Bench::unready(db, database, redis, &[]).await;
    testkit::wait_until("the pooler is tested", || async {
        bench.get("/api/health").send().await.json()["checks"]["postgres"]["status"] == "ok"
    })
    .await;
    let answer = bench.get("/api/health").send().await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["checks"]["schema"]["status"], "unavailable");
    // Not a word is read from a schema that is too old.
    for path in ["/api/config", "/api/v1/me", "/api/v1/bots"] {
        let answer = bench.get(path).send().await;
        problem(&answer, 503, "database_unavailable");
        assert!(answer.header("retry-after").is_some());
    }
}

#[tokio::test]
async fn nothing_is_served_before_the_pooler_is_tested_and_on_a_bad_one_it_stops_at_once() {
    let db = TestDb::new().await;
    let pooler = OwnPgBouncer::start(&[("max_prepared_statements", "0")]).await;
    let proxy = ChaosProxy::to(("127.0.0.1", pooler.port())).await;
    proxy.freeze().await;
    let mut url = url::Url::parse(&pooler.url(db.name())).unwrap();
    url.set_port(Some(proxy.addr().port())).unwrap();
    let database = DatabaseConfig {
        url: Secret::new(url.into()),
        ..db.database_config()
    };
    let redis = TestRedis::shared().await.config();
    let settings = [("DRAIN_MS", "60000"), ("SHUTDOWN_DEADLINE_MS", "60000")];
    let config = config(&settings, database, redis);
    let api = Api::bind(config, SystemClock::shared(), CancellationToken::new())
        .await
        .unwrap();
    let address = api.address();
    let run = tokio::spawn(api.run());
    let served = testkit::http::get(address, "/api/config").await;
    problem(&served, 503, "database_unavailable");
    let health = testkit::http::get(address, "/api/health").await;
    assert_eq!(health.status, 503, "{}", health.text());
    let quick = testkit::http::get(address, "/api/health?quick=true").await;
    assert_eq!(quick.status, 200);

    proxy.heal().await;
    let ended = tokio::time::timeout(testkit::DEADLINE, run).await;
    let ended = ended.unwrap().unwrap();
    assert!(matches!(ended, Err(ServeError::SelfTest(_))), "{ended:?}");
}

#[tokio::test]
async fn draining_says_so() {
    let bench = Bench::with(&[("DRAIN_MS", "60000"), ("SHUTDOWN_DEADLINE_MS", "60000")]).await;
    // Found in good health just now, which is kept for a second.
    assert_eq!(bench.get("/api/health").send().await.status, 200);
    bench.stop.cancel();
    let answer = bench.get("/api/health").send().await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["checks"]["draining"]["status"], "unavailable");
    // What still comes is served.
    assert_eq!(bench.get("/api/config").send().await.status, 200);
}

#[tokio::test]
async fn it_stops_when_told() {
    let bench = Bench::new().await;
    assert_eq!(bench.get("/api/config").send().await.status, 200);
    let ended = tokio::time::timeout(testkit::DEADLINE, bench.end()).await;
    assert!(ended.is_ok());
}
