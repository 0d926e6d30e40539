//! Somebody changes a bot while it trades.

use http::StatusCode;
use serde_json::{Value, json};
use testkit::wait_until;

use super::{
    platform::{Copy, Platform},
    user::User,
};

const ACCOUNTS: &str = "/api/v1/exchange-connections";

fn config(amount: &str) -> Value {
    json!({
        "type": "dca", "base_order": {"unit": "quote", "amount": amount}, "take_profit": {"percentage": "0.1"},
        "stop_loss": {"percentage": "0.4"},
    })
}

/// Deals, and what their first orders were for, by number.
async fn deals(user: &User, api: &Copy, bot: &str) -> Vec<(u64, Value)> {
    let path = format!("/api/v1/bots/{bot}/orders?limit=100");
    let page = user.get(api.address, &path).await.json();
    let mut deals: Vec<_> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|order| order["purpose"] == "base")
        .map(|order| {
            (
                order["deal"].as_u64().unwrap(),
                order["quote_quantity"].clone(),
            )
        })
        .collect();
    deals.sort_by_key(|deal| deal.0);
    deals
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_while_a_bot_trades_is_for_the_deals_after_it() {
    let platform = Platform::start().await;
    let (_engine, api) = (platform.engine().await, platform.api().await);
    let user = User::register(api.address, "ada@example.com").await;
    let account = json!({"venue": "paper", "label": "Paper", "paper": {
        "symbol": "BTC-USDT", "balances": {"USDT": "1000"}, "speed": 60_000,
        "feed": {"kind": "synthetic", "seed": 7, "candles": 1_000_000, "start_price": "60000"}}});
    let account = user.post(api.address, ACCOUNTS, &account).await.json();
    let account = account["id"].as_str().unwrap();
    let bot = json!({"connection_id": account, "name": "DCA", "config": config("800")});
    let bot = user.post(api.address, "/api/v1/bots", &bot).await.json();
    let bot = bot["id"].as_str().unwrap();
    let path = format!("/api/v1/bots/{bot}");
    let none = json!({});
    user.post(api.address, &format!("{path}/start"), &none)
        .await;
    let start = json!({"action": "start"});
    user.post(api.address, &format!("{ACCOUNTS}/{account}/feed"), &start)
        .await;
    wait_until("the bot trades", || async {
        !deals(&user, &api, bot).await.is_empty()
    })
    .await;

    let edit = json!({"config": config("500"), "version": 1});
    let edited = user.call(api.address, "PATCH", &path, &edit).await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.text());
    assert_eq!(edited.json()["version"], 2);
    wait_until("a later deal goes by it", || async {
        deals(&user, &api, bot)
            .await
            .iter()
            .any(|deal| deal.1 == "500")
    })
    .await;
    let seen = deals(&user, &api, bot).await;
    let first = seen.iter().position(|deal| deal.1 == "500").unwrap();
    assert!(first == 0 || seen[..first].iter().all(|deal| deal.1 == "800"));
    assert!(seen[first..].iter().all(|deal| deal.1 == "500"));
}
