use serde_json::{Value, json};

use crate::{
    bench::Bench,
    trading::{connection, get, post},
};

const BOTS: &str = "/api/v1/bots";

#[tokio::test]
async fn presets_are_configurations_that_are_taken() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let presets = get(&bench, &ann, "/api/v1/bots/presets").await;
    let presets = presets["data"].as_array().unwrap();
    let names: Vec<&Value> = presets.iter().map(|preset| &preset["name"]).collect();
    assert_eq!(
        names,
        ["ema_cross", "rsi_reversal", "macd", "bollinger_breakout"]
    );
    for preset in presets {
        let body = json!({ "connection_id": account, "name": preset["title"], "config": preset["config"] });
        let made = post(&bench, &ann, BOTS, &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
}
