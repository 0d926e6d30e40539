use http::StatusCode;
use serde_json::json;
use testkit::ws::Client;
use tokio_tungstenite::tungstenite::Error;

use crate::{
    harness::{Bench, ORIGIN, PROTOCOL, config},
    hello::close_code,
};

async fn refused(bench: &Bench, headers: &[(&str, &str)]) -> http::Response<Option<Vec<u8>>> {
    match Client::connect(bench.address, "/ws", headers).await {
        Err(Error::Http(response)) => *response,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn origins_are_matched_exactly() {
    let bench = Bench::new().await;
    let accepted = Client::connect(bench.address, "/ws", &[PROTOCOL, ("origin", ORIGIN)])
        .await
        .unwrap();
    assert_eq!(
        accepted.response.headers()["sec-websocket-protocol"],
        "blockbotx.v1"
    );
    for origin in [
        "null",
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "https://APP.example.com",
        "https://app.example.com/",
    ] {
        let answer = refused(&bench, &[PROTOCOL, ("origin", origin)]).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{origin}");
        let body = answer.body().as_deref().unwrap_or_default();
        let problem: serde_json::Value = serde_json::from_slice(body).unwrap();
        assert_eq!(problem["code"], "origin_not_allowed");
        assert!(problem["detail"].is_string(), "{problem}");
        assert_eq!(
            problem["request_id"],
            answer.headers()["x-request-id"].to_str().unwrap()
        );
    }
}

#[tokio::test]
async fn a_handshake_keeps_its_callers_ids() {
    let bench = Bench::new().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let headers = [
        PROTOCOL,
        ("x-request-id", "abc-1"),
        ("traceparent", &parent),
    ];
    let client = Client::connect(bench.address, "/ws", &headers)
        .await
        .unwrap();
    let answer = client.response.headers();
    assert_eq!(answer["x-request-id"], "abc-1");
    assert!(answer["traceparent"].to_str().unwrap().contains(trace));

    let refused = refused(&bench, &[("x-request-id", "no spaces allowed")]).await;
    assert_eq!(
        refused.headers()["x-request-id"].len(),
        32,
        "one of our own"
    );
}

#[tokio::test]
async fn only_websocket_and_our_protocol_are_spoken() {
    let bench = Bench::new().await;
    let plain = testkit::http::get(bench.address, "/ws").await;
    assert_eq!(plain.status, StatusCode::UPGRADE_REQUIRED);
    assert_eq!(plain.header("upgrade"), Some("websocket"));
    assert_eq!(plain.header("sec-websocket-version"), Some("13"));

    let old = refused(&bench, &[PROTOCOL, ("sec-websocket-version", "8")]).await;
    assert_eq!(old.status(), StatusCode::UPGRADE_REQUIRED);
    for headers in [&[][..], &[("sec-websocket-protocol", "graphql-ws")]] {
        let answer = refused(&bench, headers).await;
        assert_eq!(answer.status(), StatusCode::UPGRADE_REQUIRED);
        assert_eq!(answer.headers()["sec-websocket-protocol"], "blockbotx.v1");
    }
    assert_eq!(
        testkit::http::get(bench.address, "/other").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn another_version_is_told_by_a_close_code() {
    let bench = Bench::new().await;
    let headers = [("sec-websocket-protocol", "blockbotx.v9")];
    let mut client = Client::connect(bench.address, "/ws", &headers)
        .await
        .unwrap();
    assert_eq!(close_code(&mut client).await, 4505);

    let headers = [("sec-websocket-protocol", "blockbotx.v9, blockbotx.v1")];
    let client = Client::connect(bench.address, "/ws", &headers)
        .await
        .unwrap();
    assert_eq!(
        client.response.headers()["sec-websocket-protocol"],
        "blockbotx.v1"
    );
}

#[tokio::test]
async fn handshakes_and_strangers_are_limited_by_address() {
    let two = std::num::NonZeroU32::new(2).unwrap();
    let bench = Bench::with(|limits| limits.handshakes_per_minute = two).await;
    drop(bench.connect().await);
    drop(bench.connect().await);
    let answer = refused(&bench, &[PROTOCOL]).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = answer.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");

    let bench = Bench::with(|limits| limits.unauthenticated_per_address = 1).await;
    let stranger = bench.connect().await;
    assert_eq!(
        refused(&bench, &[PROTOCOL]).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    stranger.close().await;
    testkit::wait_until("the place is free", || async {
        bench.state.registry.is_empty()
    })
    .await;
    let (_known, _) = {
        let _relay = bench.answers(0).await;
        bench.welcome(crate::harness::user(), None).await
    };
    let mut second = bench.connect().await;
    second.send_json(&json!({"op": "hello"})).await;
    assert_eq!(
        close_code(&mut second).await,
        4501,
        "who said hello is no stranger"
    );
}

#[tokio::test]
async fn nobody_is_let_in_before_it_is_ready() {
    let redis = testkit::TestRedis::shared().await.config();
    let bench = Bench::start(&config(redis), platform::SystemClock::shared()).await;
    let answer = refused(&bench, &[PROTOCOL]).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
    bench.ready().await;
    bench.connect().await;
}
