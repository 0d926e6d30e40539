//! Answers that are not as they should be.

use exchange::{Ambiguity, Venue, VenueError, venue::TradesOf};
use serde_json::{Value, json};

use crate::support::{Clocks, NOW, Reply, VenueServer, account, config, symbol};

fn order() -> Value {
    json!({
        "symbol": "BTCUSDT", "orderId": 28, "orderListId": -1, "clientOrderId": "bbx1",
        "price": "60000.00", "origQty": "0.01", "executedQty": "0.004",
        "cummulativeQuoteQty": "240.00", "status": "PARTIALLY_FILLED", "timeInForce": "GTC",
        "type": "LIMIT", "side": "BUY", "time": NOW, "updateTime": NOW, "isWorking": true,
    })
}

fn trade() -> Value {
    json!({
        "symbol": "BTCUSDT", "id": 28457, "orderId": 28, "price": "60000.00", "qty": "0.004",
        "quoteQty": "240.00", "commission": "0.00000400", "commissionAsset": "BTC", "time": NOW,
        "isBuyer": true, "isMaker": true, "isBestMatch": true,
    })
}

async fn queried(body: &Value) -> Result<(), VenueError> {
    let server = VenueServer::with("/api/v3/order", Reply::json(body.to_string())).await;
    let venue = account(config(&server, &Clocks::new()));
    let found = venue.order(&symbol("BTC-USDT"), "bbx1").await;
    found.map(|found| assert!(found.is_some()))
}

async fn listed(body: &Value) -> Result<(), VenueError> {
    let body = json!([body]).to_string();
    let server = VenueServer::with("/api/v3/myTrades", Reply::json(body)).await;
    let venue = account(config(&server, &Clocks::new()));
    let page = venue
        .trades(&symbol("BTC-USDT"), TradesOf::Order("28"))
        .await;
    page.map(|page| assert_eq!(page.items.len(), 1))
}

/// The text of the error, which names the field.
fn named(result: Result<(), VenueError>, case: &str) -> String {
    match result {
        Err(VenueError::Unknown(Ambiguity::Unreadable(text))) => text,
        other => panic!("{case}: {other:?}"),
    }
}

#[tokio::test]
async fn a_missing_field_is_named() {
    queried(&order()).await.unwrap();
    listed(&trade()).await.unwrap();
    let of_order = [
        "symbol",
        "orderId",
        "clientOrderId",
        "executedQty",
        "cummulativeQuoteQty",
        "status",
        "side",
        "updateTime",
    ];
    for field in of_order {
        let mut body = order();
        body.as_object_mut().unwrap().remove(field);
        let text = named(queried(&body).await, field);
        assert!(text.contains(field), "{text}");
    }
    let of_trade = [
        "symbol",
        "id",
        "orderId",
        "price",
        "qty",
        "quoteQty",
        "commission",
        "commissionAsset",
        "time",
        "isMaker",
    ];
    for field in of_trade {
        let mut body = trade();
        body.as_object_mut().unwrap().remove(field);
        let text = named(listed(&body).await, field);
        assert!(text.contains(field), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_type_or_figure_is_refused() {
    let figures = [
        json!(0.004),
        json!(1),
        json!(null),
        json!("NaN"),
        json!("inf"),
        json!("-0.004"),
        json!("1e-3"),
        json!(""),
        json!("0.0000000000000000001"),
        json!("99999999999999999999999999999"),
        json!(["1"]),
    ];
    for figure in figures {
        let mut body = order();
        body["executedQty"] = figure.clone();
        named(queried(&body).await, &figure.to_string());
        for field in ["price", "qty", "quoteQty"] {
            let mut body = trade();
            body[field] = figure.clone();
            named(listed(&body).await, &format!("{field} {figure}"));
        }
    }
    for (field, value) in [
        ("orderId", json!("28")),
        ("orderId", json!(-1)),
        ("orderId", json!(1.5)),
        ("clientOrderId", json!(7)),
        ("status", json!(1)),
        ("updateTime", json!("1760000000000")),
        ("symbol", json!("DOGEUSDT")),
    ] {
        let mut body = order();
        body[field] = value.clone();
        named(queried(&body).await, &format!("{field} {value}"));
    }
    for (field, value) in [
        ("commissionAsset", json!("not an asset")),
        ("commissionAsset", json!(null)),
        ("isMaker", json!("yes")),
        ("id", json!(-5)),
    ] {
        let mut body = trade();
        body[field] = value.clone();
        named(listed(&body).await, &format!("{field} {value}"));
    }
}

#[tokio::test]
async fn more_than_is_known_changes_nothing() {
    let mut body = order();
    body["newField"] = json!({"deep": [1, 2, {"x": null}]});
    body["timeInForce"] = json!("GTX");
    body["type"] = json!("SOMETHING_NEW");
    queried(&body).await.unwrap();
    let mut body = trade();
    body["newField"] = json!(1.5);
    listed(&body).await.unwrap();
}

#[tokio::test]
async fn a_rebate_is_a_fee_below_zero() {
    let mut body = trade();
    body["commission"] = json!("-0.00000100");
    listed(&body).await.unwrap();
}
