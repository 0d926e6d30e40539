use serde_json::json;

use super::{
    PATH,
    venue::{binance, made},
};
use crate::{
    bench::problem,
    exchange,
    trading::{connection, tell},
};

#[tokio::test]
async fn live_trading_is_agreed_to_once() {
    let exchange = exchange::start().await;
    let bench = exchange::bench(&exchange).await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    bench.step_up(&ann).await;
    bench.step_up(&bob).await;
    let path = format!(
        "{}/confirm-live",
        made(&bench, &ann, &binance("Main")).await
    );
    problem(&tell(&bench, &bob, &path).await, 404, "not_found");
    let confirmed = tell(&bench, &ann, &path).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    assert!(confirmed.json()["live_confirmed_at"].is_string());
    assert_eq!(confirmed.json()["version"], 2);
    bench.advance(chrono::Duration::seconds(5));
    assert_eq!(tell(&bench, &ann, &path).await.json(), confirmed.json());
    assert_eq!(
        bench.event_types(&ann).await[2..],
        ["connection.created", "connection.updated"]
    );
}

#[tokio::test]
async fn play_money_needs_no_word() {
    let exchange = exchange::start().await;
    let bench = exchange::bench(&exchange).await;
    let ann = bench.somebody("ann").await;
    bench.step_up(&ann).await;
    let paper = format!("{PATH}/{}", connection(&bench, &ann).await);
    let mut testnet = binance("Testnet");
    testnet["testnet"] = json!(true);
    let testnet = made(&bench, &ann, &testnet).await;
    for path in [paper, testnet] {
        let refused = tell(&bench, &ann, &format!("{path}/confirm-live")).await;
        problem(&refused, 409, "not_a_live_connection");
    }
}
