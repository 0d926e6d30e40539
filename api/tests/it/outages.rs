//! What is left when something is away.

use std::time::{Duration, Instant};

use platform::{Secret, config::DatabaseConfig};
use testkit::{ChaosProxy, TestDb, TestRedis, servers::OwnRedis, wait_until};

use crate::bench::{Bench, problem};

/// An api whose way to Postgres goes through a proxy.
async fn behind_a_proxy() -> (Bench, ChaosProxy) {
    let db = TestDb::new().await;
    let direct = db.database_config();
    let mut url = url::Url::parse(direct.url.expose()).unwrap();
    let upstream = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let proxy = ChaosProxy::to(upstream).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy.addr().port())).unwrap();
    let database = DatabaseConfig {
        url: Secret::new(url.into()),
        ..direct
    };
    let bench = Bench::on(db, database, TestRedis::shared().await.config(), &[]).await;
    (bench, proxy)
}

#[tokio::test]
async fn without_postgres_it_says_so_quickly_and_recovers() {
    let (bench, proxy) = behind_a_proxy().await;
    let ann = bench.somebody("ann").await;
    proxy.cut().await;
    let started = Instant::now();
    let answer = bench.get("/api/v1/me").bearer(&ann.access).send().await;
    problem(&answer, 503, "database_unavailable");
    assert!(answer.header("retry-after").is_some());
    assert!(
        !answer.text().contains("127.0.0.1") && !answer.text().to_lowercase().contains("sql"),
        "{}",
        answer.text()
    );
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );

    assert_eq!(bench.get("/api/health?quick=true").send().await.status, 200);
    assert_eq!(bench.get("/api/config").send().await.status, 200);
    wait_until("health notices", || async {
        bench.get("/api/health").send().await.status == 503
    })
    .await;
    let report = bench.get("/api/health").send().await.json();
    assert_eq!(
        report["checks"]["postgres"]["status"], "unavailable",
        "{report}"
    );
    assert_eq!(report["checks"]["redis"]["status"], "ok", "{report}");

    proxy.heal().await;
    wait_until("it recovers", || async {
        bench
            .get("/api/v1/me")
            .bearer(&ann.access)
            .send()
            .await
            .status
            == 200
            && bench.get("/api/health").send().await.status == 200
    })
    .await;
}

#[tokio::test]
async fn without_redis_everything_is_served_without_delay() {
    let mut redis = OwnRedis::start().await;
    let db = TestDb::new().await;
    let database = db.database_config();
    let bench = Bench::on(db, database, redis.config(), &[]).await;
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    redis.stop().await;
    wait_until("health notices", || async {
        bench.get("/api/health").send().await.json()["status"] == "degraded"
    })
    .await;
    let answer = bench.get("/api/health").send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["checks"]["redis"]["status"], "degraded");
    let ann = bench.somebody("ann").await;
    let started = Instant::now();
    for _ in 0..20 {
        assert_eq!(
            bench
                .get("/api/v1/me")
                .bearer(&ann.access)
                .send()
                .await
                .status,
            200
        );
    }
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(
        bench
            .post("/api/v1/auth/logout")
            .bearer(&ann.access)
            .send()
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn a_redis_that_does_not_answer_holds_up_no_request() {
    let redis = OwnRedis::start().await;
    let db = TestDb::new().await;
    let database = db.database_config();
    let settings = [("RATE_LIMIT_TIMEOUT_MS", "100")];
    let bench = Bench::on(db, database, redis.config(), &settings).await;
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    redis.freeze();
    let started = Instant::now();
    for _ in 0..50 {
        assert_eq!(bench.get("/api/config").send().await.status, 200);
    }
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
    redis.thaw();
}

#[tokio::test]
async fn it_boots_without_either() {
    let db = TestDb::new().await;
    let nowhere = DatabaseConfig {
        url: Secret::from("postgresql://nobody:nothing@127.0.0.1:1/nowhere"),
        ..db.database_config()
    };
    let redis = platform::config::RedisConfig {
        port: 1,
        ..TestRedis::shared().await.config()
    };
    let bench = Bench::unready(db, nowhere, redis, &[]).await;
    assert_eq!(bench.get("/api/health?quick=true").send().await.status, 200);
    assert_eq!(bench.get("/api/health").send().await.status, 503);
    let body = serde_json::json!({ "email": "a@example.com", "password": "x" });
    problem(
        &bench.post("/api/v1/auth/login").json(&body).send().await,
        503,
        "database_unavailable",
    );
}

#[tokio::test]
async fn a_deadlock_is_worth_another_try() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench
        .db
        .execute(
            "CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN RAISE EXCEPTION USING ERRCODE = ''deadlock_detected''; END';
             CREATE TRIGGER collide BEFORE INSERT ON sessions EXECUTE FUNCTION collide()",
        )
        .await;
    let body = serde_json::json!({ "email": ann.email, "password": crate::bench::PASSWORD });
    let answer = bench.post("/api/v1/auth/login").json(&body).send().await;
    problem(&answer, 503, "database_unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
}
