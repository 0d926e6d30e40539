use testkit::{TestDb, TestRedis};

use crate::bench::Bench;

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
    let bench = Bench::on(db, database, TestRedis::shared().await.config(), &[]).await;
    let answer = bench.get("/api/health").send().await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["checks"]["schema"]["status"], "unavailable");
    assert_eq!(answer.json()["checks"]["postgres"]["status"], "ok");
}

#[tokio::test]
async fn draining_says_so() {
    let bench = Bench::with(&[("DRAIN_MS", "60000"), ("SHUTDOWN_DEADLINE_MS", "60000")]).await;
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
