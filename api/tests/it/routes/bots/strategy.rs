use serde_json::{Value, json};

use crate::{
    bench::{Bench, fields, problem},
    trading::{connection, get, post},
};

const BOTS: &str = "/api/v1/bots";
const PREVIEW: &str = "/api/v1/bots/preview";

fn close(operator: &str, value: &str) -> Value {
    json!({ "conditions": [{
        "left": { "price": "close" }, "operator": operator, "right": { "value": value },
    }] })
}

fn strategy() -> Value {
    json!({
        "type": "strategy", "interval": "1m", "entry": close("above", "100"), "exit": close("below", "100"),
        "size": { "unit": "quote", "amount": "100" },
        "take_profit": { "percentage": "1.5" }, "stop_loss": { "percentage": "20" },
    })
}

#[tokio::test]
async fn a_strategy_is_previewed_made_and_changed() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let body = json!({ "connection_id": account, "config": strategy() });
    let shown = post(&bench, &ann, PREVIEW, &body).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let shown = shown.json();
    let levels = shown["levels"].as_array().unwrap();
    // The conditions count as met at the price of now.
    assert_eq!(levels.len(), 1, "{shown}");
    assert_eq!(
        (
            &levels[0]["purpose"],
            &levels[0]["price"],
            &levels[0]["quantity"]
        ),
        (&json!("base"), &json!("100"), &json!("1"))
    );
    assert_eq!(levels[0]["exits"].as_array().unwrap().len(), 1);
    assert!(shown["loss_at_stop"].is_string(), "{shown}");

    let body = json!({ "connection_id": account, "name": "Rules", "config": strategy() });
    let made = post(&bench, &ann, BOTS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!(made["type"], "strategy");
    assert_eq!(
        made["config"]["entry"]["conditions"][0]["operator"],
        "above"
    );
    let path = format!("{BOTS}/{}", made["id"].as_str().unwrap());
    let mut other = strategy();
    other["interval"] = json!("5m");
    let answer = bench
        .call("PATCH", &path)
        .bearer(&ann.access)
        .json(&json!({ "config": other, "version": made["version"] }))
        .send()
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(get(&bench, &ann, &path).await["config"]["interval"], "5m");
}

#[tokio::test]
async fn everything_that_is_wrong_with_rules_is_told_at_once() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let mut paper = crate::trading::paper("Hours");
    paper["paper"]["feed"]["interval"] = json!("1h");
    let account = post(&bench, &ann, "/api/v1/exchange-connections", &paper).await;
    let account = account.json()["id"].as_str().unwrap().to_owned();
    let mut config = strategy();
    config["interval"] = json!("4h");
    config["entry"] = json!({ "conditions": [
        { "left": { "indicator": "emaa" }, "operator": "above", "right": { "price": "close" } },
        { "left": { "indicator": "ema", "period": 0 }, "operator": "above", "right": { "price": "close" } },
        { "left": { "indicator": "volume" }, "operator": "above", "right": { "indicator": "rsi" } },
        { "left": { "indicator": "rsi", "interval": "15m" }, "operator": "below", "right": { "value": "30" } },
    ] });
    let body = json!({ "connection_id": account, "name": "Rules", "config": config });
    let refused = post(&bench, &ann, BOTS, &body).await;
    problem(&refused, 422, "invalid");
    assert_eq!(
        fields(&refused.json()),
        [
            "/config/entry/conditions/0/left/indicator out_of_range",
            "/config/entry/conditions/1/left/period out_of_range",
            "/config/entry/conditions/2 conflict",
            "/config/entry/conditions/3/left/interval out_of_range",
        ]
    );
}

/// An engine of the release before would put it into `error`.
#[tokio::test]
async fn a_strategy_waits_for_engines_that_know_it() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let before = "INSERT INTO engine_nodes (id, name, state_format, alive_until)
        VALUES (gen_random_uuid(), 'before', 6, now() + interval '1 hour')";
    bench.db.execute(before).await;
    let body = json!({ "connection_id": account, "name": "Rules", "config": strategy() });
    let refused = post(&bench, &ann, BOTS, &body).await;
    problem(&refused, 409, "not_yet_available");
    let ended = "UPDATE engine_nodes SET state_format = 7";
    bench.db.execute(ended).await;
    let made = post(&bench, &ann, BOTS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let raised = "SELECT count(*) FROM leases WHERE state_format = 7";
    assert_eq!(bench.count(raised).await, 1);
}
