use std::time::Duration;

use ::events::channel::MarketChannel;
use platform::redis::fred::interfaces::{KeysInterface, PubsubInterface};
use serde_json::{Value, json};
use testkit::{wait_until, ws::Client};

use crate::harness::{Bench, user};

async fn listener(bench: &Bench, channels: &[&str]) -> Client {
    let user = user();
    bench.publish(user, 1..=1).await;
    let (mut client, _) = bench.welcome(user, None).await;
    client
        .send_json(&json!({"op": "subscribe", "id": 1, "channels": channels}))
        .await;
    assert_eq!(client.next_json().await, json!({"op": "ok", "id": 1}));
    client
}

async fn publish(bench: &Bench, channel: &str, data: &Value) -> u64 {
    let channel: MarketChannel = channel.parse().unwrap();
    let name = bench.names.market(&channel);
    let client = bench.redis.client().unwrap();
    client.publish(name, data.to_string()).await.unwrap()
}

#[tokio::test]
async fn a_subscription_starts_with_a_snapshot_and_goes_on_with_what_is_new() {
    let bench = Bench::new().await;
    let name = "ticker:binance:BTC-USDT";
    let channel: MarketChannel = name.parse().unwrap();
    bench
        .redis
        .client()
        .unwrap()
        .set::<(), _, _>(
            bench.names.latest(&channel),
            r#"{"n":0}"#,
            None,
            None,
            false,
        )
        .await
        .unwrap();
    let mut client = listener(&bench, &[name]).await;
    assert_eq!(
        client.next_json().await,
        json!({"op": "market", "channel": name, "data": {"n": 0}})
    );
    wait_until("the channel is subscribed", || async {
        publish(&bench, name, &json!({"n": 1})).await > 0
    })
    .await;
    assert_eq!(client.next_json().await["data"]["n"], 1);

    let mut second = listener(&bench, &[name]).await;
    assert_eq!(
        second.next_json().await["data"]["n"],
        1,
        "a snapshot of its own"
    );

    client
        .send_json(&json!({"op": "unsubscribe", "id": 2, "channels": [name]}))
        .await;
    assert_eq!(client.next_json().await["id"], 2);
    publish(&bench, name, &json!({"n": 2})).await;
    assert_eq!(second.next_json().await["data"]["n"], 2);
    drop(second);
    wait_until("nobody listens any more", || async {
        publish(&bench, name, &json!({"n": 3})).await == 0
    })
    .await;
}

#[tokio::test]
async fn values_are_conflated_and_never_go_back() {
    let bench = Bench::with(|limits| limits.market_tick = Duration::from_millis(20)).await;
    let name = "book:okx:ETH-USDT";
    let mut client = listener(&bench, &[name]).await;
    wait_until("the channel is subscribed", || async {
        publish(&bench, name, &json!({"n": 0})).await > 0
    })
    .await;
    for n in 1..=2_000 {
        publish(&bench, name, &json!({"n": n})).await;
    }
    let (mut last, mut messages) = (-1, 0);
    while last < 2_000 {
        let n = client.next_json().await["data"]["n"].as_i64().unwrap();
        assert!(n > last, "{n} after {last}");
        (last, messages) = (n, messages + 1);
    }
    assert!(messages < 1_000, "{messages}");
}

#[tokio::test]
async fn unknown_channels_and_too_many_are_refused() {
    let bench = Bench::with(|limits| limits.channels = 2).await;
    let mut client = listener(&bench, &["ticker:okx:A-USDT", "ticker:okx:B-USDT"]).await;
    client
        .send_json(&json!({"op": "subscribe", "id": 5, "channels": ["ticker:mtgox:BTC-USD"]}))
        .await;
    let error = client.next_json().await;
    assert_eq!(
        (&error["code"], &error["channel"]),
        (&json!("unknown_channel"), &json!("ticker:mtgox:BTC-USD"))
    );
    client
        .send_json(&json!({"op": "subscribe", "id": 6, "channels": ["ticker:okx:C-USDT"]}))
        .await;
    assert_eq!(client.next_json().await["code"], "too_many_channels");
}
