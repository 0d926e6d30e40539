//! Answers and events have the names and JSON types of recorded ones.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Map, Value};

use crate::support::Lab;

/// A recorded payload; none, and a loud word, where the data is not there.
#[expect(clippy::print_stderr, reason = "what is not tested is said aloud")]
fn recorded(name: &str) -> Option<Value> {
    let Ok(folder) = std::env::var("BLOCKBOTX_TEST_DATA") else {
        eprintln!(
            "\n*** NOT TESTED: BLOCKBOTX_TEST_DATA is unset, so no shape was compared with a recorded one ***\n"
        );
        return None;
    };
    let path = PathBuf::from(folder).join("binance").join(name);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).unwrap())
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn names(object: &Map<String, Value>) -> BTreeSet<&str> {
    object.keys().map(String::as_str).collect()
}

/// Where two values differ in names or types. Fields that hold one of several types in the recording are left out.
fn differences(at: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            if names(ours) != names(theirs) {
                let missing: Vec<_> = names(theirs).difference(&names(ours)).copied().collect();
                let more: Vec<_> = names(ours).difference(&names(theirs)).copied().collect();
                if !missing.is_empty() || !more.is_empty() {
                    found.push(format!("{at}: missing {missing:?}, more {more:?}"));
                }
            }
            for (name, theirs) in theirs {
                if let Some(ours) = ours.get(name) {
                    differences(&format!("{at}.{name}"), ours, theirs, found);
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => match (ours.first(), theirs.first()) {
            // Rows of fixed places hold several types.
            (Some(_), Some(their)) if theirs.iter().any(|value| kind(value) != kind(their)) => {
                let kinds = |row: &[Value]| row.iter().map(kind).collect::<Vec<_>>();
                if kinds(ours) != kinds(theirs) {
                    found.push(format!(
                        "{at}: {:?} instead of {:?}",
                        kinds(ours),
                        kinds(theirs)
                    ));
                }
            }
            (Some(our), Some(their)) => differences(&format!("{at}[0]"), our, their, found),
            (None, Some(_)) => found.push(format!("{at}: empty")),
            (_, None) => {}
        },
        _ if kind(ours) == kind(theirs) => {}
        _ => found.push(format!("{at}: {} instead of {}", kind(ours), kind(theirs))),
    }
}

/// Compares with a recording.
fn assert_like(ours: &Value, name: &str) {
    assert_like_but(ours, name, &[]);
}

/// Compares with a recording, but for differences that Binance's documentation explains.
fn assert_like_but(ours: &Value, name: &str, explained: &[&str]) {
    let Some(theirs) = recorded(name) else {
        return;
    };
    let mut found = Vec::new();
    differences("", ours, &theirs, &mut found);
    let unexplained: Vec<_> = found
        .iter()
        .filter(|difference| !explained.contains(&difference.as_str()))
        .collect();
    assert!(unexplained.is_empty(), "{name}: {unexplained:#?}\n{ours:#}");
}

#[tokio::test]
async fn market_data_looks_like_binances() {
    let lab = Lab::start().await;
    lab.price("60000.5");
    for (path, name) in [
        ("/api/v3/ping", "ping_response.json"),
        ("/api/v3/time", "server_time_response.json"),
        ("/api/v3/depth?symbol=BTCUSDT", "depth_response.json"),
        ("/api/v3/trades?symbol=BTCUSDT", "trades_response.json"),
        (
            "/api/v3/klines?symbol=BTCUSDT&interval=1m",
            "klines_response.json",
        ),
        ("/api/v3/avgPrice?symbol=BTCUSDT", "avg_price_response.json"),
        (
            "/api/v3/ticker/24hr?symbol=BTCUSDT",
            "ticker_24hr_response.json",
        ),
        (
            "/api/v3/ticker/price?symbol=BTCUSDT",
            "ticker_price_response.json",
        ),
        (
            "/api/v3/ticker/bookTicker?symbol=BTCUSDT",
            "book_ticker_response.json",
        ),
    ] {
        assert_like(&lab.public(path).await.ok(), name);
    }
    let info = lab.public("/api/v3/exchangeInfo?symbol=BTCUSDT").await.ok();
    assert_eq!(info["symbols"].as_array().unwrap().len(), 1);
    assert_like_but(&info, "exchange_info_response.json", &[".sors: empty"]);
    let all = lab.public("/api/v3/ticker/24hr").await.ok();
    assert_eq!(all.as_array().unwrap().len(), 4);
    assert_like(&all[0], "ticker_24hr_response.json");
}

#[tokio::test]
async fn signed_answers_look_like_binances() {
    let lab = Lab::start().await;
    lab.signed(
        "POST",
        "/api/v3/order",
        "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=1",
    )
    .await
    .ok();
    let market = lab
        .order("side=SELL&type=MARKET&quantity=0.5&newOrderRespType=FULL")
        .await
        .ok();
    assert_like(&market, "new_order_full_response.json");
    lab.order(
        "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=50000&newClientOrderId=rest1",
    )
    .await
    .ok();
    let query = "symbol=BTCUSDT&origClientOrderId=rest1";
    for (path, query, name) in [
        ("/api/v3/order", query, "order_response.json"),
        (
            "/api/v3/openOrders",
            "symbol=BTCUSDT",
            "open_orders_response.json",
        ),
        ("/api/v3/account", "", "account_response.json"),
        (
            "/api/v3/allOrders",
            "symbol=BTCUSDT",
            "all_orders_response.json",
        ),
        (
            "/api/v3/myTrades",
            "symbol=BTCUSDT",
            "account_trades_response.json",
        ),
    ] {
        assert_like(&lab.signed("GET", path, query).await.ok(), name);
    }
    let canceled = lab.signed("DELETE", "/api/v3/order", query).await.ok();
    assert_like(&canceled, "cancel_order_response.json");
    lab.order("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=50000")
        .await
        .ok();
    let all = lab
        .signed("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT")
        .await
        .ok();
    assert_like(&all, "cancel_open_orders_response.json");
}

#[tokio::test]
async fn events_look_like_binances() {
    let lab = Lab::start().await;
    let mut stream = lab.user_stream().await;
    lab.order("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=50000&newClientOrderId=one")
        .await
        .ok();
    assert_like(&stream.json().await, "execution_report_wrapped.json");
    assert_like(&stream.json().await, "account_position_wrapped.json");
    lab.act(emulator::Action::Deposit {
        user: "alice".to_owned(),
        asset: "USDT".parse().unwrap(),
        amount: crate::support::amount("5"),
    });
    assert_like(&stream.json().await, "balance_update_wrapped.json");
    assert_like(&stream.event().await, "account_position.json");
    lab.price("50000");
    // The old recordings have fewer fields; what they have is of the same types.
    let more = [r#": missing [], more ["F", "I", "M", "Q", "V", "W", "Y", "g"]"#];
    assert_like_but(&stream.event().await, "execution_report_trade.json", &more);
    stream.event().await;
    lab.order("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=40000&newClientOrderId=two")
        .await
        .ok();
    assert_like_but(&stream.event().await, "execution_report_new.json", &more);
    stream.event().await;
    lab.signed(
        "DELETE",
        "/api/v3/order",
        "symbol=BTCUSDT&origClientOrderId=two",
    )
    .await
    .ok();
    assert_like_but(
        &stream.event().await,
        "execution_report_canceled.json",
        &more,
    );
    stream.event().await;
    lab.order("side=BUY&type=LIMIT&timeInForce=IOC&quantity=0.01&price=40000")
        .await
        .ok();
    stream.event().await;
    assert_like_but(
        &stream.event().await,
        "execution_report_expired.json",
        &more,
    );
}
