//! Bad input, one case a code.

use emulator::{Action, SymbolStatus, signature};
use serde_json::json;

use crate::support::{API_KEY, Lab, SECRET_KEY, signed_path};

const LIMIT: &str = "side=BUY&type=LIMIT&timeInForce=GTC";

/// Places orders that must be refused with status 400.
async fn assert_refused(lab: &Lab, cases: &[(&str, i64, &str)]) {
    for (query, code, text) in cases {
        let answer = lab.signed("POST", "/api/v3/order", query).await;
        assert_eq!(answer.refusal(), (400, *code, *text), "{query}");
    }
    assert!(lab.emulator.books().orders.is_empty());
    lab.check_books();
}

#[tokio::test]
async fn parameters_are_checked() {
    let lab = Lab::start().await;
    let limit = format!("symbol=BTCUSDT&{LIMIT}&price=50000");
    let market = "symbol=BTCUSDT&side=BUY&type=MARKET";
    let case = |query: &str, more: &str| format!("{query}{more}");
    let cases = [
        (case("", "symbol=NOPE&side=BUY&type=MARKET&quantity=1"), -1121, "Invalid symbol.".to_owned()),
        (case("", "symbol=btcusdt&side=BUY&type=MARKET&quantity=1"), -1100,
         "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.".to_owned()),
        (case(market, ""), -1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!".to_owned()),
        (case("symbol=BTCUSDT&type=MARKET&quantity=1", ""), -1102,
         "Mandatory parameter 'side' was not sent, was empty/null, or malformed.".to_owned()),
        (case(market, "&quantity="), -1105, "Parameter 'quantity' was empty.".to_owned()),
        (case(market, "&quantity=1&quantity=2"), -1101, "Duplicate values for a parameter detected.".to_owned()),
        (case(market, "&quantity=1&price=5"), -1106, "Parameter 'price' sent when not required.".to_owned()),
        (case(market, "&quantity=1&timeInForce=GTC"), -1106, "Parameter 'timeInForce' sent when not required.".to_owned()),
        (case(market, "&quantity=1&quoteOrderQty=5"), -1128, "Combination of optional parameters invalid.".to_owned()),
        (case(market, "&quantity=1e3"), -1100,
         r"Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\.[0-9]{1,20})?$'.".to_owned()),
        (case(market, "&quantity=0.000000001"), -1111, "Parameter 'quantity' has too much precision.".to_owned()),
        (case(market, "&quantity=1&surprise=1"), -1104,
         "Not all sent parameters were read; read '6' parameter(s) but was sent '7'.".to_owned()),
        (case("symbol=BTCUSDT&side=HOLD&type=MARKET&quantity=1", ""), -1117, "Invalid side.".to_owned()),
        (case("symbol=BTCUSDT&side=BUY&type=STOP&quantity=1", ""), -1116, "Invalid orderType.".to_owned()),
        (case("symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=5&timeInForce=GTX", ""), -1115, "Invalid timeInForce.".to_owned()),
        (case(&limit, "&quantity=1&newOrderRespType=ALL"), -1130, "Data sent for parameter 'newOrderRespType' is not valid.".to_owned()),
        (case(&limit, "&quantity=1&newClientOrderId=a%20b"), -1100,
         "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_:/.]{1,36}$'.".to_owned()),
        (case(&limit, "&quantity=0"), -1013, "Invalid quantity.".to_owned()),
        (case("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0", ""), -1013, "Invalid price.".to_owned()),
    ];
    let cases: Vec<_> = cases
        .iter()
        .map(|(query, code, text)| (query.as_str(), *code, text.as_str()))
        .collect();
    assert_refused(&lab, &cases).await;
}

#[tokio::test]
async fn filters_are_checked() {
    let lab = Lab::start().await;
    let limit = format!("symbol=BTCUSDT&{LIMIT}");
    let cases = [
        ("&quantity=0.001&price=50000.001", "PRICE_FILTER"),
        ("&quantity=0.001&price=1000000.01", "PRICE_FILTER"),
        ("&quantity=0.001&price=9000", "PERCENT_PRICE_BY_SIDE"),
        ("&quantity=0.000001&price=50000", "LOT_SIZE"),
        ("&quantity=0.000015&price=50000", "LOT_SIZE"),
        ("&quantity=9001&price=50000", "LOT_SIZE"),
        ("&quantity=0.00001&price=50000", "NOTIONAL"),
    ];
    for (more, filter) in cases {
        let answer = lab
            .signed("POST", "/api/v3/order", &format!("{limit}{more}"))
            .await;
        let text = format!("Filter failure: {filter}");
        assert_eq!(answer.refusal(), (400, -1013, text.as_str()), "{more}");
    }
    let answer = lab.order("side=SELL&type=MARKET&quantity=121").await;
    assert_eq!(
        answer.refusal(),
        (400, -1013, "Filter failure: MARKET_LOT_SIZE")
    );
    lab.act(
        serde_json::from_value(json!({
            "action": "change_filters", "symbol": "BTCUSDT", "max_orders": 1,
        }))
        .unwrap(),
    );
    lab.order(&format!("{LIMIT}&quantity=0.001&price=50000"))
        .await
        .ok();
    let answer = lab
        .order(&format!("{LIMIT}&quantity=0.001&price=50000"))
        .await;
    assert_eq!(
        answer.refusal(),
        (400, -1013, "Filter failure: MAX_NUM_ORDERS")
    );
}

#[tokio::test]
async fn the_matching_engine_refuses() {
    let lab = Lab::start().await;
    assert_refused(
        &lab,
        &[
            (
                "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=2",
                -2010,
                "Account has insufficient balance for requested action.",
            ),
            (
                "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=3&price=70000",
                -2010,
                "Account has insufficient balance for requested action.",
            ),
            (
                "symbol=BTCUSDT&side=SELL&type=LIMIT_MAKER&quantity=1&price=59999.99",
                -2010,
                "Order would immediately match and take.",
            ),
        ],
    )
    .await;
    lab.act(Action::SetStatus {
        symbol: "BTCUSDT".to_owned(),
        status: SymbolStatus::Halt,
    });
    let answer = lab.order("side=BUY&type=MARKET&quantity=0.1").await;
    assert_eq!(answer.refusal(), (400, -2010, "Market is closed."));
    let info = lab.public("/api/v3/exchangeInfo?symbol=BTCUSDT").await.ok();
    assert_eq!(info["symbols"][0]["status"], "HALT");
    lab.act(Action::SetStatus {
        symbol: "BTCUSDT".to_owned(),
        status: SymbolStatus::Trading,
    });
    lab.act(
        serde_json::from_value(json!({
            "action": "change_user", "user": "alice", "can_trade": false,
        }))
        .unwrap(),
    );
    let answer = lab.order("side=BUY&type=MARKET&quantity=0.1").await;
    assert_eq!(
        answer.refusal(),
        (400, -2010, "This action is disabled on this account.")
    );
}

#[tokio::test]
async fn unknown_orders_are_refused() {
    let lab = Lab::start().await;
    for (method, query, code, text) in [
        (
            "GET",
            "symbol=BTCUSDT&orderId=99",
            -2013,
            "Order does not exist.",
        ),
        (
            "GET",
            "symbol=BTCUSDT&origClientOrderId=nope",
            -2013,
            "Order does not exist.",
        ),
        (
            "DELETE",
            "symbol=BTCUSDT&orderId=99",
            -2011,
            "Unknown order sent.",
        ),
        (
            "GET",
            "symbol=BTCUSDT",
            -1102,
            "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
        ),
    ] {
        let answer = lab.signed(method, "/api/v3/order", query).await;
        assert_eq!(answer.refusal(), (400, code, text));
    }
    let answer = lab
        .signed("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT")
        .await;
    assert_eq!(answer.refusal(), (400, -2011, "Unknown order sent."));
}

#[tokio::test]
async fn an_order_of_somebody_else_does_not_exist() {
    let lab = Lab::start().await;
    lab.act(Action::CreateUser(emulator::UserConfig::new(
        "bob",
        "bobKey",
        "bobSecret",
    )));
    let id = lab
        .order(&format!("{LIMIT}&quantity=0.001&price=50000"))
        .await
        .ok()["orderId"]
        .clone();
    let path = signed_path(
        "/api/v3/order",
        &format!("symbol=BTCUSDT&orderId={id}"),
        lab.now(),
        "bobSecret",
    );
    let answer = lab.send("GET", &path, Some("bobKey")).await.unwrap();
    assert_eq!(answer.refusal(), (400, -2013, "Order does not exist."));
    let answer = lab.send("DELETE", &path, Some("bobKey")).await.unwrap();
    assert_eq!(answer.refusal(), (400, -2011, "Unknown order sent."));
}

#[tokio::test]
async fn keys_and_signatures_are_checked() {
    let lab = Lab::start().await;
    let path = lab.signed_path("/api/v3/account", "");
    let key_format = "API-key format invalid.";
    let key = "Invalid API-key, IP, or permissions for action.";
    for (api_key, status, code, text) in [
        (None, 401, -2014, key_format),
        (Some("not a key"), 401, -2014, key_format),
        (Some("nobodysKey"), 401, -2015, key),
    ] {
        let answer = lab.send("GET", &path, api_key).await.unwrap();
        assert_eq!(answer.refusal(), (status, code, text));
    }
    let forged = signed_path("/api/v3/account", "", lab.now(), "guess");
    let answer = lab.send("GET", &forged, Some(API_KEY)).await.unwrap();
    assert_eq!(
        answer.refusal(),
        (400, -1022, "Signature for this request is not valid.")
    );
    // What was signed is what is sent.
    let changed = path.replace("/account?", "/account?omitZeroBalances=true&");
    let answer = lab.send("GET", &changed, Some(API_KEY)).await.unwrap();
    assert_eq!(answer.refusal().1, -1022);
    let unsigned = format!("/api/v3/account?timestamp={}", lab.now());
    let answer = lab.send("GET", &unsigned, Some(API_KEY)).await.unwrap();
    assert_eq!(
        answer.refusal(),
        (
            400,
            -1102,
            "Mandatory parameter 'signature' was not sent, was empty/null, or malformed."
        )
    );
    lab.act(Action::RevokeKey {
        user: "alice".to_owned(),
        is_revoked: true,
    });
    let answer = lab.send("GET", &path, Some(API_KEY)).await.unwrap();
    assert_eq!(answer.refusal(), (401, -2015, key));
}

#[tokio::test]
async fn the_signature_of_the_documentation_is_right() {
    let secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
    let payload = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";
    assert_eq!(
        signature(secret, payload),
        "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    );
}

#[tokio::test]
async fn timestamps_are_checked_on_arrival_and_before_the_matching_engine() {
    let lab = Lab::start().await;
    let ahead = "Timestamp for this request was 1000ms ahead of the server's time.";
    let outside = "Timestamp for this request is outside of the recvWindow.";
    for (offset, window, refusal) in [
        (0, "", None),
        (999, "", None),
        (1_000, "", Some((-1021, ahead))),
        (-5_000, "", None),
        (-5_001, "", Some((-1021, outside))),
        (-60_000, "recvWindow=60000", None),
        (-2, "recvWindow=1", Some((-1021, outside))),
        (
            0,
            "recvWindow=60001",
            Some((-1131, "recvWindow must be less than 60000.")),
        ),
    ] {
        let path = signed_path("/api/v3/account", window, lab.now() + offset, SECRET_KEY);
        let answer = lab.send("GET", &path, Some(API_KEY)).await.unwrap();
        match refusal {
            None => assert_eq!(answer.status, 200, "{offset} {window}"),
            Some((code, text)) => {
                assert_eq!(answer.refusal(), (400, code, text), "{offset} {window}");
            }
        }
    }
    // 30 ms later than it was good for.
    lab.inject(emulator::Fault::Latency { ms: 30 }, 1);
    let query = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1&recvWindow=20";
    let answer = lab.signed("POST", "/api/v3/order", query).await;
    assert_eq!(answer.refusal(), (400, -1021, outside));
    assert!(lab.emulator.books().orders.is_empty());
    lab.act(Action::SetSkew { ms: -3_000 });
    let answer = lab.signed("GET", "/api/v3/account", "").await;
    assert_eq!(answer.refusal(), (400, -1021, ahead));
    let time = lab.public("/api/v3/time").await.ok();
    assert_eq!(time["serverTime"], lab.now() - 3_000);
}

#[tokio::test]
async fn market_data_is_refused_with_a_reason() {
    let lab = Lab::start().await;
    for (path, status, code) in [
        ("/api/v3/klines?symbol=BTCUSDT&interval=7m", 400, -1120),
        ("/api/v3/klines?symbol=BTCUSDT", 400, -1102),
        (
            "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=0",
            400,
            -1130,
        ),
        ("/api/v3/depth", 400, -1102),
        ("/api/v3/depth?symbol=NOPE", 400, -1121),
        (
            "/api/v3/ticker/24hr?symbol=BTCUSDT&symbols=%5B%22BTCUSDT%22%5D",
            400,
            -1128,
        ),
        ("/api/v3/exchangeInfo?symbols=BTCUSDT", 400, -1100),
        ("/api/v3/time?x=1", 400, -1104),
        ("/api/v3/nothing", 404, 0),
    ] {
        let answer = lab.public(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.refusal().1),
            (status, code),
            "{path}"
        );
    }
    let query = format!("symbol=BTCUSDT&startTime=0&endTime={}", 25 * 3_600_000);
    let answer = lab.signed("GET", "/api/v3/allOrders", &query).await;
    assert_eq!(
        answer.refusal(),
        (
            400,
            -1127,
            "More than 24 hours between startTime and endTime."
        )
    );
}

#[tokio::test]
async fn a_test_order_is_checked_and_not_placed() {
    let lab = Lab::start().await;
    let good = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1";
    let answer = lab.signed("POST", "/api/v3/order/test", good).await.ok();
    assert_eq!(answer, json!({}));
    let rates = format!("{good}&computeCommissionRates=true");
    let answer = lab.signed("POST", "/api/v3/order/test", &rates).await.ok();
    assert_eq!(answer["standardCommissionForOrder"]["maker"], "0.00100000");
    let bad = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.000001";
    let answer = lab.signed("POST", "/api/v3/order/test", bad).await;
    assert_eq!(answer.refusal(), (400, -1013, "Filter failure: LOT_SIZE"));
    assert!(lab.emulator.books().orders.is_empty());
}

#[tokio::test]
async fn admin_routes_refuse_what_cannot_be_done() {
    let lab = Lab::start().await;
    let post = async |path: &str, body: serde_json::Value| {
        let url = format!("{}/emulator/{path}", lab.emulator.rest_url());
        let answer = lab
            .http
            .post(url)
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for (path, body, status) in [
        ("explode", json!({}), 400),
        ("set_price", json!({ "symbol": "BTCUSDT" }), 400),
        (
            "set_price",
            json!({ "symbol": "BTCUSDT", "price": "60000.001" }),
            409,
        ),
        ("set_price", json!({ "symbol": "NOPE", "price": "1" }), 409),
        ("advance", json!({ "symbol": "NOPE", "points": 1 }), 409),
        (
            "deposit",
            json!({ "user": "alice", "asset": "USDT", "amount": "-100000.01" }),
            409,
        ),
        (
            "deposit",
            json!({ "user": "nobody", "asset": "USDT", "amount": "1" }),
            409,
        ),
        (
            "change_filters",
            json!({ "symbol": "BTCUSDT", "tick_size": "0.00001" }),
            409,
        ),
        (
            "create_user",
            json!({ "name": "alice", "api_key": "x", "secret_key": "y" }),
            409,
        ),
        (
            "set_price",
            json!({ "symbol": "BTCUSDT", "price": "60001" }),
            200,
        ),
    ] {
        let (found, text) = post(path, body.clone()).await;
        assert_eq!(found, status, "{path} {body}: {text}");
    }
    assert_eq!(lab.balance("USDT").await[0], "100000.00000000");
    let books = lab.send("GET", "/emulator/books", None).await.unwrap().ok();
    let books: emulator::Books = serde_json::from_value(books).unwrap();
    assert_eq!(books, lab.emulator.books());
    let broken = emulator::Books {
        deposits: Vec::new(),
        ..books
    };
    assert_eq!(broken.check().unwrap_err().len(), 3);
}
