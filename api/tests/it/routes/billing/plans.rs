use serde_json::json;

use crate::{
    bench::{Bench, problem},
    shop::Shop,
};

const PATH: &str = "/api/v1/billing/plans";

#[tokio::test]
async fn those_on_offer_are_shown_with_what_they_cost_and_allow() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    shop.bench
        .db
        .execute("UPDATE plans SET is_offered = false WHERE id = 'pro'")
        .await;
    let answer = shop.bench.get(PATH).bearer(&ann.access).send().await;
    let plans = answer.json();
    assert_eq!(plans["data"].as_array().unwrap().len(), 2);
    assert_eq!(plans["data"][0]["id"], "free");
    assert_eq!(plans["data"][0]["can_be_bought"], false);
    assert_eq!(
        plans["data"][1]["price"],
        json!({ "amount": "19", "currency": "eur", "interval": "month", "interval_count": 1 })
    );
    assert_eq!(
        plans["data"][1]["entitlements"],
        json!({
            "max_bots": 10, "max_active_deals": 20, "max_connections": 3, "live_trading": true,
            "backtests_per_day": 50, "backtest_candles": 1_000_000,
        })
    );
}

#[tokio::test]
async fn without_stripe_there_is_no_billing() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for path in [
        PATH,
        "/api/v1/billing/subscription",
        "/api/v1/billing/invoices",
    ] {
        let answer = bench.get(path).bearer(&ann.access).send().await;
        problem(&answer, 404, "billing_disabled");
        problem(&bench.get(path).send().await, 401, "unauthenticated");
    }
    let answer = bench.post("/api/v1/billing/webhook").raw("{}").send().await;
    problem(&answer, 404, "billing_disabled");
    let config = bench.get("/api/config").send().await.json();
    assert_eq!(config["features"]["billing"], false);
}
