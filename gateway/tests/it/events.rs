use std::time::Duration;

use ::events::{Epoch, EventFrame};
use serde_json::json;
use testkit::wait_until;

use crate::harness::{Bench, epoch, expect_events, token, user};

#[tokio::test]
async fn events_arrive_in_order_under_load_and_once() {
    let bench = Bench::new().await;
    let users: Vec<_> = (0..20).map(|_| user()).collect();
    let mut clients = Vec::new();
    for user in &users {
        bench.publish(*user, 1..=1).await;
        clients.push(bench.welcome(*user, None).await.0);
        clients.push(bench.welcome(*user, Some(1)).await.0);
    }
    let mut relays = tokio::task::JoinSet::new();
    for user in users {
        let relay = bench.relay.clone();
        relays.spawn(async move {
            for batch in 0..25 {
                let first = 2 + batch * 8;
                relay.publish(user, first..=first + 7).await;
                // A second relay that takes over repeats what it is not sure of.
                relay.publish(user, first..=first + 7).await;
                relay.publish_past_stream(user, first).await;
            }
        });
    }
    for client in &mut clients {
        expect_events(client, 2, 201).await;
    }
    relays.join_all().await;
}

#[tokio::test]
async fn a_client_resumes_where_it_was() {
    let bench = Bench::new().await;
    let user = user();
    bench.publish(user, 1..=10).await;
    let (mut client, welcome) = bench.welcome(user, Some(4)).await;
    assert_eq!(
        (&welcome["resumed"], &welcome["seq"]),
        (&json!(true), &json!(10))
    );
    expect_events(&mut client, 5, 10).await;
    bench.publish(user, 11..=11).await;
    expect_events(&mut client, 11, 11).await;
}

#[tokio::test]
async fn a_client_resumes_more_than_its_queue_may_hold() {
    let bench = Bench::with(|limits| {
        limits.queue_messages = 8;
        limits.queue_bytes = 64 * 1024;
    })
    .await;
    let user = user();
    let fill = "x".repeat(15 * 1024);
    for seq in 1..=60 {
        let body = json!({"n": seq, "fill": fill}).to_string();
        let frame = EventFrame::build(seq, "user.updated", chrono::Utc::now(), &body).unwrap();
        let done = bench
            .publisher
            .publish_batch(user, &epoch(), &[frame])
            .await;
        done.unwrap();
    }
    let (mut client, welcome) = bench.welcome(user, Some(0)).await;
    assert_eq!(welcome["resumed"], true);
    expect_events(&mut client, 1, 60).await;
    bench.publish(user, 61..=61).await;
    expect_events(&mut client, 61, 61).await;
}

#[tokio::test]
async fn a_client_that_was_away_too_long_fetches() {
    let bench = Bench::new().await;
    let user = user();
    bench.publish(user, 1..=400).await;
    let (mut client, welcome) = bench.welcome(user, Some(4)).await;
    assert_eq!(
        (&welcome["resumed"], &welcome["seq"]),
        (&json!(false), &json!(400))
    );
    let resync = client.next_json().await;
    assert_eq!(
        resync,
        json!({"op": "resync", "epoch": "k3", "seq": 400, "why": "too_old"})
    );
    bench.publish(user, 401..=402).await;
    expect_events(&mut client, 401, 402).await;
}

#[tokio::test]
async fn a_gap_is_repaired_from_the_stream() {
    let bench = Bench::new().await;
    let user = user();
    bench.publish(user, 1..=5).await;
    let (mut client, _) = bench.welcome(user, None).await;
    bench.publish_deaf(user, 6..=8).await;
    bench.publish(user, 9..=9).await;
    expect_events(&mut client, 6, 9).await;
}

#[tokio::test]
async fn a_gap_that_cannot_be_repaired_is_told() {
    let bench = Bench::new().await;
    let user = user();
    bench.publish(user, 1..=5).await;
    let (mut client, _) = bench.welcome(user, None).await;
    bench.evict(user).await;
    bench.publish(user, 9..=10).await;
    let resync = client.next_json().await;
    assert_eq!(
        (&resync["op"], &resync["why"]),
        (&json!("resync"), &json!("gap"))
    );
    let seq = resync["seq"].as_u64().unwrap();
    assert!((9..=10).contains(&seq), "{resync}");
    bench.publish(user, 11..=11).await;
    expect_events(&mut client, seq + 1, 11).await;
}

#[tokio::test]
async fn the_last_message_lost_is_found_by_comparing_ends() {
    let bench = Bench::with(|limits| limits.check_interval = Duration::from_millis(50)).await;
    let user = user();
    bench.publish(user, 1..=5).await;
    let (mut client, _) = bench.welcome(user, None).await;
    bench.publish_deaf(user, 6..=7).await;
    expect_events(&mut client, 6, 7).await;
}

#[tokio::test]
async fn an_evicted_stream_is_put_back_by_the_relay() {
    let bench = Bench::new().await;
    let _relay = bench.answers(10).await;
    let user = user();
    let (mut client, welcome) = bench.welcome(user, Some(4)).await;
    assert_eq!(
        (&welcome["resumed"], &welcome["seq"]),
        (&json!(true), &json!(10))
    );
    expect_events(&mut client, 5, 10).await;
    bench.publish(user, 11..=11).await;
    expect_events(&mut client, 11, 11).await;
}

#[tokio::test]
async fn without_an_answer_it_says_resync() {
    let bench = Bench::with(|limits| limits.ask_timeout = Duration::from_millis(50)).await;
    let user = user();
    let (mut client, welcome) = bench.welcome(user, Some(4)).await;
    assert_eq!(welcome["resumed"], false);
    let resync = client.next_json().await;
    assert_eq!(
        resync,
        json!({"op": "resync", "epoch": "k3", "seq": 4, "why": "gap"})
    );

    bench.publish(user, 8..=8).await;
    let resync = client.next_json().await;
    assert_eq!(
        resync,
        json!({"op": "resync", "epoch": "k3", "seq": 8, "why": "gap"})
    );
    bench.publish(user, 9..=9).await;
    expect_events(&mut client, 9, 9).await;
}

#[tokio::test]
async fn an_answer_beyond_the_log_is_an_exact_resync() {
    let bench = Bench::new().await;
    let _relay = bench.answers(500).await;
    let (mut client, welcome) = bench.welcome(user(), Some(4)).await;
    assert_eq!(
        (&welcome["resumed"], &welcome["seq"]),
        (&json!(false), &json!(500))
    );
    assert_eq!(client.next_json().await["why"], "too_old");
}

#[tokio::test]
async fn a_client_ahead_of_the_log_starts_anew() {
    let bench = Bench::new().await;
    let _relay = bench.answers(3).await;
    let (mut client, welcome) = bench.welcome(user(), Some(9)).await;
    assert_eq!(
        (&welcome["resumed"], &welcome["seq"]),
        (&json!(false), &json!(3))
    );
    assert_eq!(client.next_json().await["why"], "epoch");
}

#[tokio::test]
async fn a_new_epoch_makes_everybody_resync() {
    let bench = Bench::with(|limits| limits.ask_timeout = Duration::from_secs(20)).await;
    let user = user();
    bench.publish(user, 1..=5).await;
    let (mut client, _) = bench.welcome(user, None).await;

    let k4: Epoch = "k4".parse().unwrap();
    let _relay = bench.answers_in(&k4, Some(3)).await;
    bench.heartbeat_in(&k4, Vec::new()).await;
    let resync = client.next_json().await;
    assert_eq!(
        resync,
        json!({"op": "resync", "epoch": "k4", "seq": 3, "why": "epoch"})
    );
    bench.publish_in(&k4, user, 4..=4).await;
    expect_events(&mut client, 4, 4).await;

    let mut late = bench.hello_with(&token(user), Some(5), &epoch()).await;
    assert_eq!(late.next_json().await["resumed"], false);
    assert_eq!(late.next_json().await["why"], "epoch");
}

#[tokio::test]
async fn every_socket_of_a_user_on_every_node_gets_all() {
    let bench = Bench::new().await;
    let other = Bench::on(bench.redis_config.clone(), |_| {}).await;
    let user = user();
    bench.publish(user, 1..=2).await;
    let (mut here, _) = bench.welcome(user, None).await;
    let (mut there, _) = other.welcome(user, Some(1)).await;
    bench.publish(user, 3..=40).await;
    expect_events(&mut here, 3, 40).await;
    expect_events(&mut there, 2, 40).await;

    here.close().await;
    let (mut moved, welcome) = other.welcome(user, Some(40)).await;
    assert_eq!(welcome["resumed"], true);
    bench.publish(user, 41..=41).await;
    expect_events(&mut moved, 41, 41).await;
    expect_events(&mut there, 41, 41).await;
}

#[tokio::test]
async fn pings_carry_the_head_and_want_pongs() {
    let bench = Bench::with(|limits| {
        limits.ping_interval = Duration::from_millis(40);
        limits.pong_timeout = Duration::from_millis(300);
    })
    .await;
    let user = user();
    bench.publish(user, 1..=5).await;
    let (mut client, _) = bench.welcome(user, None).await;
    for _ in 0..3 {
        assert_eq!(client.next_json().await, json!({"op": "ping", "seq": 5}));
        client.send_json(&json!({"op": "pong"})).await;
    }
    let frame = client.closed().await.unwrap();
    assert_eq!(u16::from(frame.code), 4003);
    wait_until("it is gone", || async { bench.state.registry.is_empty() }).await;
}

#[tokio::test]
async fn a_notice_reaches_its_user() {
    let bench = Bench::new().await;
    let (user, other) = (user(), user());
    bench.publish(user, 1..=1).await;
    bench.publish(other, 1..=1).await;
    let (mut client, _) = bench.welcome(user, None).await;
    let (mut stranger, _) = bench.welcome(other, None).await;
    let notice =
        ::events::frame::NoticeFrame::build("backtest.progress", &json!({"done": 0.5})).unwrap();
    bench
        .publisher
        .notice(user, &epoch(), "backtest:1", &notice)
        .await
        .unwrap();
    assert_eq!(
        client.next_json().await,
        json!({"op": "notice", "type": "backtest.progress", "data": {"done": 0.5}})
    );
    bench.publish(other, 2..=2).await;
    expect_events(&mut stranger, 2, 2).await;
}
