use std::time::Duration;

use ::events::subscriber::FeedConfig;
use serde_json::json;
use testkit::{servers::OwnRedis, wait_until};

use crate::harness::{Bench, expect_events, user};

fn quick(limits: &mut gateway::GatewayLimits) {
    limits.check_interval = Duration::from_millis(100);
    limits.ask_timeout = Duration::from_secs(20);
    limits.feed = FeedConfig {
        probe_every: Duration::from_millis(200),
        probe_timeout: Duration::from_millis(300),
        ..FeedConfig::default()
    };
}

#[tokio::test]
async fn a_flush_while_events_flow_loses_none() {
    let redis = OwnRedis::start().await;
    let bench = Bench::on(redis.config(), quick).await;
    let _relay = bench.answers_truly().await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let (mut client, _) = bench.welcome(user, None).await;
    let relay = bench.relay.clone();
    let publishing = tokio::spawn(async move {
        for n in 0..100 {
            relay.publish(user, 2 + n * 3..=4 + n * 3).await;
        }
    });
    for last in [50, 150, 250] {
        redis.flush().await;
        redis.command("SCRIPT FLUSH").await;
        let first = if last == 50 { 2 } else { last - 99 };
        expect_events(&mut client, first, last).await;
    }
    expect_events(&mut client, 251, 301).await;
    publishing.await.unwrap();
}

#[tokio::test]
async fn a_restart_while_events_flow_loses_none() {
    let mut redis = OwnRedis::start().await;
    let bench = Bench::on(redis.config(), quick).await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let (mut client, _) = bench.welcome(user, None).await;
    bench.publish(user, 2..=20).await;
    expect_events(&mut client, 2, 20).await;

    redis.stop().await;
    wait_until("the gateway notices", || async { !bench.state.accepts() }).await;
    redis.restart().await;
    bench.up().await;
    // Positions are suspect and the streams are gone: the relay says what there is.
    let _relay = bench.answers(25).await;
    expect_events(&mut client, 21, 25).await;
    bench.ready().await;
    bench.publish(user, 26..=60).await;
    expect_events(&mut client, 26, 60).await;
}

#[tokio::test]
async fn a_dead_subscription_is_told_from_a_quiet_one() {
    let redis = OwnRedis::start().await;
    let bench = Bench::on(redis.config(), quick).await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let (mut client, _) = bench.welcome(user, None).await;
    redis.command("CLIENT KILL TYPE pubsub").await;
    bench.publish(user, 2..=9).await;
    expect_events(&mut client, 2, 9).await;

    redis.freeze();
    wait_until("the gateway notices", || async {
        !bench.state.feed.is_live()
    })
    .await;
    redis.thaw();
    bench.ready().await;
    bench.publish(user, 10..=12).await;
    expect_events(&mut client, 10, 12).await;
}

#[tokio::test]
async fn an_unanswered_restart_is_an_honest_resync() {
    let mut redis = OwnRedis::start().await;
    let bench = Bench::on(redis.config(), |limits| {
        quick(limits);
        limits.ask_timeout = Duration::from_millis(50);
    })
    .await;
    let user = user();
    bench.publish(user, 1..=5).await;
    let (mut client, _) = bench.welcome(user, None).await;
    redis.restart().await;
    let resync = client.next_json().await;
    assert_eq!(
        resync,
        json!({"op": "resync", "epoch": "k3", "seq": 5, "why": "gap"})
    );
    let _relay = bench.answers(7).await;
    let resync = client.next_json().await;
    assert_eq!(
        resync,
        json!({"op": "resync", "epoch": "k3", "seq": 7, "why": "gap"})
    );
    bench.publish(user, 8..=8).await;
    expect_events(&mut client, 8, 8).await;
}
