//! Accounts and bots to test with.

use serde_json::{Value, json};
use testkit::http::Response;

use crate::bench::{Bench, Somebody};

/// A paper account with 10,000 dollars on a made-up market around 100.
pub(crate) fn paper(label: &str) -> Value {
    json!({
        "venue": "paper", "label": label,
        "paper": {
            "symbol": "SOL-USDT", "balances": { "USDT": "10000" }, "speed": "flat_out",
            "feed": { "kind": "synthetic", "seed": 3, "candles": 500 },
        },
    })
}

/// Ten steps of two dollars around 100.
pub(crate) fn grid() -> Value {
    json!({
        "type": "grid", "lower": "90", "upper": "110", "grid_count": 10, "spacing": "arithmetic",
        "quantity": { "mode": "fixed_base", "quantity": "0.5" },
    })
}

pub(crate) async fn post(bench: &Bench, who: &Somebody, path: &str, body: &Value) -> Response {
    bench.post(path).bearer(&who.access).json(body).send().await
}

pub(crate) async fn tell(bench: &Bench, who: &Somebody, path: &str) -> Response {
    bench.post(path).bearer(&who.access).send().await
}

pub(crate) async fn get(bench: &Bench, who: &Somebody, path: &str) -> Value {
    let answer = bench.get(path).bearer(&who.access).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn id(answer: &Response) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Makes a paper account and gives its id.
pub(crate) async fn connection(bench: &Bench, who: &Somebody) -> String {
    id(&post(bench, who, "/api/v1/exchange-connections", &paper("Paper")).await)
}

/// Makes a grid and gives its id.
pub(crate) async fn bot(bench: &Bench, who: &Somebody, connection: &str) -> String {
    let body = json!({ "connection_id": connection, "name": "Grid", "config": grid() });
    id(&post(bench, who, "/api/v1/bots", &body).await)
}

/// A grid over two days of made-up minutes around 100.
pub(crate) fn backtest() -> Value {
    json!({
        "symbol": "SOL-USDT", "balances": { "USDT": "10000" }, "config": grid(),
        "candles": { "kind": "synthetic", "seed": 7, "candles": 2880 },
    })
}

/// Grids of different widths over the same.
pub(crate) fn search() -> Value {
    json!({
        "backtest": backtest(), "rank_by": "profit",
        "fields": [
            { "pointer": "/grid_count", "values": [5, 10, 20] },
            { "pointer": "/upper", "values": ["105", "110"] },
        ],
    })
}

/// Asks for a backtest and gives its id.
pub(crate) async fn queued(bench: &Bench, who: &Somebody) -> String {
    let answer = post(bench, who, "/api/v1/backtests", &backtest()).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}
