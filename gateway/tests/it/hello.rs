use std::time::Duration;

use chrono::TimeDelta;
use platform::token::AccessClaims;
use serde_json::json;
use testkit::ws::Client;

use crate::harness::{Bench, ORIGIN, PROTOCOL, claims, epoch, sign, token, user};

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
async fn a_user_has_so_many_sockets() {
    let bench = Bench::with(|limits| limits.sockets_per_user = 2).await;
    let _relay = bench.answers(0).await;
    let user = user();
    let (first, _) = bench.welcome(user, None).await;
    let (_second, _) = bench.welcome(user, None).await;
    let mut third = bench.hello(user, None).await;
    assert_eq!(close_code(&mut third).await, 4504);

    first.close().await;
    testkit::wait_until("a place is free", || async {
        bench.state.registry.of(user).len() == 1
    })
    .await;
    bench.welcome(user, None).await;
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
