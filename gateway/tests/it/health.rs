use std::time::Duration;

use ::events::control::{Ask, Revocation};
use chrono::Utc;

use http::StatusCode;
use platform::{SystemClock, redis::fred::interfaces::PubsubInterface};
use testkit::{DEADLINE, TestRedis, servers::OwnRedis, wait_until};
use tokio::time::timeout;

use crate::harness::{Bench, Relay, config, expect_events, user};

async fn health(bench: &Bench, query: &str) -> (StatusCode, serde_json::Value) {
    let answer = testkit::http::get(bench.address, &format!("/health{query}")).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    (answer.status, answer.json())
}

#[tokio::test]
async fn not_ready_before_revocations_are_known_and_after_redis_is_gone() {
    let mut redis = OwnRedis::start().await;
    let bench = Bench::start(&config(redis.config()), SystemClock::shared()).await;
    wait_until("the subscriptions work", || async {
        bench.state.feed.is_live()
    })
    .await;
    let (status, report) = health(&bench, "").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        report["checks"]["revocations"]["status"], "unavailable",
        "{report}"
    );
    assert_eq!(report["checks"]["redis"]["status"], "ok", "{report}");

    bench.ready().await;
    wait_until("health says yes", || async {
        health(&bench, "").await.0 == StatusCode::OK
    })
    .await;

    redis.stop().await;
    wait_until("health says no", || async {
        health(&bench, "").await.0 == StatusCode::SERVICE_UNAVAILABLE
    })
    .await;
    let (status, quick) = health(&bench, "?quick=true").await;
    assert_eq!(
        (status, quick["status"].as_str()),
        (StatusCode::OK, Some("ok"))
    );

    redis.restart().await;
    bench.ready().await;
    wait_until("health says yes again", || async {
        health(&bench, "").await.0 == StatusCode::OK
    })
    .await;
}

#[tokio::test]
async fn draining_is_not_ready() {
    let mut long = config(TestRedis::shared().await.config());
    long.http.drain = Duration::from_secs(20);
    let bench = Bench::start(&long, SystemClock::shared()).await;
    bench.ready().await;
    health(&bench, "").await;
    bench.stop.cancel();
    let (status, report) = health(&bench, "").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "at once: {report}");
    assert_eq!(report["checks"]["serving"]["detail"], "draining");
}

#[tokio::test]
async fn a_gateway_that_hears_no_revocations_is_not_ready_and_keeps_its_sockets() {
    let bench = Bench::with(|limits| limits.heartbeat_age = Duration::from_millis(1_500)).await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let (mut client, _) = bench.welcome(user, None).await;
    wait_until("health says no", || async {
        let (status, report) = health(&bench, "").await;
        status == StatusCode::SERVICE_UNAVAILABLE
            && report["checks"]["revocations"]["status"] == "unavailable"
    })
    .await;
    assert!(!bench.state.accepts());
    bench.publish(user, 2..=2).await;
    expect_events(&mut client, 2, 2).await;
    bench.ready().await;
}

#[tokio::test]
async fn a_gateway_asks_for_the_revocations_after_each_connection() {
    let mut redis = OwnRedis::start().await;
    let relay = Relay::new(&redis.config());
    let mut subscriber = relay.redis.subscriber();
    let mut messages = subscriber.messages();
    subscriber.next_connection().await;
    let asks = relay.names.ask();
    subscriber.client().subscribe(asks.clone()).await.unwrap();
    relay.up().await;
    let mut asked = async || {
        let heard = async {
            loop {
                let payload = messages.recv().await.unwrap().value.into_bytes().unwrap();
                if let Ok(Ask::Revocations) = serde_json::from_slice(&payload) {
                    return;
                }
            }
        };
        timeout(DEADLINE, heard).await.unwrap();
    };
    let bench = Bench::start(&config(redis.config()), SystemClock::shared()).await;
    asked().await;
    assert!(!bench.state.accepts());
    // No answer came, so it asks again.
    asked().await;
    relay.heartbeat(Vec::new()).await;
    wait_until("it serves", || async { bench.state.accepts() }).await;

    let user = user();
    relay.publish(user, 1..=1).await;
    let (mut client, _) = bench.welcome(user, None).await;
    redis.stop().await;
    redis.restart().await;
    subscriber.next_connection().await;
    subscriber.client().subscribe(asks).await.unwrap();
    asked().await;
    // What it had not heard is said in the answer.
    let ended = Revocation::User {
        user,
        until: Utc::now(),
    };
    relay.heartbeat(vec![ended]).await;
    let frame = client.closed().await.unwrap();
    assert_eq!(u16::from(frame.code), 4503);
}
