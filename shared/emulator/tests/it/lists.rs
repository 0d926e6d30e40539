//! Lists of orders and fills, and the choices that requests have.

use serde_json::{Value, json};

use crate::support::Lab;

/// Places a resting order and returns its id.
async fn rest(lab: &Lab, symbol: &str, price: &str) -> u64 {
    let query =
        format!("symbol={symbol}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price={price}");
    let order = lab.signed("POST", "/api/v3/order", &query).await.ok();
    order["orderId"].as_u64().unwrap()
}

fn ids(rows: &Value, name: &str) -> Vec<u64> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row[name].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn orders_are_listed_by_symbol_id_and_time() {
    let lab = Lab::start().await;
    let first = rest(&lab, "BTCUSDT", "50000").await;
    lab.pass(1_000);
    let second = rest(&lab, "BTCUSDT", "51000").await;
    let third = rest(&lab, "BTCUSDT", "52000").await;
    let other = rest(&lab, "ETHUSDT", "2500").await;
    let second_at = lab.now();
    for (query, expected) in [
        ("symbol=BTCUSDT".to_owned(), vec![first, second, third]),
        ("symbol=ETHUSDT".to_owned(), vec![other]),
        (
            format!("symbol=BTCUSDT&orderId={second}"),
            vec![second, third],
        ),
        (
            format!("symbol=BTCUSDT&orderId={first}&limit=2"),
            vec![first, second],
        ),
        ("symbol=BTCUSDT&limit=2".to_owned(), vec![second, third]),
        (
            format!("symbol=BTCUSDT&startTime={second_at}"),
            vec![second, third],
        ),
        (
            format!("symbol=BTCUSDT&endTime={}", second_at - 1),
            vec![first],
        ),
    ] {
        let rows = lab.signed("GET", "/api/v3/allOrders", &query).await.ok();
        assert_eq!(ids(&rows, "orderId"), expected, "{query}");
    }
    let open = lab.signed("GET", "/api/v3/openOrders", "").await;
    // All symbols weigh more than one.
    assert_eq!(open.header("x-mbx-used-weight-1m"), Some("220"));
    assert_eq!(ids(&open.ok(), "orderId").len(), 4);
}

#[tokio::test]
async fn fills_are_listed_by_order_id_and_time() {
    let lab = Lab::start().await;
    for _ in 0..3 {
        lab.order("side=BUY&type=MARKET&quantity=0.01").await.ok();
    }
    let all = lab
        .signed("GET", "/api/v3/myTrades", "symbol=BTCUSDT")
        .await
        .ok();
    let (trades, orders) = (ids(&all, "id"), ids(&all, "orderId"));
    assert_eq!(trades.len(), 3);
    for (query, expected) in [
        (format!("fromId={}", trades[1]), &trades[1..]),
        (format!("fromId={}&limit=1", trades[1]), &trades[1..2]),
        (format!("orderId={}", orders[2]), &trades[2..]),
        ("limit=1".to_owned(), &trades[2..]),
        (format!("startTime={}", lab.now() + 1), &[]),
    ] {
        let query = format!("symbol=BTCUSDT&{query}");
        let rows = lab.signed("GET", "/api/v3/myTrades", &query).await.ok();
        assert_eq!(ids(&rows, "id"), expected, "{query}");
    }
    let query = format!("symbol=BTCUSDT&fromId=1&startTime={}", lab.now());
    let refused = lab.signed("GET", "/api/v3/myTrades", &query).await;
    assert_eq!(refused.refusal().1, -1128);
}

#[tokio::test]
async fn an_answer_tells_as_much_as_was_asked_for() {
    let lab = Lab::start().await;
    for (kind, names, has_fills) in [("ACK", 5, false), ("RESULT", 16, false), ("FULL", 17, true)] {
        let query = format!("side=BUY&type=MARKET&quantity=0.01&newOrderRespType={kind}");
        let order = lab.order(&query).await.ok();
        assert_eq!(order.as_object().unwrap().len(), names, "{order}");
        assert_eq!(order.get("fills").is_some(), has_fills);
    }
}

#[tokio::test]
async fn a_cancel_may_be_restricted_to_a_status() {
    let lab = Lab::start().await;
    let id = rest(&lab, "BTCUSDT", "50000").await;
    let cancel = async |restriction: &str| {
        let query = format!("symbol=BTCUSDT&orderId={id}&cancelRestrictions={restriction}");
        lab.signed("DELETE", "/api/v3/order", &query).await
    };
    let text = "Order was not canceled due to cancel restrictions.";
    assert_eq!(
        cancel("ONLY_PARTIALLY_FILLED").await.refusal(),
        (400, -2011, text)
    );
    assert_eq!(cancel("ONLY_OLD").await.refusal().1, -1130);
    assert_eq!(cancel("ONLY_NEW").await.ok()["status"], "CANCELED");
}

#[tokio::test]
async fn candles_are_chosen_by_time() {
    let lab = Lab::start().await;
    let minute = lab.now() - lab.now().rem_euclid(60_000);
    let times = async |query: String| {
        let path = format!("/api/v3/klines?symbol=BTCUSDT&interval=1m&{query}");
        let rows = lab.public(&path).await.ok();
        let times: Vec<i64> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row[0].as_i64().unwrap() - minute) / 60_000)
            .collect();
        times
    };
    assert_eq!(times("limit=2".to_owned()).await, [-1, 0]);
    assert_eq!(
        times(format!("startTime={}&limit=2", minute - 600_000)).await,
        [-10, -9]
    );
    let range = format!("startTime={}&endTime={}", minute - 180_000, minute - 60_000);
    assert_eq!(times(range).await, [-3, -2, -1]);
    assert_eq!(
        times(format!("endTime={}&limit=1", minute - 120_000)).await,
        [-2]
    );
}

#[tokio::test]
async fn accounts_tell_fees_and_permissions() {
    let lab = Lab::start().await;
    let commission = lab
        .signed("GET", "/api/v3/account/commission", "symbol=BTCUSDT")
        .await
        .ok();
    assert_eq!(commission["standardCommission"]["taker"], "0.00100000");
    assert_eq!(commission["discount"]["enabledForAccount"], false);
    let permissions = "/sapi/v1/account/apiRestrictions";
    let answer = lab.signed("GET", permissions, "").await.ok();
    assert_eq!(answer["enableWithdrawals"], false);
    lab.act(
        serde_json::from_value(json!({
            "action": "change_user", "user": "alice", "can_withdraw": true, "maker_fee": "0.0015",
        }))
        .unwrap(),
    );
    let answer = lab.signed("GET", permissions, "").await.ok();
    assert_eq!(answer["enableWithdrawals"], true);
    let account = lab.signed("GET", "/api/v3/account", "").await.ok();
    assert_eq!(account["canWithdraw"], true);
    assert_eq!(account["makerCommission"], 15);
    lab.order("side=SELL&type=MARKET&quantity=2").await.ok();
    let account = lab
        .signed("GET", "/api/v3/account", "omitZeroBalances=true")
        .await
        .ok();
    let assets: Vec<_> = account["balances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["asset"])
        .collect();
    assert_eq!(assets, ["USDT", "BNB"]);
}

#[tokio::test]
async fn several_symbols_are_asked_for_at_once() {
    let lab = Lab::start().await;
    let two = "symbols=%5B%22BTCUSDT%22,%22ETHUSDT%22%5D";
    for path in ["ticker/price", "ticker/bookTicker", "ticker/24hr"] {
        let rows = lab.public(&format!("/api/v3/{path}?{two}")).await.ok();
        assert_eq!(rows.as_array().unwrap().len(), 2, "{path}");
    }
    let info = lab
        .public(&format!("/api/v3/exchangeInfo?{two}"))
        .await
        .ok();
    assert_eq!(info["symbols"].as_array().unwrap().len(), 2);
    let mini = lab
        .public(&format!("/api/v3/ticker/24hr?{two}&type=MINI"))
        .await
        .ok();
    assert!(mini[0].get("bidPrice").is_none());
}
