use serde_json::{Value, json};

use crate::{
    bench::problem,
    exchange::{Trading, id},
    trading::get,
};

/// What is told of Binance, first of the live exchange, then of its testnet.
async fn binance(desk: &Trading) -> Value {
    let shown = get(&desk.bench, &desk.ann, "/api/v1/markets/venues").await;
    let of = |name: &str| {
        let all = shown["data"].as_array().unwrap();
        let found = all.iter().find(|venue| venue["venue"] == name).unwrap();
        found.clone()
    };
    for (name, supported) in [("paper", true), ("okx", false)] {
        assert_eq!(of(name)["supported"], supported, "{name}");
        assert_eq!(of(name)["exchanges"], json!([]), "{name}");
    }
    let binance = of("binance");
    assert_eq!(binance["supported"], true);
    binance["exchanges"].clone()
}

#[tokio::test]
async fn what_is_used_of_the_limits_of_an_exchange_is_shown() {
    let desk = Trading::open().await;
    let before = binance(&desk).await;
    for (exchange, testnet) in before.as_array().unwrap().iter().zip([false, true]) {
        assert_eq!(exchange["testnet"], testnet);
        assert_eq!(exchange["breaker"], "closed");
        assert_eq!(exchange["blocked_until"], Value::Null);
        assert_eq!(exchange["request_weight"][0]["used"], 0);
    }
    let account = desk.testnet().await;
    let path = format!("/api/v1/markets/{}/symbols", id(&account));
    get(&desk.bench, &desk.ann, &path).await;
    let after = binance(&desk).await;
    let used = |exchange: &Value| exchange["request_weight"][0].clone();
    // The clock, the account and the list of markets; the limit is the one that the list told.
    assert_eq!(used(&after[1])["limit"], 6_000);
    assert_eq!(used(&after[1])["interval_s"], 60);
    let weight = used(&after[1])["used"].as_u64().unwrap();
    assert!(weight == 41 || weight == 20, "{weight} in this minute");
    assert_eq!(used(&after[0])["used"], 0);
}

#[tokio::test]
async fn an_exchange_that_fails_is_left_alone_and_said_to_be() {
    let desk = Trading::open().await;
    let account = desk.testnet().await;
    desk.act(emulator::Action::SetMaintenance { is_on: true });
    let path = format!("/api/v1/markets/{}/symbols", id(&account));
    for _ in 0..5 {
        let answer = desk.bench.get(&path).bearer(&desk.ann.access).send().await;
        problem(&answer, 503, "venue_unavailable");
    }
    let shown = binance(&desk).await;
    assert_eq!(shown[1]["breaker"], "open");
    assert_eq!(shown[0]["breaker"], "closed");
}

#[tokio::test]
async fn how_long_an_exchange_takes_no_requests_is_shown() {
    let desk = Trading::open().await;
    let account = desk.testnet().await;
    desk.inject(emulator::Fault::RateLimited { retry_after_s: 50 });
    let path = format!("/api/v1/markets/{}/symbols", id(&account));
    let answer = desk.bench.get(&path).bearer(&desk.ann.access).send().await;
    problem(&answer, 503, "venue_unavailable");
    let shown = binance(&desk).await;
    let until = shown[1]["blocked_until"].as_str().unwrap();
    let until: chrono::DateTime<chrono::Utc> = until.parse().unwrap();
    assert!(until > chrono::Utc::now());
    assert_eq!(shown[0]["blocked_until"], Value::Null);
}
