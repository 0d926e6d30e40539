use std::net::SocketAddr;

use engine::{Engine, EngineConfig, EngineError};
use http::StatusCode;
use platform::{
    SystemClock,
    config::{Env, Reader, RedisConfig},
};
use serde_json::Value;
use store::{Db, leases::division, schema::REQUIRED};
use testkit::{
    TestDb, TestRedis, http as client,
    servers::{OwnPgBouncer, OwnRedis},
    wait_until,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

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
    let db = Db::connect(&test.database_config()).unwrap();
    assert_eq!(holders(&db).await, 0);

    test.execute("ALTER TABLE hidden RENAME TO schema_history")
        .await;
    engine.becomes(StatusCode::OK, "ok").await;
    wait_until("it holds all shards", || async { holders(&db).await == 64 }).await;

    engine.stop.cancel();
    engine.task.await.unwrap().unwrap();
    assert_eq!(holders(&db).await, 0);
}

#[tokio::test]
async fn it_refuses_a_pooler_that_mixes_statements_up() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let pooler = OwnPgBouncer::start(&[("max_prepared_statements", "0")]).await;
    let engine = start(config(pooler.url(test.name()), &redis.config())).await;
    let ended = engine.task.await.unwrap();
    assert!(matches!(ended, Err(EngineError::SelfTest(_))), "{ended:?}");
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

#[tokio::test]
async fn a_schema_that_newer_code_contracted_is_not_served() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    test.execute(&format!(
        "INSERT INTO schema_history (version, name, sha256, phase, app_sha, duration_ms)
         VALUES ({}, 'x', '', 'contract', '', 0)",
        REQUIRED + 1_000
    ))
    .await;
    let engine = start(config(test.pool_url(), &redis.config())).await;
    let body = engine
        .becomes(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        .await;
    assert_eq!(body["checks"]["draining"]["status"], "ok");
    engine.stop.cancel();
    engine.task.await.unwrap().unwrap();
}
