//! Each fault is seen by a client.

use std::time::Duration;

use emulator::{Action, Fault, Rate, Schedule, Status, Target, UserConfig, signature};
use serde_json::json;

use crate::support::{API_KEY, Lab, SECRET_KEY, amount, signed_path};

const MARKET: &str = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1&newClientOrderId=f";
const REST: &str =
    "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=59000&newClientOrderId=f";
const QUERY: &str = "symbol=BTCUSDT&origClientOrderId=f";

#[tokio::test]
async fn a_timeout_before_accept_leaves_no_order() {
    let lab = Lab::start().await;
    lab.inject(Fault::TimeoutBeforeAccept { hang_ms: 0 }, 1);
    lab.try_signed("POST", "/api/v3/order", MARKET)
        .await
        .unwrap_err();
    let query = lab.signed("GET", "/api/v3/order", QUERY).await;
    assert_eq!(query.refusal().1, -2013);
}

#[tokio::test]
async fn a_timeout_after_accept_leaves_the_order_alive() {
    let lab = Lab::start().await;
    lab.inject(Fault::TimeoutAfterAccept { hang_ms: 0 }, 1);
    lab.try_signed("POST", "/api/v3/order", MARKET)
        .await
        .unwrap_err();
    let order = lab.signed("GET", "/api/v3/order", QUERY).await.ok();
    assert_eq!(order["status"], "FILLED");
    lab.check_books();
}

#[tokio::test]
async fn a_late_accept_is_found_nowhere_and_then_there() {
    let lab = Lab::start().await;
    let mut stream = lab.user_stream().await;
    lab.inject(Fault::LateAccept { ms: 1_500 }, 1);
    lab.try_signed("POST", "/api/v3/order", MARKET)
        .await
        .unwrap_err();
    let query = lab.signed("GET", "/api/v3/order", QUERY).await;
    assert_eq!(query.refusal().1, -2013);
    assert_eq!(stream.event().await["c"], "f");
    lab.signed("GET", "/api/v3/order", QUERY).await.ok();
}

#[tokio::test]
async fn an_order_whose_client_does_not_wait_is_placed() {
    let lab = Lab::start().await;
    let mut stream = lab.user_stream().await;
    lab.inject(Fault::Latency { ms: 200 }, 1);
    let path = lab.signed_path("/api/v3/order", MARKET);
    let url = format!("{}{path}", lab.emulator.rest_url());
    let request = lab.http.post(url).header("X-MBX-APIKEY", API_KEY);
    let impatient = request.timeout(Duration::from_millis(50)).send().await;
    assert!(impatient.unwrap_err().is_timeout());
    assert_eq!(stream.event().await["c"], "f");
}

#[tokio::test]
async fn a_server_error_after_accept_leaves_the_order_alive() {
    for (status, code) in [(500, -1006), (504, -1007), (502, 0)] {
        let lab = Lab::start().await;
        lab.inject(Fault::ErrorAfterAccept { status }, 1);
        let answer = lab.signed("POST", "/api/v3/order", MARKET).await;
        assert_eq!((answer.status.as_u16(), answer.refusal().1), (status, code));
        let order = lab.signed("GET", "/api/v3/order", QUERY).await.ok();
        assert_eq!(order["status"], "FILLED");
    }
}

#[tokio::test]
async fn requests_are_refused_before_they_are_looked_at() {
    let lab = Lab::start().await;
    for (fault, status, code) in [
        (Fault::Overloaded, 503, -1008),
        (Fault::OutsideRecvWindow, 400, -1021),
        (Fault::KeyRefused, 401, -2015),
        (Fault::Maintenance, 503, 0),
    ] {
        lab.inject(fault, 1);
        let answer = lab.signed("POST", "/api/v3/order", MARKET).await;
        assert_eq!((answer.status.as_u16(), answer.refusal().1), (status, code));
    }
    assert!(lab.emulator.books().orders.is_empty());
    lab.signed("POST", "/api/v3/order", MARKET).await.ok();
}

#[tokio::test]
async fn a_rate_limit_is_429_then_418_each_with_retry_after() {
    let lab = Lab::start().await;
    lab.inject(Fault::RateLimited { retry_after_s: 9 }, 1);
    let limited = lab.public("/api/v3/time").await;
    assert_eq!(
        (limited.status.as_u16(), limited.header("retry-after")),
        (429, Some("9"))
    );
    for status in [429, 429, 418] {
        assert_eq!(lab.public("/api/v3/time").await.status, status);
    }
    assert_eq!(
        lab.public("/api/v3/time").await.header("retry-after"),
        Some("120")
    );
}

#[tokio::test]
async fn maintenance_refuses_everything_until_it_ends() {
    let lab = Lab::start().await;
    lab.act(Action::SetMaintenance { is_on: true });
    assert_eq!(lab.public("/api/v3/ping").await.status, 503);
    assert_eq!(lab.signed("GET", "/api/v3/account", "").await.status, 503);
    lab.act(Action::SetMaintenance { is_on: false });
    lab.public("/api/v3/ping").await.ok();
}

#[tokio::test]
async fn balances_lag_behind_a_fill() {
    let lab = Lab::start().await;
    lab.inject(Fault::StaleBalances, 1);
    lab.order("side=BUY&type=MARKET&quantity=0.1").await.ok();
    assert_eq!(lab.balance("USDT").await[0], "100000.00000000");
    assert_eq!(lab.balance("USDT").await[0], "94000.00000000");
}

#[tokio::test]
async fn a_balance_is_taken_before_the_order_comes() {
    let lab = Lab::start().await;
    lab.inject(Fault::BalanceTaken, 1);
    // Routes that the fault does not fit do not use it up.
    lab.public("/api/v3/time").await.ok();
    let answer = lab.signed("POST", "/api/v3/order", MARKET).await;
    assert_eq!(answer.refusal().1, -2010);
    assert!(lab.emulator.books().orders.is_empty());
}

#[tokio::test]
async fn a_fill_wins_the_race_against_a_cancel() {
    let lab = Lab::start().await;
    lab.order(REST).await.ok();
    lab.inject(Fault::FillBeforeCancel { share: amount("1") }, 1);
    let answer = lab.signed("DELETE", "/api/v3/order", QUERY).await;
    assert_eq!(answer.refusal(), (400, -2011, "Unknown order sent."));
    let order = lab.signed("GET", "/api/v3/order", QUERY).await.ok();
    assert_eq!(order["status"], "FILLED");
    lab.check_books();
}

#[tokio::test]
async fn a_part_of_an_order_fills_before_it_is_cancelled() {
    let lab = Lab::start().await;
    lab.order(REST).await.ok();
    lab.inject(
        Fault::FillBeforeCancel {
            share: amount("0.3"),
        },
        1,
    );
    let canceled = lab.signed("DELETE", "/api/v3/order", QUERY).await.ok();
    assert_eq!(canceled["status"], "CANCELED");
    assert_eq!(canceled["executedQty"], "0.03000000");
    lab.check_books();
}

#[tokio::test]
async fn a_halt_stops_fills_and_keeps_orders() {
    let lab = Lab::start().await;
    lab.order(REST).await.ok();
    let status = |status| Action::SetStatus {
        symbol: "BTCUSDT".to_owned(),
        status,
    };
    lab.act(status(emulator::SymbolStatus::Halt));
    lab.price("58000");
    assert_eq!(lab.emulator.books().orders[0].status, Status::New);
    lab.act(status(emulator::SymbolStatus::Trading));
    lab.price("58001");
    assert_eq!(lab.emulator.books().orders[0].status, Status::Filled);
}

#[tokio::test]
async fn filters_change_while_orders_are_open() {
    let lab = Lab::start().await;
    lab.order(REST).await.ok();
    lab.act(serde_json::from_value(json!({
        "action": "change_filters", "symbol": "BTCUSDT", "lot_size": "0.001", "min_notional": "10000",
    })).unwrap());
    let info = lab.public("/api/v3/exchangeInfo?symbol=BTCUSDT").await.ok();
    let filters = info["symbols"][0]["filters"].as_array().unwrap();
    let lot = filters
        .iter()
        .find(|filter| filter["filterType"] == "LOT_SIZE")
        .unwrap();
    assert_eq!(lot["stepSize"], "0.00100000");
    let answer = lab
        .order("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.0015&price=50000")
        .await;
    assert_eq!(answer.refusal(), (400, -1013, "Filter failure: LOT_SIZE"));
    let answer = lab
        .order("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=50000")
        .await;
    assert_eq!(answer.refusal(), (400, -1013, "Filter failure: NOTIONAL"));
    lab.signed("DELETE", "/api/v3/order", QUERY).await.ok();
    lab.check_books();
}

#[tokio::test]
async fn events_are_doubled_swapped_and_lost() {
    let lab = Lab::start().await;
    let mut stream = lab.user_stream().await;
    let kinds = async |stream: &mut crate::support::Socket, count: usize| {
        let mut kinds = Vec::new();
        for _ in 0..count {
            let event = stream.event().await;
            kinds.push(event["x"].as_str().unwrap_or("POSITION").to_owned());
        }
        kinds
    };
    lab.inject(Fault::DuplicateEvent, 1);
    lab.order(REST).await.ok();
    assert_eq!(kinds(&mut stream, 3).await, ["NEW", "NEW", "POSITION"]);
    lab.inject(Fault::SwapEvents, 1);
    lab.price("59000");
    assert_eq!(kinds(&mut stream, 2).await, ["POSITION", "TRADE"]);
    lab.inject(Fault::SilentStream, 3);
    lab.order("side=SELL&type=MARKET&quantity=0.1").await.ok();
    // The connection is open, and tells what comes later.
    assert_eq!(
        stream.ask(&json!({ "id": 1, "method": "ping" })).await["status"],
        200
    );
    lab.order("side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.1&price=70000")
        .await
        .ok();
    assert_eq!(kinds(&mut stream, 2).await, ["NEW", "POSITION"]);
}

#[tokio::test]
async fn a_stream_breaks_in_the_middle_of_a_fill() {
    let lab = Lab::start().await;
    let mut stream = lab.user_stream().await;
    lab.inject(Fault::DropStream, 1);
    lab.order(REST).await.ok();
    assert_eq!(stream.event().await["x"], "NEW");
    assert_eq!(stream.event().await["e"], "outboundAccountPosition");
    lab.price("59000");
    assert!(!stream.is_closed_politely().await);
    assert_eq!(lab.emulator.books().orders[0].status, Status::Filled);
}

#[tokio::test]
async fn a_market_stream_falls_silent_and_breaks() {
    let lab = Lab::start().await;
    let mut trades = lab.socket("/ws/btcusdt@trade").await;
    trades
        .ask(&json!({ "method": "LIST_SUBSCRIPTIONS", "id": 1 }))
        .await;
    let on_trades = |fault| Action::Inject {
        fault,
        target: Target {
            route: Some("btcusdt@trade".to_owned()),
            user: None,
        },
        times: Some(1),
    };
    lab.act(on_trades(Fault::SilentStream));
    lab.price("60001");
    lab.price("60002");
    assert_eq!(trades.json().await["p"], "60002.00000000");
    lab.act(on_trades(Fault::DropStream));
    lab.price("60003");
    assert!(!trades.is_closed_politely().await);
}

#[tokio::test]
async fn all_connections_break_at_once() {
    let lab = Lab::start().await;
    let mut stream = lab.user_stream().await;
    lab.act(Action::DropStreams {});
    assert!(!stream.is_closed_politely().await);
}

#[tokio::test]
async fn a_fault_strikes_only_what_it_is_meant_for() {
    let lab = Lab::start().await;
    lab.act(Action::CreateUser(UserConfig::new(
        "bob",
        "bobKey",
        "bobSecret",
    )));
    lab.act(Action::Inject {
        fault: Fault::Overloaded,
        target: Target {
            route: Some("GET /api/v3/account".to_owned()),
            user: Some("bob".to_owned()),
        },
        times: Some(1),
    });
    lab.public("/api/v3/time").await.ok();
    lab.signed("GET", "/api/v3/account", "").await.ok();
    let path = signed_path("/api/v3/account", "", lab.now(), "bobSecret");
    for status in [503, 200] {
        let answer = lab.send("GET", &path, Some("bobKey")).await.unwrap();
        assert_eq!(answer.status, status);
    }
    let faults = lab
        .send("GET", "/emulator/faults", None)
        .await
        .unwrap()
        .ok();
    assert_eq!(faults["struck"], json!({ "overloaded": 1 }));
    assert_eq!(faults["waiting"], json!([]));
}

#[tokio::test]
async fn a_fault_without_a_count_strikes_until_it_is_cleared() {
    let lab = Lab::start().await;
    lab.act(Action::Inject {
        fault: Fault::Overloaded,
        target: Target::default(),
        times: None,
    });
    for _ in 0..3 {
        assert_eq!(lab.public("/api/v3/time").await.status, 503);
    }
    lab.act(Action::ClearFaults {});
    lab.public("/api/v3/time").await.ok();
}

#[tokio::test]
async fn a_schedule_is_the_same_for_the_same_seed() {
    let statuses = async |seed| {
        let lab = Lab::start().await;
        lab.act(Action::Follow(Schedule {
            seed,
            rates: vec![Rate {
                fault: Fault::Overloaded,
                per_thousand: 300,
                target: Target::default(),
            }],
            latency: None,
        }));
        let mut statuses = Vec::new();
        for _ in 0..60 {
            statuses.push(lab.public("/api/v3/ping").await.status.as_u16());
        }
        statuses
    };
    let first = statuses(5).await;
    assert_eq!(first, statuses(5).await);
    assert_ne!(first, statuses(6).await);
    let refused = first.iter().filter(|status| **status == 503).count();
    assert!((6..=30).contains(&refused), "{refused} of 60");
}

#[tokio::test]
async fn a_timeout_of_the_websocket_api_breaks_its_connection_and_leaves_the_order_alive() {
    let lab = Lab::start().await;
    let mut socket = lab.socket("/ws-api/v3").await;
    lab.inject(Fault::TimeoutAfterAccept { hang_ms: 0 }, 1);
    let timestamp = lab.now();
    let payload = format!(
        "apiKey={API_KEY}&quantity=0.1&side=BUY&symbol=BTCUSDT&timestamp={timestamp}&type=MARKET"
    );
    let order = json!({
        "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1", "timestamp": timestamp,
        "apiKey": API_KEY, "signature": signature(SECRET_KEY, &payload),
    });
    socket
        .send(&json!({ "id": 1, "method": "order.place", "params": order }))
        .await;
    assert!(!socket.is_closed_politely().await);
    assert_eq!(lab.emulator.books().orders[0].status, Status::Filled);
}
