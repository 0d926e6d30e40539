use serde_json::{Value, json};

use crate::{
    bench::{Bench, fields, problem},
    trading::{post, search},
};

const PATH: &str = "/api/v1/backtests/search";

#[tokio::test]
async fn a_search_waits_for_an_engine() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let answer = post(&bench, &ann, PATH, &search()).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let made = answer.json();
    assert_eq!(
        (&made["kind"], &made["status"], &made["request"]["rank_by"]),
        (&json!("search"), &json!("queued"), &json!("profit"))
    );
    assert_eq!(made["request"]["keep"], 20);
}

#[tokio::test]
async fn fields_that_cannot_vary_so_are_named() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let refused = async |change: &dyn Fn(&mut Value)| {
        let mut body = search();
        change(&mut body);
        fields(&problem(
            &post(&bench, &ann, PATH, &body).await,
            422,
            "invalid",
        ))
    };
    let found = refused(&|body| {
        body["fields"] = json!([
            { "pointer": "/grid_count", "values": [5, "ten"] },
            { "pointer": "/grid_count", "values": [6] },
            { "pointer": "/colour", "values": ["red"] },
            { "pointer": "/quantity", "values": ["1"] },
            { "pointer": "/lower", "values": ["90", 90, "x"] },
        ]);
    })
    .await;
    assert_eq!(
        found,
        [
            "/fields/0/values/1 invalid",
            "/fields/1/pointer duplicate",
            "/fields/2/pointer not_found",
            "/fields/3/pointer not_found",
            "/fields/4/values/1 invalid",
            "/fields/4/values/2 invalid",
        ]
    );
    let found = refused(&|body| {
        body["backtest"]["candles"]["candles"] = json!(5_256_000);
        body["backtest"]["candles"]["interval"] = json!("1d");
    })
    .await;
    assert_eq!(found, ["/backtest/candles/candles out_of_range"]);
    let many: Vec<u32> = (2..=25).collect();
    let found = refused(&|body| {
        body["fields"] = json!([
            { "pointer": "/grid_count", "values": many },
            { "pointer": "/upper", "values": vec!["110"; 21] },
        ]);
    })
    .await;
    assert_eq!(found, ["/fields too_long"]);
    let found = refused(&|body| body["fields"] = json!([])).await;
    assert_eq!(found, ["/fields too_short"]);
    let found = refused(&|body| body["backtest"]["config"]["lower"] = json!("109")).await;
    assert!(
        found
            .iter()
            .all(|field| field.starts_with("/backtest/config/")),
        "{found:?}"
    );
}
