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

/// Past the publisher, to hear how many listen; ranked by `n`.
async fn publish(bench: &Bench, channel: &str, data: &Value) -> u64 {
    let channel: MarketChannel = channel.parse().unwrap();
    let name = bench.names.market(&channel);
    let client = bench.redis.client().unwrap();
    let payload = format!("{}\n{data}", data["n"]);
    client.publish(name, payload).await.unwrap()
}

async fn keep(bench: &Bench, channel: &str, rank: i64) -> bool {
    let channel: MarketChannel = channel.parse().unwrap();
    let data = json!({"n": rank});
    bench.publisher.market(&channel, rank, &data).await.unwrap()
}

#[tokio::test]
async fn a_subscription_starts_with_a_snapshot_and_goes_on_with_what_is_new() {
    let bench = Bench::new().await;
    let name = "ticker:binance:BTC-USDT";
    assert!(keep(&bench, name, 0).await);
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

#[tokio::test]
async fn what_comes_late_is_not_shown() {
    let bench = Bench::new().await;
    let name = "ticker:okx:BTC-USDT";
    assert!(keep(&bench, name, 5).await);
    // An engine that lost the account and does not know yet.
    assert!(!keep(&bench, name, 4).await);
    let mut client = listener(&bench, &[name]).await;
    assert_eq!(client.next_json().await["data"]["n"], 5);
    wait_until("the channel is subscribed", || async {
        publish(&bench, name, &json!({"n": 3})).await > 0
    })
    .await;
    publish(&bench, name, &json!({"n": 6})).await;
    assert_eq!(client.next_json().await["data"]["n"], 6);
}

#[tokio::test]
async fn a_last_value_that_was_lost_is_looked_up() {
    let bench = Bench::with(|limits| limits.check_interval = Duration::from_millis(100)).await;
    let name = "candles:okx:BTC-USDT:1m";
    let mut client = listener(&bench, &[name]).await;
    wait_until("the channel is subscribed", || async {
        publish(&bench, name, &json!({"n": 1})).await > 0
    })
    .await;
    assert_eq!(client.next_json().await["data"]["n"], 1);
    // Kept, and lost on its way: nothing is published after it.
    let channel: MarketChannel = name.parse().unwrap();
    let redis = bench.redis.client().unwrap();
    redis
        .set::<(), _, _>(
            bench.names.latest(&channel),
            "2\n{\"n\":2}",
            None,
            None,
            false,
        )
        .await
        .unwrap();
    assert_eq!(client.next_json().await["data"]["n"], 2);
}

#[tokio::test]
async fn a_slow_reader_skips_what_is_no_longer_new() {
    let bench = Bench::with(|limits| {
        limits.market_tick = Duration::from_millis(1);
        limits.write_timeout = Duration::from_mins(1);
    })
    .await;
    let name = "book:okx:ETH-USDT";
    let mut client = listener(&bench, &[name]).await;
    wait_until("the channel is subscribed", || async {
        publish(&bench, name, &json!({"n": 0})).await > 0
    })
    .await;
    // More than all buffers between the two hold, while nothing is read.
    let depth = "x".repeat(100_000);
    let mut swift = listener(&bench, &[name]).await;
    let last = 300;
    for n in 1..=last {
        publish(&bench, name, &json!({"n": n, "depth": depth})).await;
        swift.next_where(|message| message["data"]["n"] == n).await;
    }
    let (mut newest, mut messages) = (-1, 0);
    while newest < last {
        let n = client.next_json().await["data"]["n"].as_i64().unwrap();
        assert!(n > newest, "{n} after {newest}");
        (newest, messages) = (n, messages + 1);
    }
    assert!(messages < last / 2, "{messages} of {last}");
}

/// The market of a paper account is its user's: whoever else asks for its name hears nothing.
#[tokio::test]
async fn nobody_listens_to_the_market_of_anothers_paper_account() {
    let bench = Bench::new().await;
    let (owner, stranger) = (user(), user());
    let name = "ticker:paper-0190d3b0-7a70-7cc0-8000-000000000001:BTC-USDT";
    let public = "ticker:okx:BTC-USDT";
    let of_owner = name.parse::<MarketChannel>().unwrap().of(owner);
    let show = async |rank: i64| {
        let data = json!({"n": rank});
        assert!(
            bench
                .publisher
                .market(&of_owner, rank, &data)
                .await
                .unwrap()
        );
    };
    show(1).await;
    let mut clients = Vec::new();
    for who in [owner, stranger] {
        bench.publish(who, 1..=1).await;
        let (mut client, _) = bench.welcome(who, None).await;
        let subscribe = json!({"op": "subscribe", "id": 1, "channels": [name]});
        client.send_json(&subscribe).await;
        // Whether there is such an account is not told.
        assert_eq!(client.next_json().await, json!({"op": "ok", "id": 1}));
        clients.push(client);
    }
    let [mut owners, mut strangers] = <[Client; 2]>::try_from(clients).ok().unwrap();
    let snapshot = owners.next_json().await;
    assert_eq!(
        snapshot,
        json!({"op": "market", "channel": name, "data": {"n": 1}})
    );
    show(2).await;
    assert_eq!(owners.next_json().await["data"]["n"], 2);
    // What the stranger hears next is of another channel.
    strangers
        .send_json(&json!({"op": "subscribe", "id": 2, "channels": [public]}))
        .await;
    assert_eq!(strangers.next_json().await, json!({"op": "ok", "id": 2}));
    assert!(keep(&bench, public, 7).await);
    assert_eq!(strangers.next_json().await["channel"], public);
}
