use serde_json::{Value, json};

use crate::{
    bench::{Bench, Somebody, fields, problem},
    exchange::{Trading, id},
    trading::{connection, get, grid, post},
};

const PATH: &str = "/api/v1/bots/preview";

async fn preview(bench: &Bench, who: &Somebody, connection: &str, config: Value) -> Value {
    let body = json!({ "connection_id": connection, "config": config });
    let answer = post(bench, who, PATH, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn deal() -> Value {
    json!({
        "type": "dca", "base_order": { "unit": "quote", "amount": "100" }, "take_profit": { "percentage": "1.5" },
        "safety_orders": { "volume": "100", "step_percentage": "2", "max_count": 3, "active_count": 1 },
        "stop_loss": { "percentage": "20" },
    })
}

#[tokio::test]
async fn a_preview_shows_levels_needs_and_risks_and_stores_nothing() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let shown = preview(&bench, &ann, &account, grid()).await;
    assert_eq!(
        (&shown["errors"], &shown["warnings"]),
        (&json!([]), &json!([]))
    );
    // The start price is 100: half a coin on five lines below it, and 2.5 bought for the five above.
    let levels = shown["levels"].as_array().unwrap();
    assert_eq!(levels.len(), 11);
    assert_eq!(
        levels[0],
        json!({
            "purpose": "grid_start", "level": 0, "side": "buy", "order_type": { "type": "market" }, "price": "100",
            "quantity": "2.5", "quote": "250", "fee": "0.0025", "fee_asset": "SOL", "is_placed_at_start": true,
            "average": null, "exits": [],
        })
    );
    assert_eq!(shown["needed"], json!({ "quote": "485", "base": "0" }));
    assert_eq!(shown["free"], json!({ "quote": "10000", "base": "0" }));
    assert_eq!(shown["loss_at_stop"], Value::Null);

    let shown = preview(&bench, &ann, &account, deal()).await;
    let levels = shown["levels"].as_array().unwrap();
    let of =
        |field: &str| -> Vec<Value> { levels.iter().map(|level| level[field].clone()).collect() };
    assert_eq!(of("purpose"), ["base", "safety", "safety", "safety"]);
    assert_eq!(of("price"), ["100", "98", "96", "94"]);
    assert_eq!(of("is_placed_at_start"), [true, true, false, false]);
    assert!(
        levels
            .iter()
            .all(|level| level["exits"].as_array().unwrap().len() == 1)
    );
    assert!(shown["loss_at_stop"].is_string(), "{shown}");

    let daily = json!({ "type": "dca_interval", "amount": "50", "frequency": { "every": "daily", "hour": 9 } });
    let shown = preview(&bench, &ann, &account, daily).await;
    let times = shown["times"].as_array().unwrap();
    assert_eq!(times.len(), 10);
    assert!(
        times
            .iter()
            .all(|time| time.as_str().unwrap().ends_with("T09:00:00.000Z")),
        "{times:?}"
    );
    assert_eq!(get(&bench, &ann, "/api/v1/bots").await["data"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_is_named_and_what_is_too_dear_is_shown_too() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let mut dear = grid();
    dear["quantity"] = json!({ "mode": "fixed_base", "quantity": "500" });
    let shown = preview(&bench, &ann, &account, dear).await;
    assert_eq!(shown["errors"][0]["pointer"], "/config/quantity");
    assert_eq!(shown["errors"][0]["code"], "insufficient_balance");
    assert_eq!(shown["levels"].as_array().unwrap().len(), 11);
    assert_eq!(shown["needed"]["quote"], "485000");

    let mut narrow = grid();
    narrow["lower"] = json!("109");
    let shown = preview(&bench, &ann, &account, narrow).await;
    assert_eq!(shown["errors"][0]["code"], "step_below_fees");
    assert_eq!(shown["levels"], json!([]));
    assert_eq!(shown["needed"]["quote"], Value::Null);

    let body = json!({ "connection_id": account, "config": { "type": "grid", "colour": "red" } });
    let answer = post(&bench, &ann, PATH, &body).await;
    assert!(
        fields(&problem(&answer, 422, "invalid"))
            .contains(&"/config/colour unknown_field".to_owned())
    );
}

#[tokio::test]
async fn other_peoples_accounts_cannot_be_previewed_on() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let account = connection(&bench, &ann).await;
    let body = json!({ "connection_id": account, "config": grid() });
    let answer = post(&bench, &bob, PATH, &body).await;
    assert_eq!(
        fields(&problem(&answer, 422, "invalid")),
        ["/connection_id not_found"]
    );
}

#[tokio::test]
async fn a_preview_at_an_exchange_counts_with_its_price_and_its_balances() {
    let desk = Trading::open().await;
    let account = desk.testnet().await;
    desk.act(emulator::Action::SetPrice {
        symbol: "SOLUSDT".to_owned(),
        price: "101.5".parse().unwrap(),
    });
    let mut body = json!({ "connection_id": id(&account), "symbol": "SOL-USDT", "config": grid() });
    let answer = post(&desk.bench, &desk.ann, PATH, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let shown = answer.json();
    assert_eq!(shown["errors"], json!([]));
    assert_eq!(shown["levels"][0]["price"], "101.5");
    assert_eq!(shown["free"], json!({ "quote": "10000", "base": "3" }));
    body["symbol"] = json!("SOLUSDT");
    let refused = post(&desk.bench, &desk.ann, PATH, &body).await;
    assert_eq!(
        fields(&problem(&refused, 422, "invalid")),
        ["/symbol unknown_market"]
    );
    assert_eq!(desk.exchange.books().orders.len(), 0);
}
