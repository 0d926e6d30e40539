//! Market streams, the WebSocket API and user events.

use emulator::{Action, UserConfig, signature};
use serde_json::{Value, json};

use crate::support::{API_KEY, Lab, SECRET_KEY, amount};

#[tokio::test]
async fn a_raw_stream_carries_bare_events() {
    let lab = Lab::start().await;
    let mut trades = lab.socket("/ws/btcusdt@trade").await;
    // Subscribed when the answer to a command has come.
    let list = trades
        .ask(&json!({ "method": "LIST_SUBSCRIPTIONS", "id": 1 }))
        .await;
    assert_eq!(list["result"], json!(["btcusdt@trade"]));
    lab.price("60123.45");
    let trade = trades.json().await;
    assert_eq!(trade["e"], "trade");
    assert_eq!(trade["s"], "BTCUSDT");
    assert_eq!(trade["p"], "60123.45000000");
    assert!(trade["t"].is_number() && trade["m"].is_boolean() && trade["T"].is_number());
}

#[tokio::test]
async fn combined_streams_name_each_event_and_subscriptions_change() {
    let lab = Lab::start().await;
    let mut socket = lab
        .socket("/stream?streams=btcusdt@bookTicker/ethusdt@trade")
        .await;
    let subscribe = json!({ "method": "SUBSCRIBE", "params": ["btcusdt@depth5", "btcusdt@miniTicker"], "id": 7 });
    assert_eq!(
        socket.ask(&subscribe).await,
        json!({ "result": null, "id": 7 })
    );
    lab.price("60001");
    let mut seen = Vec::new();
    for _ in 0..3 {
        let event = socket.json().await;
        let stream = event["stream"].as_str().unwrap().to_owned();
        match stream.as_str() {
            "btcusdt@bookTicker" => {
                assert_eq!(event["data"]["a"], "60001.00000000");
                assert_eq!(event["data"]["b"], "60000.99000000");
                assert!(event["data"].get("e").is_none());
            }
            "btcusdt@depth5" => {
                assert_eq!(event["data"]["bids"].as_array().unwrap().len(), 5);
                assert!(event["data"].get("s").is_none());
            }
            _ => assert_eq!(event["data"]["e"], "24hrMiniTicker"),
        }
        seen.push(stream);
    }
    seen.sort();
    assert_eq!(
        seen,
        ["btcusdt@bookTicker", "btcusdt@depth5", "btcusdt@miniTicker"]
    );
    let unsubscribe = json!({ "method": "UNSUBSCRIBE", "params": ["btcusdt@depth5", "btcusdt@bookTicker"], "id": 8 });
    socket.ask(&unsubscribe).await;
    lab.price("60002");
    assert_eq!(socket.json().await["stream"], "btcusdt@miniTicker");
}

#[tokio::test]
async fn candles_come_open_and_then_closed() {
    let lab = Lab::start().await;
    let mut candles = lab.socket("/ws/btcusdt@kline_1m").await;
    candles
        .ask(&json!({ "method": "LIST_SUBSCRIPTIONS", "id": 1 }))
        .await;
    lab.price("60010");
    let open = candles.json().await;
    assert_eq!(
        (&open["k"]["x"], &open["k"]["c"]),
        (&json!(false), &json!("60010.00000000"))
    );
    lab.pass(60_000);
    lab.price("60020");
    let closed = candles.json().await;
    assert_eq!(
        (&closed["k"]["x"], &closed["k"]["c"]),
        (&json!(true), &json!("60010.00000000"))
    );
    assert_eq!(closed["k"]["t"], open["k"]["t"]);
    let next = candles.json().await;
    assert_eq!(
        (&next["k"]["x"], &next["k"]["o"]),
        (&json!(false), &json!("60020.00000000"))
    );
    assert_eq!(
        next["k"]["t"].as_i64().unwrap(),
        open["k"]["t"].as_i64().unwrap() + 60_000
    );
}

#[tokio::test]
async fn all_mini_tickers_are_those_that_changed() {
    let lab = Lab::start().await;
    let mut tickers = lab.socket("/ws/!miniTicker@arr").await;
    tickers
        .ask(&json!({ "method": "LIST_SUBSCRIPTIONS", "id": 1 }))
        .await;
    lab.price("60010");
    let array = tickers.json().await;
    assert_eq!(array.as_array().unwrap().len(), 1);
    assert_eq!(array[0]["s"], "BTCUSDT");
}

#[tokio::test]
async fn commands_that_make_no_sense_are_refused() {
    let lab = Lab::start().await;
    let mut socket = lab.socket("/ws").await;
    for (command, code) in [
        (json!({ "method": "DANCE", "id": 1 }), 2),
        (json!({ "method": "SUBSCRIBE", "params": [], "id": 2 }), 2),
        (json!({ "method": "SUBSCRIBE", "params": [5], "id": 3 }), 2),
    ] {
        let answer = socket.ask(&command).await;
        assert_eq!(answer["error"]["code"], code, "{answer}");
    }
    socket.send(&json!("no command")).await;
    assert_eq!(socket.json().await["error"]["code"], 3);
}

#[tokio::test]
async fn an_order_is_told_from_placing_to_its_last_fill() {
    let lab = Lab::start().await;
    let mut stream = lab.user_stream().await;
    lab.order("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=59000&newClientOrderId=told")
        .await
        .ok();
    let new = stream.event().await;
    assert_eq!(
        (&new["x"], &new["X"], &new["c"]),
        (&json!("NEW"), &json!("NEW"), &json!("told"))
    );
    let locked = stream.event().await;
    assert_eq!(locked["e"], "outboundAccountPosition");
    assert_eq!(
        locked["B"][0],
        json!({ "a": "USDT", "f": "94100.00000000", "l": "5900.00000000" })
    );
    lab.price("59000");
    let fill = stream.event().await;
    assert_eq!(
        (&fill["x"], &fill["X"]),
        (&json!("TRADE"), &json!("FILLED"))
    );
    assert_eq!(
        (&fill["l"], &fill["L"], &fill["z"]),
        (
            &json!("0.10000000"),
            &json!("59000.00000000"),
            &json!("0.10000000")
        )
    );
    assert_eq!(
        (&fill["n"], &fill["N"], &fill["m"]),
        (&json!("0.00010000"), &json!("BTC"), &json!(true))
    );
    let position = stream.event().await;
    assert_eq!(
        position["B"][0],
        json!({ "a": "BTC", "f": "2.09990000", "l": "0.00000000" })
    );
}

#[tokio::test]
async fn a_cancel_names_its_own_id_and_the_orders() {
    let lab = Lab::start().await;
    lab.order("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=59000&newClientOrderId=orig")
        .await
        .ok();
    let mut stream = lab.user_stream().await;
    let query = "symbol=BTCUSDT&origClientOrderId=orig&newClientOrderId=cancel1";
    lab.signed("DELETE", "/api/v3/order", query).await.ok();
    let canceled = stream.event().await;
    assert_eq!(
        (&canceled["c"], &canceled["C"]),
        (&json!("cancel1"), &json!("orig"))
    );
    assert_eq!(canceled["x"], "CANCELED");
}

#[tokio::test]
async fn events_of_one_user_are_not_told_to_another() {
    let lab = Lab::start().await;
    lab.act(Action::CreateUser(UserConfig::new(
        "bob",
        "bobKey",
        "bobSecret",
    )));
    let mut stream = lab.user_stream().await;
    for user in ["bob", "alice"] {
        lab.act(Action::Deposit {
            user: user.to_owned(),
            asset: "USDT".parse().unwrap(),
            amount: amount("7"),
        });
    }
    assert_eq!(stream.event().await["e"], "balanceUpdate");
    let position = stream.event().await;
    assert_eq!(position["B"][0]["f"], "100007.00000000");
}

#[tokio::test]
async fn subscriptions_need_a_right_signature() {
    let lab = Lab::start().await;
    let mut socket = lab.socket("/ws-api/v3").await;
    let with = |change: fn(&mut Value)| {
        let mut request = lab.subscription();
        change(&mut request["params"]);
        request
    };
    for (request, status, code) in [
        (with(|params| params["signature"] = json!("00")), 400, -1022),
        (
            with(|params| params["apiKey"] = json!("nobodysKey")),
            401,
            -2015,
        ),
        (with(|params| params["timestamp"] = json!(1)), 400, -1021),
        (
            with(|params| {
                params.as_object_mut().unwrap().remove("timestamp");
            }),
            400,
            -1102,
        ),
        (
            with(|params| {
                params.as_object_mut().unwrap().remove("apiKey");
            }),
            401,
            -2014,
        ),
    ] {
        let answer = socket.ask(&request).await;
        assert_eq!(answer["status"], status, "{answer}");
        assert_eq!(answer["error"]["code"], code, "{answer}");
    }
}

#[tokio::test]
async fn the_websocket_api_does_what_rest_does() {
    let lab = Lab::start().await;
    let mut socket = lab.socket("/ws-api/v3").await;
    let ping = socket.ask(&json!({ "id": 1, "method": "ping" })).await;
    assert_eq!(
        (&ping["status"], &ping["result"]),
        (&json!(200), &json!({}))
    );
    let time = socket.ask(&json!({ "id": 2, "method": "time" })).await;
    assert_eq!(time["result"]["serverTime"], lab.now());
    let unknown = socket.ask(&json!({ "id": 3, "method": "order.eat" })).await;
    assert_eq!(unknown["status"], 400);
    // Sorted by name before signing, whatever their order in the request.
    let timestamp = lab.now();
    let payload = format!(
        "apiKey={API_KEY}&quantity=0.1&side=BUY&symbol=BTCUSDT&timestamp={timestamp}&type=MARKET"
    );
    let order = socket
        .ask(&json!({ "id": 4, "method": "order.place", "params": {
            "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1", "timestamp": timestamp,
            "apiKey": API_KEY, "signature": signature(SECRET_KEY, &payload),
        } }))
        .await;
    assert_eq!(order["result"]["status"], "FILLED", "{order}");
    lab.check_books();
}

#[tokio::test]
async fn a_revoked_key_ends_its_streams() {
    let lab = Lab::start().await;
    let mut stream = lab.user_stream().await;
    lab.act(Action::RevokeKey {
        user: "alice".to_owned(),
        is_revoked: true,
    });
    assert_eq!(stream.event().await["e"], "eventStreamTerminated");
    lab.act(Action::Deposit {
        user: "alice".to_owned(),
        asset: "USDT".parse().unwrap(),
        amount: amount("1"),
    });
    // Nothing is told between the end and the answer to a ping.
    stream.send(&json!({ "id": "p", "method": "ping" })).await;
    assert_eq!(stream.json().await["id"], "p");
}

#[tokio::test]
async fn a_shutdown_is_told_before_it_comes() {
    let lab = Lab::start().await;
    let mut stream = lab.user_stream().await;
    lab.act(Action::ShutDownStreams {});
    assert_eq!(stream.json().await["event"]["e"], "serverShutdown");
    assert!(stream.is_closed_politely().await);
}

#[tokio::test]
async fn too_many_commands_or_streams_cost_the_connection() {
    let lab = Lab::with(|config| config.limits.streams_per_socket = 2).await;
    let list = json!({ "method": "LIST_SUBSCRIPTIONS", "id": 1 });
    let mut socket = lab.socket("/ws").await;
    for _ in 0..5 {
        socket.ask(&list).await;
    }
    lab.pass(1_000);
    for _ in 0..5 {
        socket.ask(&list).await;
    }
    socket.send(&list).await;
    assert!(!socket.is_closed_politely().await);
    let mut socket = lab.socket("/ws/btcusdt@trade/ethusdt@trade").await;
    socket.ask(&list).await;
    let third = json!({ "method": "SUBSCRIBE", "params": ["bnbusdt@trade"], "id": 2 });
    socket.send(&third).await;
    assert!(!socket.is_closed_politely().await);
}
