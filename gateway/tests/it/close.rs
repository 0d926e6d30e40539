use std::time::Duration;

use futures_util::StreamExt;
use platform::ids::UserId;
use serde_json::{Value, json};
use testkit::wait_until;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{Bench, claims, epoch, expect_events, sign, user};

/// Publishes events with bodies of 8 KiB until the socket of this user is closed; the last one's number.
async fn overwhelm(bench: &Bench, user: UserId) -> u64 {
    let fill = "x".repeat(8 * 1024);
    let mut seq = 1;
    wait_until("the socket is given up", || {
        seq += 1;
        let body = json!({"n": seq, "fill": fill}).to_string();
        let frame =
            ::events::EventFrame::build(seq, "user.updated", chrono::Utc::now(), &body).unwrap();
        async move {
            bench
                .publisher
                .publish_batch(user, &epoch(), &[frame])
                .await
                .unwrap();
            bench.state.registry.of(user).is_empty()
        }
    })
    .await;
    seq
}

#[tokio::test]
async fn a_slow_consumer_is_closed_and_resumes() {
    let bench = Bench::with(|limits| {
        limits.write_timeout = Duration::from_secs(30);
        limits.close_timeout = Duration::from_millis(100);
        limits.queue_messages = 16;
    })
    .await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let (client, _) = bench.welcome(user, None).await;
    let head = overwhelm(&bench, user).await;

    let mut stream = client.into_inner();
    let mut last = 1;
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message {
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["op"] == "event" {
                assert_eq!(message["seq"], last + 1);
                last += 1;
            }
        }
    }
    assert!(last < head, "it was slow");
    let (mut client, welcome) = bench.welcome(user, Some(last)).await;
    assert_eq!(welcome["seq"], head);
    if welcome["resumed"] == true {
        expect_events(&mut client, last + 1, head).await;
    } else {
        assert_eq!(client.next_json().await["op"], "resync");
    }
    bench.publish(user, head + 1..=head + 1).await;
    expect_events(&mut client, head + 1, head + 1).await;
}

#[tokio::test]
async fn a_slow_consumer_that_wakes_up_in_time_is_told_why() {
    let bench = Bench::with(|limits| {
        limits.write_timeout = Duration::from_millis(50);
        limits.close_timeout = Duration::from_secs(20);
    })
    .await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let (mut client, _) = bench.welcome(user, None).await;
    let fill = "x".repeat(15 * 1024);
    for seq in 2..=150 {
        let body = json!({"fill": fill}).to_string();
        let frame =
            ::events::EventFrame::build(seq, "user.updated", chrono::Utc::now(), &body).unwrap();
        bench
            .publisher
            .publish_batch(user, &epoch(), &[frame])
            .await
            .unwrap();
    }
    let frame = client.closed().await.expect("a close frame");
    assert_eq!(u16::from(frame.code), 4002);
}

#[tokio::test]
async fn the_others_do_not_wait_for_a_slow_consumer() {
    let bench = Bench::with(|limits| limits.write_timeout = Duration::from_secs(30)).await;
    let (slow, quick) = (user(), user());
    bench.publish(slow, 1..=1).await;
    bench.publish(quick, 1..=1).await;
    let (_stuck, _) = bench.welcome(slow, None).await;
    let (mut client, _) = bench.welcome(quick, None).await;
    overwhelm(&bench, slow).await;
    bench.publish(quick, 2..=50).await;
    expect_events(&mut client, 2, 50).await;
}

#[tokio::test]
async fn a_socket_outlives_its_token_only_if_refreshed() {
    let bench = Bench::with(|limits| limits.token_grace = Duration::from_millis(10)).await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let mut short = claims(user);
    short.exp = short.iat + chrono::TimeDelta::seconds(2);

    let mut client = bench.hello_with(&sign(&short), None, &epoch()).await;
    assert_eq!(client.next_json().await["op"], "welcome");
    let mut kept = bench.hello_with(&sign(&short), None, &epoch()).await;
    assert_eq!(kept.next_json().await["op"], "welcome");
    kept.send_json(&json!({"op": "refresh", "id": 3, "token": sign(&claims(user))}))
        .await;
    assert_eq!(kept.next_json().await, json!({"op": "ok", "id": 3}));

    assert_eq!(u16::from(client.closed().await.unwrap().code), 4004);
    bench.publish(user, 2..=2).await;
    expect_events(&mut kept, 2, 2).await;
}

#[tokio::test]
async fn a_client_that_leaves_leaves_nothing_behind() {
    let bench = Bench::new().await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let (polite, _) = bench.welcome(user, None).await;
    let (rude, _) = bench.welcome(user, None).await;
    polite.close().await;
    drop(rude);
    wait_until("both are gone", || async {
        bench.state.registry.is_empty() && bench.state.registry.of(user).is_empty()
    })
    .await;
}
