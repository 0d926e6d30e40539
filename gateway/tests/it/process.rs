use testkit::{TestRedis, process::Binary, servers::free_port, wait_until};

use crate::harness::{Relay, SECRET};

fn gateway() -> Binary {
    Binary::gateway().env("APP_ENV", "test")
}

#[tokio::test]
async fn all_problems_are_reported_at_once() {
    let finished = gateway()
        .arg("config")
        .arg("check")
        .env("REDIS_PORT", "none")
        .env("GATEWAY_CHANNELS", "0")
        .run()
        .await;
    assert_eq!(finished.status.code(), Some(2));
    for name in ["JWT_SECRET", "REDIS_PORT", "GATEWAY_CHANNELS"] {
        assert!(finished.logs.contains(name), "{}", finished.logs);
    }
    let finished = gateway()
        .arg("config")
        .arg("check")
        .env("JWT_SECRET", SECRET)
        .run()
        .await;
    assert!(finished.status.success(), "{}", finished.logs);
    assert!(!finished.logs.contains(SECRET), "{}", finished.logs);
    for line in [
        "GATEWAY_PING_INTERVAL_MS=25000",
        "HTTP_MAX_CONNECTIONS=20000",
    ] {
        assert!(finished.logs.contains(line), "{}", finished.logs);
    }
}

#[tokio::test]
async fn the_version_is_printed() {
    let finished = gateway().arg("--version").run().await;
    assert!(finished.status.success());
    assert!(finished.logs.starts_with("gateway "), "{}", finished.logs);
}

#[tokio::test]
async fn it_serves_answers_its_healthcheck_and_drains() {
    let redis = TestRedis::shared().await.config();
    let port = free_port().to_string();
    let mut process = gateway()
        .env("JWT_SECRET", SECRET)
        .env("HOSTNAME", "127.0.0.1")
        .env("PORT", &port)
        .env("METRICS_PORT", "0")
        .env("REDIS_HOST", &redis.host)
        .env("REDIS_PORT", redis.port.to_string())
        .env("REDIS_PREFIX", &redis.prefix)
        .env("DRAIN_MS", "50")
        .spawn();
    process.logged("listening").await;
    let check = || gateway().arg("healthcheck").env("PORT", &port).run();
    assert_eq!(check().await.status.code(), Some(1), "no heartbeat yet");
    let relay = Relay::new(&redis);
    wait_until("the healthcheck passes", || async {
        relay.heartbeat(Vec::new()).await;
        check().await.status.success()
    })
    .await;
    assert!(process.terminate().await.success(), "{}", process.logs());
    assert!(process.logs().contains("stopped"), "{}", process.logs());
}
