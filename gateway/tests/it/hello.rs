use std::time::Duration;

use ::events::control::Revocation;
use chrono::TimeDelta;
use platform::token::AccessClaims;
use serde_json::json;
use testkit::{wait_until, ws::Client};

use crate::harness::{Bench, ORIGIN, PROTOCOL, claims, epoch, expect_events, sign, token, user};

/// The code of the close frame that ends this client's socket.
pub(crate) async fn close_code(client: &mut Client) -> u16 {
    let frame = client.closed().await.unwrap();
    frame.code.into()
}

#[tokio::test]
async fn hello_is_answered_with_who_and_where() {
    let bench = Bench::new().await;
    let _relay = bench.answers(0).await;
    let claims = claims(user());
    let mut client = bench.hello_with(&sign(&claims), None, &epoch()).await;
    let welcome = client.next_json().await;
    assert_eq!(
        welcome,
        json!({
            "op": "welcome",
            "session": claims.sid.to_string(),
            "user": claims.sub.to_string(),
            "epoch": "k3",
            "seq": 0,
            "resumed": false,
            "expires_at": platform::time::to_wire(claims.exp),
            "ping_interval_ms": 25_000,
        })
    );
}

#[tokio::test]
async fn the_cookie_identifies_an_allowed_origin_only() {
    let bench = Bench::new().await;
    let _relay = bench.answers(0).await;
    let user = user();
    let cookie = format!("theme=dark; accessToken={}", token(user));

    let headers = [PROTOCOL, ("origin", ORIGIN), ("cookie", cookie.as_str())];
    let mut client = Client::connect(bench.address, "/ws", &headers)
        .await
        .unwrap();
    client.send_json(&json!({"op": "hello"})).await;
    assert_eq!(client.next_json().await["user"], user.to_string());

    let mut client = Client::connect(bench.address, "/ws", &[PROTOCOL, ("cookie", &cookie)])
        .await
        .unwrap();
    client.send_json(&json!({"op": "hello"})).await;
    assert_eq!(close_code(&mut client).await, 4501, "no origin, no cookie");

    let headers = [
        PROTOCOL,
        ("origin", ORIGIN),
        ("cookie", "accessToken=nonsense"),
    ];
    let mut client = Client::connect(bench.address, "/ws", &headers)
        .await
        .unwrap();
    client
        .send_json(&json!({"op": "hello", "token": token(user)}))
        .await;
    assert_eq!(
        client.next_json().await["op"],
        "welcome",
        "the token stands in"
    );
}

#[tokio::test]
async fn a_token_in_the_address_identifies_nobody() {
    let bench = Bench::new().await;
    let path = format!("/ws?token={}", token(user()));
    let mut client = Client::connect(bench.address, &path, &[PROTOCOL])
        .await
        .unwrap();
    client.send_json(&json!({"op": "hello"})).await;
    assert_eq!(close_code(&mut client).await, 4501);
}

#[tokio::test]
async fn bad_tokens_are_refused() {
    let bench = Bench::new().await;
    let good = token(user());
    let (head, _) = good.rsplit_once('.').unwrap();
    let oversized = "x".repeat(3_000);
    let expired = AccessClaims {
        exp: chrono::Utc::now() - TimeDelta::seconds(1),
        ..claims(user())
    };
    for (bad, code) in [
        (format!("{head}.AAAA"), 4501),
        (format!("{head}."), 4501),
        (oversized, 4501),
        // An API token: good at the REST API only.
        (format!("bbx_{}", "A".repeat(43)), 4501),
        (sign(&expired), 4004),
    ] {
        let mut client = bench.hello_with(&bad, None, &epoch()).await;
        assert_eq!(close_code(&mut client).await, code);
    }
}

#[tokio::test]
async fn silence_is_not_waited_out() {
    let bench = Bench::with(|limits| limits.hello_timeout = Duration::from_millis(50)).await;
    let mut client = bench.connect().await;
    let closing = client.next_json().await;
    assert_eq!(closing, json!({"op": "closing", "code": 4502}));
    assert_eq!(close_code(&mut client).await, 4502);
}

#[tokio::test]
async fn one_socket_too_many_closes_the_oldest_for_a_while() {
    let bench = Bench::with(|limits| limits.sockets_per_user = 2).await;
    let _relay = bench.answers(0).await;
    let user = user();
    let (mut first, _) = bench.welcome(user, None).await;
    let (mut second, _) = bench.welcome(user, None).await;
    let (mut third, _) = bench.welcome(user, None).await;
    let closing = first.next_json().await;
    assert_eq!(
        closing,
        json!({"op": "closing", "code": 4007, "retry_after_ms": 60_000})
    );
    assert_eq!(close_code(&mut first).await, 4007);
    for kept in [&mut second, &mut third] {
        let subscribe = json!({"op": "subscribe", "id": 1, "channels": []});
        kept.send_json(&subscribe).await;
        assert_eq!(kept.next_json().await, json!({"op": "ok", "id": 1}));
    }
}

#[tokio::test]
async fn one_socket_too_many_closes_the_silent_one() {
    let bench = Bench::with(|limits| {
        limits.sockets_per_user = 2;
        limits.ping_interval = Duration::from_secs(2);
    })
    .await;
    let _relay = bench.answers(0).await;
    let user = user();
    let (mut oldest, _) = bench.welcome(user, None).await;
    let (mut silent, _) = bench.welcome(user, None).await;
    for pinged in [&mut oldest, &mut silent] {
        assert_eq!(pinged.next_json().await["op"], "ping");
    }
    oldest.send_json(&json!({"op": "pong"})).await;
    let subscribe = json!({"op": "subscribe", "id": 1, "channels": []});
    oldest.send_json(&subscribe).await;
    assert_eq!(oldest.next_json().await, json!({"op": "ok", "id": 1}));
    let (_third, _) = bench.welcome(user, None).await;
    assert_eq!(close_code(&mut silent).await, 4007);
    oldest.send_json(&subscribe).await;
    let answer = oldest.next_where(|message| message["op"] != "ping").await;
    assert_eq!(answer, json!({"op": "ok", "id": 1}));
}

#[tokio::test]
async fn an_ended_login_closes_no_other_socket() {
    let bench = Bench::with(|limits| limits.sockets_per_user = 1).await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let (mut kept, _) = bench.welcome(user, None).await;
    let ended = claims(user);
    let revocation = Revocation::Session {
        user,
        session: ended.sid,
    };
    bench.heartbeat(vec![revocation]).await;
    wait_until("it is known", || async {
        bench.state.revocations.covers(&ended)
    })
    .await;
    let mut late = bench.hello_with(&sign(&ended), None, &epoch()).await;
    assert_eq!(close_code(&mut late).await, 4503);
    bench.publish(user, 2..=2).await;
    expect_events(&mut kept, 2, 2).await;
}

#[tokio::test]
async fn a_hello_with_all_channels_of_paper_accounts_fits() {
    let bench = Bench::new().await;
    let _relay = bench.answers(0).await;
    let channels: Vec<_> = (0..64)
        .map(|n| format!("candles:paper-{}:ABCDEFGHIJ{n}-USDT:15m", user()))
        .collect();
    let hello = json!({"op": "hello", "token": token(user()), "channels": channels});
    assert!(hello.to_string().len() > 4_096);
    let mut client = bench.connect().await;
    client.send_json(&hello).await;
    assert_eq!(client.next_json().await["op"], "welcome");
    // The last of them is one that it has.
    let last = json!({"op": "unsubscribe", "id": 1, "channels": channels});
    client.send_json(&last).await;
    assert_eq!(client.next_json().await, json!({"op": "ok", "id": 1}));
}

#[tokio::test]
async fn replies_never_precede_the_welcome() {
    let bench = Bench::new().await;
    let mut client = bench.connect().await;
    client
        .send_json(&json!({"op": "hello", "token": token(user())}))
        .await;
    client
        .send_json(&json!({"op": "subscribe", "id": 1, "channels": ["nonsense"]}))
        .await;
    let _relay = bench.answers(0).await;
    assert_eq!(client.next_json().await["op"], "welcome");
    let answer = client.next_where(|message| message["op"] != "resync").await;
    assert_eq!((&answer["op"], &answer["id"]), (&json!("error"), &json!(1)));
}
