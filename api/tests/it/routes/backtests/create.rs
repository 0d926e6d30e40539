use serde_json::{Value, json};

use crate::{
    bench::{Bench, fields, problem, same_made},
    trading::{backtest, get, post, queued},
};

const PATH: &str = "/api/v1/backtests";

#[tokio::test]
async fn a_backtest_waits_for_an_engine() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let answer = post(&bench, &ann, PATH, &backtest()).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let made = answer.json();
    let place = answer.header("location").unwrap();
    assert_eq!(place, format!("{PATH}/{}", made["id"].as_str().unwrap()));
    for (field, value) in [
        ("kind", json!("backtest")),
        ("status", json!("queued")),
        ("percent", json!(0)),
        ("attempts", json!(0)),
        ("symbol", json!("SOL-USDT")),
        ("bot_type", json!("grid")),
        ("result", Value::Null),
        ("error", Value::Null),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    assert_eq!(made["request"]["config"]["upper"], "110");
    assert_eq!(get(&bench, &ann, place).await, made);
    let none = json!({ "data": [], "next_cursor": null });
    let trades = get(&bench, &ann, &format!("{place}/trades")).await;
    assert_eq!(trades, none);
    assert_eq!(bench.event_types(&ann).await[2..], ["backtest.created"]);
}

#[tokio::test]
async fn the_same_key_asks_once() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let ask = async |body: Value| {
        let call = bench.post(PATH).bearer(&ann.access).json(&body);
        call.header("idempotency-key", "one").send().await
    };
    let (first, again) = (ask(backtest()).await, ask(backtest()).await);
    assert_eq!(first.status, 202);
    same_made(&first, &again, PATH);
    let mut other = backtest();
    other["candles"]["seed"] = json!(8);
    problem(&ask(other).await, 422, "idempotency_key_reused");
    let list = get(&bench, &ann, PATH).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let header = "open_time,open,high,low,close,volume,close_time\n";
    std::fs::write(dir.path().join("empty.csv"), header).unwrap();
    std::fs::write(
        dir.path().join("broken.csv"),
        format!("{header}0,100,99,98,100,1,59999\n"),
    )
    .unwrap();
    let bench = Bench::with(&[("FEED_DIR", dir.path().to_str().unwrap())]).await;
    let ann = bench.somebody("ann").await;
    let refused = async |change: &dyn Fn(&mut Value)| {
        let mut body = backtest();
        change(&mut body);
        let answer = post(&bench, &ann, PATH, &body).await;
        fields(&problem(&answer, 422, "invalid"))
    };
    // What the form of the request says, all at once.
    let found = refused(&|body| {
        body["colour"] = json!("red");
        body["config"]["upper"] = json!(110);
        body["config"]["grid_count"] = json!(1);
        body["candles"]["candles"] = json!(0);
        body["point_order"] = json!("backwards");
    })
    .await;
    assert_eq!(
        found,
        [
            "/candles/candles out_of_range",
            "/colour unknown_field",
            "/config/grid_count out_of_range",
            "/config/upper type",
            "/point_order one_of",
        ]
    );
    // What only market and prices say, as the command says it.
    let found = refused(&|body| {
        body["balances"]["USDT"] = json!("-1");
        body["fees"] = json!({ "maker": "0.2", "taker": "0", "charge": "quote" });
        body["market"] = json!({ "tick_size": "0" });
    })
    .await;
    for pointer in [
        "/balances/USDT out_of_range",
        "/fees/maker out_of_range",
        "/market/tick_size out_of_range",
    ] {
        assert!(
            found.iter().any(|field| field == pointer),
            "{pointer}: {found:?}"
        );
    }
    let found = refused(&|body| {
        body["balances"]["USDT"] = json!("100");
        body["config"]["lower"] = json!("109");
    })
    .await;
    assert!(
        found.contains(&"/config/grid_count step_below_fees".to_owned()),
        "{found:?}"
    );
    // Candles that cannot be had do not hide the rest.
    for name in ["none.csv", "empty.csv", "broken.csv"] {
        let found = refused(&|body| {
            body["candles"] = json!({ "kind": "file", "name": name });
            body["balances"]["USDT"] = json!("-1");
        })
        .await;
        assert_eq!(
            found,
            ["/balances/USDT out_of_range", "/candles unusable_candles"],
            "{name}"
        );
    }
    let found =
        refused(&|body| body["candles"] = json!({ "kind": "file", "name": "../x.csv" })).await;
    assert_eq!(found, ["/candles/name format"]);
    assert_eq!(get(&bench, &ann, PATH).await["data"], json!([]));
}

#[tokio::test]
async fn so_many_may_wait() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let mut last = String::new();
    for _ in 0..20 {
        last = queued(&bench, &ann).await;
    }
    let refused = post(&bench, &ann, PATH, &backtest()).await;
    problem(&refused, 409, "too_many_backtests");
    queued(&bench, &bob).await;
    let cancel = format!("{PATH}/{last}/cancel");
    assert_eq!(post(&bench, &ann, &cancel, &json!({})).await.status, 200);
    queued(&bench, &ann).await;
}
