use std::{net::SocketAddr, path::Path};

use engine::{Engine, EngineConfig, EngineError};
use http::{Method, Request, StatusCode};
use platform::{
    SystemClock,
    config::{Env, Reader, RedisConfig, Service},
    metrics::build,
};
use sea_orm::sqlx::{query, query_scalar};
use serde_json::{Value, json};
use store::{Db, leases::division, schema::REQUIRED};
use testkit::{
    TestDb, TestRedis, http as client,
    paper::PaperAccount,
    servers::{OwnPgBouncer, OwnRedis},
    wait_until,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    bench::{counted, series},
    log::Log,
    runner::stand::{Stand, dca, grid, synthetic},
};

fn config(database_url: String, redis: &RedisConfig) -> EngineConfig {
    let env = Env::from_pairs([
        ("HOSTNAME", "127.0.0.1".to_owned()),
        ("PORT", "0".to_owned()),
        ("DRAIN_MS", "0".to_owned()),
        ("ENCRYPTION_KEY", "0123456789abcdef".repeat(2)),
        ("DATABASE_URL", database_url),
        ("REDIS_HOST", redis.host.clone()),
        ("REDIS_PORT", redis.port.to_string()),
        ("REDIS_PREFIX", redis.prefix.clone()),
    ]);
    let mut reader = Reader::new(env);
    let config = EngineConfig::read(&mut reader, false);
    reader.finish().unwrap();
    config
}

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<Result<(), EngineError>>,
}

async fn start(config: EngineConfig) -> Running {
    let engine = Engine::bind(config, SystemClock::shared()).await.unwrap();
    let (address, stop) = (engine.address(), CancellationToken::new());
    let task = tokio::spawn(engine.run(stop.clone()));
    Running {
        address,
        stop,
        task,
    }
}

impl Running {
    async fn health(&self, query: &str) -> (StatusCode, Value) {
        let answer = client::get(self.address, &format!("/api/health{query}")).await;
        (answer.status, answer.json())
    }

    async fn becomes(&self, status: StatusCode, overall: &str) -> Value {
        let last = std::sync::Mutex::new(Value::Null);
        wait_until(&format!("health says {status} {overall}"), || async {
            let (found, body) = self.health("").await;
            let fits = found == status && body["status"] == overall;
            *last.lock().unwrap() = body;
            fits
        })
        .await;
        last.into_inner().unwrap()
    }
}

async fn holders(db: &Db) -> usize {
    let division = division(db.conn()).await.unwrap();
    division
        .shards
        .iter()
        .filter(|shard| shard.holder.is_some())
        .count()
}

#[tokio::test]
async fn it_waits_for_its_schema_works_and_hands_over() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    test.execute("ALTER TABLE schema_history RENAME TO hidden")
        .await;
    let engine = start(config(test.pool_url(), &redis.config())).await;
    assert_eq!(engine.health("?quick=true").await.0, StatusCode::OK);
    let (status, body) = engine.health("").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
    let checks = &body["checks"];
    assert_eq!(
        (&checks["postgres"]["status"], &checks["schema"]["status"]),
        (&json!("unavailable"), &json!("unavailable"))
    );
    let db = Db::connect(&test.database_config()).unwrap();
    assert_eq!(holders(&db).await, 0);

    test.execute("ALTER TABLE hidden RENAME TO schema_history")
        .await;
    engine.becomes(StatusCode::OK, "ok").await;
    wait_until("it holds all shards", || async { holders(&db).await == 64 }).await;
    let names: Vec<String> = query_scalar("SELECT name FROM engine_nodes")
        .fetch_all(&mut test.connect().await)
        .await
        .unwrap();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(names, [host.trim()]);

    engine.stop.cancel();
    engine.task.await.unwrap().unwrap();
    assert_eq!(holders(&db).await, 0);
}

#[tokio::test]
async fn it_refuses_a_pooler_that_mixes_statements_up() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let (log, _logged) = Log::here();
    let pooler = OwnPgBouncer::start(&[("max_prepared_statements", "0")]).await;
    let engine = start(config(pooler.url(test.name()), &redis.config())).await;
    let ended = engine.task.await.unwrap();
    assert!(matches!(ended, Err(EngineError::SelfTest(_))), "{ended:?}");
    assert_eq!(log.count("engine is up"), 0);
}

#[tokio::test]
async fn it_does_not_run_without_its_port() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let nowhere = "postgresql://nobody@127.0.0.1:1/nowhere".to_owned();
    let mut config = config(nowhere, &TestRedis::shared().await.config());
    config.http.port = taken.local_addr().unwrap().port();
    let ended = engine::run(config, CancellationToken::new()).await;
    assert!(
        matches!(ended, Err(EngineError::Listen { .. })),
        "{ended:?}"
    );
}

/// Long enough for everything that it does every few seconds. It runs on this test's thread, whose lines are read.
#[tokio::test]
async fn an_engine_that_lacks_nothing_hardly_warns() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let (log, _logged) = Log::here();
    let mut stand = Stand::new().await;
    let configs = [dca(), grid("50000", "70000", 20)];
    let spec = synthetic(&json!(600));
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    stand.start(Path::new(".")).await;
    // Twice a second.
    let renewals = || series(&page, "engine_renewals_total", r#",outcome="ok""#);
    let renewed = async |times: u64| {
        wait_until("it has renewed", || async {
            renewals().is_some_and(|count| count.parse::<u64>().unwrap() >= times)
        })
        .await;
    };
    // Before Redis is reached some of what is shown is lost, and said so.
    renewed(2).await;
    account.set_feed(&mut stand.db, "running").await;
    renewed(16).await;
    assert_eq!(log.count("engine is up"), 1);
    assert!(counted(&page, "relay_events_total") > 0);
    stand.stop().await;
    assert_eq!(log.count("handed all shards over"), 1);
    let reconnects = "the subscription to wakes does not answer: reconnecting";
    assert_eq!(log.count(reconnects), 0);
    // A machine that is busy may be late once in a while.
    let warnings = log.warnings();
    assert!(warnings.len() < 4, "{warnings:?}");
}

#[tokio::test]
async fn without_redis_it_is_degraded_and_without_postgres_unavailable() {
    let (test, mut redis) = (TestDb::new().await, OwnRedis::start().await);
    let mut pooler = OwnPgBouncer::start(&[]).await;
    let engine = start(config(pooler.url(test.name()), &redis.config())).await;
    engine.becomes(StatusCode::OK, "ok").await;
    redis.stop().await;
    let body = engine.becomes(StatusCode::OK, "degraded").await;
    assert_eq!(body["checks"]["redis"]["status"], "degraded");
    redis.restart().await;
    engine.becomes(StatusCode::OK, "ok").await;

    pooler.stop().await;
    engine
        .becomes(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        .await;
    assert_eq!(engine.health("?quick=true").await.0, StatusCode::OK);
    pooler.restart().await;
    engine.becomes(StatusCode::OK, "ok").await;
    engine.stop.cancel();
    engine.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn it_can_be_stopped_while_it_still_waits() {
    let redis = TestRedis::shared().await;
    let nowhere = "postgresql://u:p@127.0.0.1:1/none".to_owned();
    let engine = start(config(nowhere, &redis.config())).await;
    assert_eq!(engine.health("").await.0, StatusCode::SERVICE_UNAVAILABLE);
    engine.stop.cancel();
    engine.task.await.unwrap().unwrap();
}

/// Everything runs on this test's thread, whose metrics are read.
#[tokio::test]
async fn its_health_can_be_read_and_nothing_else() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let redis = TestRedis::shared().await;
    let nowhere = "postgresql://u:p@127.0.0.1:1/none".to_owned();
    let engine = start(config(nowhere, &redis.config())).await;
    for (method, path, status) in [
        (Method::GET, "/api/health", StatusCode::SERVICE_UNAVAILABLE),
        (Method::HEAD, "/api/health", StatusCode::SERVICE_UNAVAILABLE),
        (Method::HEAD, "/api/health?quick=true", StatusCode::OK),
        (Method::POST, "/api/health", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/api/other", StatusCode::NOT_FOUND),
    ] {
        let request = Request::builder().method(&method).uri(path).body("");
        let answer = client::send(engine.address, request.unwrap()).await;
        assert_eq!(answer.unwrap().status, status, "{method} {path}");
    }
    for labels in [
        r#",method="POST",route="/api/health",status="405""#,
        r#",method="GET",route="unmatched",status="404""#,
    ] {
        wait_until("the answer is counted", || async {
            series(&page, "http_requests_total", labels).as_deref() == Some("1")
        })
        .await;
    }
    engine.stop.cancel();
    engine.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_schema_that_newer_code_contracted_is_not_served() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    test.execute(&format!(
        "INSERT INTO schema_history (version, name, sha256, phase, app_sha, duration_ms)
         VALUES ({}, 'x', '', 'contract', '', 0)",
        REQUIRED + 1_000
    ))
    .await;
    let mut holder = test.connect().await;
    let engine = start(config(test.pool_url(), &redis.config())).await;
    // One question may wait twice, when it is prepared and when it is put: at the third time it was answered before.
    let watcher = tokio::sync::Mutex::new(test.connect().await);
    for _ in 0..3 {
        query("BEGIN").execute(&mut holder).await.unwrap();
        query("LOCK TABLE schema_history IN ACCESS EXCLUSIVE MODE")
            .execute(&mut holder)
            .await
            .unwrap();
        wait_until("it asks for the schema", || async {
            let waiting: i64 = query_scalar(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
            .fetch_one(&mut *watcher.lock().await)
            .await
            .unwrap();
            waiting > 0
        })
        .await;
        query("COMMIT").execute(&mut holder).await.unwrap();
    }
    let body = engine
        .becomes(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        .await;
    let said = |check: &str| body["checks"][check]["status"].clone();
    assert_eq!(said("draining"), "ok");
    assert_eq!(said("schema"), "unavailable");
    assert_eq!(said("postgres"), "unavailable", "it has not begun");
    let db = Db::connect(&test.database_config()).unwrap();
    assert!(division(db.conn()).await.unwrap().nodes.is_empty());

    // Nor is it once the engine is up.
    let newer = "UPDATE schema_history SET phase = 'expand' WHERE name = 'x'";
    test.execute(newer).await;
    engine.becomes(StatusCode::OK, "ok").await;
    test.execute(&newer.replace("expand", "contract")).await;
    let body = engine
        .becomes(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        .await;
    let said = |check: &str| body["checks"][check]["status"].clone();
    assert_eq!(
        (said("schema"), said("postgres")),
        (json!("unavailable"), json!("ok"))
    );
    engine.stop.cancel();
    engine.task.await.unwrap().unwrap();
}
