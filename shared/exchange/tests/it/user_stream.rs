//! The stream of an account, from a server that plays the venue.

use std::time::{Duration, Instant};

use exchange::{
    Venue,
    binance::Config,
    stream::{EventStream, GapReason, OrderEvent, StreamItem, UserEvent},
    venue::{Balance, OrderState},
};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;
use trading::{
    RejectCode,
    order::{
        Fee, Filled, Liquidity, OrderStatus,
        reconcile::{VenueOrder, VenueTrade},
    },
};

use crate::support::{
    Clocks, KEY, NOW, Reply, SocketServer, VenueServer, VenueSocket, account, amount, credential,
    recorded, symbol, text, urls_config,
};

/// The client order ids of the recorded reports.
const ID: &str = "x-TD67BGP9-T0000000000000";
const STOP: &str = "x-TD67BGP9-T0000000000001";

/// A venue and a client that follows an account there.
struct Followed {
    rest: VenueServer,
    venue: SocketServer,
    stream: EventStream<UserEvent>,
}

async fn followed(change: impl FnOnce(&mut Config)) -> Followed {
    let rest = VenueServer::start(|_| None).await;
    let venue = SocketServer::start().await;
    let mut config = urls_config(
        &format!("http://{}", rest.address()),
        &venue.url(),
        &Clocks::new(),
    );
    config.streams.first_pause = Duration::from_millis(1);
    change(&mut config);
    let stream = account(config).user_stream(&CancellationToken::new());
    Followed {
        rest,
        venue,
        stream,
    }
}

async fn subscribed(venue: &mut SocketServer) -> VenueSocket {
    let mut socket = venue.accept().await;
    let request = socket.json().await;
    let answer = json!({"id": request["id"], "status": 200, "result": {"subscriptionId": 0}});
    socket.send(text(&answer)).await;
    socket
}

impl Followed {
    async fn next(&mut self) -> StreamItem<UserEvent> {
        self.stream.next().await.unwrap()
    }

    async fn event(&mut self) -> UserEvent {
        match self.next().await {
            StreamItem::Event(event) => event,
            other => panic!("an event was expected: {other:?}"),
        }
    }

    async fn order(&mut self) -> OrderEvent {
        match self.event().await {
            UserEvent::Order(event) => *event,
            other => panic!("an order was expected: {other:?}"),
        }
    }
}

#[tokio::test]
async fn it_subscribes_with_a_signature_over_sorted_parameters() {
    let mut followed = followed(|_| {}).await;
    let mut socket = followed.venue.accept().await;
    assert_eq!(socket.path, "/ws-api/v3");
    let request = socket.json().await;
    assert_eq!(request["method"], "userDataStream.subscribe.signature");
    let timestamp = NOW - 100;
    let signature = credential().sign(&format!("apiKey={KEY}&timestamp={timestamp}"));
    let params = json!({
        "apiKey": KEY,
        "timestamp": timestamp,
        "signature": signature,
    });
    assert_eq!(request["params"], params);
    let answer = json!({"id": request["id"], "status": 200, "result": {"subscriptionId": 0}});
    socket.send(text(&answer)).await;
    assert_eq!(followed.next().await, StreamItem::Live);
    followed.stream.close().await.unwrap();
    assert!(matches!(
        socket.next().await,
        Some(Message::Close(_)) | None
    ));
}

#[tokio::test]
async fn a_ban_that_it_is_told_holds_for_requests_too() {
    let until = NOW + 130_000;
    for (status, code, is_of_address) in [
        (418, -1003, true),
        (429, -1003, true),
        (429, -1034, true),
        (429, -1015, false),
    ] {
        let rest = VenueServer::start(|_| None).await;
        let mut venue = SocketServer::start().await;
        let address = format!("http://{}", rest.address());
        let config = urls_config(&address, &venue.url(), &Clocks::new());
        let binance = account(config);
        let mut stream = binance.user_stream(&CancellationToken::new());
        let mut socket = venue.accept().await;
        let request = socket.json().await;
        let data = json!({"serverTime": NOW, "retryAfter": until});
        let error = json!({"code": code, "msg": "banned", "data": data});
        let answer = json!({"id": request["id"], "status": status, "error": error});
        socket.send(text(&answer)).await;
        let refused = GapReason::Refused { code: Some(code) };
        assert_eq!(stream.next().await, Some(StreamItem::Gap(refused)));
        let market = binance.market();
        assert_eq!(market.sockets_budget().usage().blocked_until, until);
        let requests = market.budget().usage().blocked_until;
        assert_eq!(requests == until, is_of_address, "{status} {code}");
        stream.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_socket_that_is_refused_for_a_ban_holds_requests_back() {
    for (status, until) in [(418, NOW + 130_000), (429, NOW + 130_000), (503, 0)] {
        let retry = vec![("retry-after", "130".to_owned())];
        let banned = Reply::Answer(status, retry, String::new());
        let server = VenueServer::with("/ws-api/v3", banned).await;
        let address = server.address();
        let (rest, sockets) = (format!("http://{address}"), format!("ws://{address}"));
        let binance = account(urls_config(&rest, &sockets, &Clocks::new()));
        let mut stream = binance.user_stream(&CancellationToken::new());
        let refused = StreamItem::Gap(GapReason::NotConnected);
        assert_eq!(stream.next().await, Some(refused));
        for budget in [binance.market().budget(), binance.market().sockets_budget()] {
            assert_eq!(budget.usage().blocked_until, until, "{status}");
        }
        stream.close().await.unwrap();
    }
}

fn report(name: &str) -> Option<String> {
    recorded(&format!("execution_report_{name}.json"))
}

fn state(id: &str, venue_id: &str, status: OrderStatus, filled: &str, at: i64) -> OrderState {
    let filled = amount(filled);
    OrderState {
        symbol: symbol("ETH-USDT"),
        order: VenueOrder {
            client_order_id: id.to_owned(),
            venue_order_id: venue_id.to_owned(),
            status,
            filled: Filled {
                base: filled,
                quote: filled.times(amount("2500")).unwrap(),
            },
        },
        updated_at: at,
    }
}

#[tokio::test]
async fn recorded_reports_of_orders_are_read() {
    let Some(new) = report("new") else { return };
    let mut followed = followed(|_| {}).await;
    let mut socket = subscribed(&mut followed.venue).await;
    assert_eq!(followed.next().await, StreamItem::Live);
    let at = 1_709_654_400_000;

    socket.send(new).await;
    let event = followed.order().await;
    assert_eq!(
        event.state,
        state(ID, "12345678", OrderStatus::Open, "0", at)
    );
    assert_eq!((event.trade, event.reject), (None, None));

    socket.send(report("trade").unwrap()).await;
    let event = followed.order().await;
    let at = at + 1_000;
    assert_eq!(
        event.state,
        state(ID, "12345678", OrderStatus::Filled, "1", at)
    );
    assert_eq!(
        event.trade,
        Some(VenueTrade {
            venue_order_id: "12345678".to_owned(),
            trade: "98765432".to_owned(),
            at,
            price: amount("2500"),
            filled: Filled {
                base: amount("1"),
                quote: amount("2500"),
            },
            fee: Fee {
                asset: "ETH".parse().unwrap(),
                amount: amount("0.001"),
                rate: None,
                is_estimated: false,
                conversion: None,
            },
            liquidity: Liquidity::Maker,
        })
    );

    socket.send(report("canceled").unwrap()).await;
    let event = followed.order().await;
    let expected = state(ID, "12345678", OrderStatus::Canceled, "0", at + 1_000);
    assert_eq!((event.state, event.trade), (expected, None));

    socket.send(report("expired").unwrap()).await;
    let event = followed.order().await;
    let expected = state(ID, "12345678", OrderStatus::Expired, "0", at + 2_000);
    assert_eq!((event.state, event.trade), (expected, None));

    socket.send(report("stop_loss").unwrap()).await;
    let event = followed.order().await;
    let expected = state(STOP, "12345679", OrderStatus::Open, "0", at - 1_000);
    assert_eq!((event.state, event.trade), (expected, None));

    socket.send(report("wrapped").unwrap()).await;
    let event = followed.order().await;
    let expected = OrderState {
        symbol: symbol("ETH-BTC"),
        ..state(
            "mUvoqJxFIILMdfAW5iGSOW",
            "4293153",
            OrderStatus::Open,
            "0",
            1_499_405_658_657,
        )
    };
    assert_eq!((event.state, event.trade), (expected, None));
}

#[tokio::test]
async fn recorded_changes_of_balances_are_read() {
    let Some(position) = recorded("account_position.json") else {
        return;
    };
    let mut followed = followed(|_| {}).await;
    let mut socket = subscribed(&mut followed.venue).await;
    assert_eq!(followed.next().await, StreamItem::Live);
    let balance = |asset: &str, free: &str, locked: &str| Balance {
        asset: asset.parse().unwrap(),
        free: amount(free),
        locked: amount(locked),
    };

    socket.send(position).await;
    let balances = vec![balance("USDT", "10000", "2500"), balance("ETH", "5", "0")];
    let at = 1_709_654_400_000;
    assert_eq!(followed.event().await, UserEvent::Balances { at, balances });

    socket
        .send(recorded("account_position_wrapped.json").unwrap())
        .await;
    let (at, balances) = (1_564_034_571_105, vec![balance("ETH", "10000", "0")]);
    assert_eq!(followed.event().await, UserEvent::Balances { at, balances });

    let changed = |at, change| UserEvent::BalanceChanged {
        at,
        asset: "BTC".parse().unwrap(),
        change: amount(change),
    };
    socket.send(recorded("balance_update.json").unwrap()).await;
    let expected = changed(1_709_654_400_000, "0.001");
    assert_eq!(followed.event().await, expected);
    socket
        .send(recorded("balance_update_wrapped.json").unwrap())
        .await;
    assert_eq!(followed.event().await, changed(1_573_200_697_068, "100"));

    socket
        .send(recorded("list_status_wrapped.json").unwrap())
        .await;
    let other = UserEvent::Other("listStatus".to_owned());
    assert_eq!(followed.event().await, other);
}

/// A report of a partial fill, of which a test changes what it is about.
fn fill() -> Value {
    json!({
        "e": "executionReport", "E": 1, "s": "BTCUSDT", "c": "bbx1", "S": "BUY", "o": "LIMIT",
        "f": "GTC", "q": "0.01", "p": "60000", "P": "0", "F": "0", "g": -1, "C": "", "x": "TRADE",
        "X": "PARTIALLY_FILLED", "r": "NONE", "i": 28, "l": "0.004", "z": "0.004", "L": "60000",
        "n": "0.000004", "N": "BTC", "T": 1, "t": 28457, "I": 8_641_984, "w": true, "m": true,
        "M": false, "O": 1, "Z": "240", "Y": "240.01", "Q": "0", "W": 1, "V": "NONE",
    })
}

#[tokio::test]
async fn a_report_says_what_it_says() {
    let mut followed = followed(|_| {}).await;
    let mut socket = subscribed(&mut followed.venue).await;
    assert_eq!(followed.next().await, StreamItem::Live);

    let wrapped = json!({"subscriptionId": 0, "event": fill()});
    socket.send(text(&wrapped)).await;
    let event = followed.order().await;
    assert_eq!(event.state.order.status, OrderStatus::PartiallyFilled);
    // What changed hands is what the venue says, not what price and quantity make.
    assert_eq!(event.trade.unwrap().filled.quote, amount("240.01"));

    // A trade that costs nothing names no asset.
    for (side, asset) in [("BUY", "BTC"), ("SELL", "USDT")] {
        let mut free = fill();
        free["S"] = json!(side);
        free["n"] = json!("0");
        free["N"] = json!(null);
        socket.send(text(&free)).await;
        let fee = followed.order().await.trade.unwrap().fee;
        assert_eq!((fee.asset.as_str(), fee.amount), (asset, amount("0")));
    }

    // Of a cancel, the order's id is the original one.
    let mut cancel = fill();
    cancel["x"] = json!("CANCELED");
    cancel["X"] = json!("CANCELED");
    cancel["c"] = json!("cancel1");
    cancel["C"] = json!("bbx1");
    socket.send(text(&cancel)).await;
    let event = followed.order().await;
    assert_eq!(event.state.order.client_order_id, "bbx1");
    assert_eq!((event.trade, event.reject), (None, None));

    for (word, reject) in [
        ("INSUFFICIENT_BALANCES", RejectCode::InsufficientBalance),
        ("WOULD_MATCH_IMMEDIATELY", RejectCode::WouldTake),
        ("SOMETHING_NEW", RejectCode::Refused),
    ] {
        let mut refused = fill();
        refused["x"] = json!("REJECTED");
        refused["X"] = json!("REJECTED");
        refused["r"] = json!(word);
        socket.send(text(&refused)).await;
        let event = followed.order().await;
        assert_eq!(event.state.order.status, OrderStatus::Rejected);
        assert_eq!(event.reject, Some(reject));
    }

    // More than is known changes nothing, and a new status is unknown.
    let mut new = fill();
    new["Zz"] = json!({"more": []});
    new["X"] = json!("PAUSED");
    socket.send(text(&new)).await;
    let event = followed.order().await;
    assert_eq!(event.state.order.status, OrderStatus::Unknown);

    let strange = json!({"subscriptionId": 0, "event": {"e": "externalLockUpdate", "E": 1}});
    socket.send(text(&strange)).await;
    let other = UserEvent::Other("externalLockUpdate".to_owned());
    assert_eq!(followed.event().await, other);
}

#[tokio::test]
async fn what_is_not_understood_is_a_gap() {
    let mut followed = followed(|_| {}).await;
    let mut socket = subscribed(&mut followed.venue).await;
    assert_eq!(followed.next().await, StreamItem::Live);
    let mut bad = vec![
        "{".to_owned(),
        text(&json!({"e": 7})),
        text(&json!({"event": "text"})),
        text(&json!({"e": "balanceUpdate", "E": 1, "a": "BTC", "d": "NaN", "T": 1})),
        text(
            &json!({"e": "outboundAccountPosition", "E": 1, "B": [{"a": "BTC", "f": "-1", "l": "0"}]}),
        ),
    ];
    for (field, value) in [
        ("z", json!("-1")),
        ("l", json!("-1")),
        ("L", json!(60000.0)),
        ("Y", json!("-240")),
        ("n", json!("NaN")),
        ("N", json!(null)),
        ("N", json!("not an asset")),
        ("t", json!(-1)),
        ("i", json!("28")),
        ("S", json!("HOLD")),
        ("T", json!(null)),
    ] {
        let mut event = fill();
        event[field] = value;
        bad.push(text(&event));
    }
    for field in [
        "s", "c", "x", "X", "S", "i", "l", "L", "z", "Z", "n", "T", "t", "m",
    ] {
        let mut event = fill();
        event.as_object_mut().unwrap().remove(field);
        bad.push(text(&event));
    }
    for message in bad {
        socket.send(message.clone()).await;
        let item = followed.next().await;
        let is_gap = matches!(item, StreamItem::Gap(GapReason::Unreadable(_)));
        assert!(is_gap, "{message}: {item:?}");
        assert_eq!(followed.next().await, StreamItem::Live);
    }
    // The connection has stayed.
    socket.send(text(&fill())).await;
    followed.order().await;
}

#[tokio::test]
async fn an_order_in_a_market_that_was_listed_since_is_read() {
    let mut followed = followed(|_| {}).await;
    let mut socket = subscribed(&mut followed.venue).await;
    assert_eq!(followed.next().await, StreamItem::Live);
    let mut strange = fill();
    strange["s"] = json!("币安人生USDT");
    for _ in 0..2 {
        socket.send(text(&strange)).await;
        let other = UserEvent::Other("executionReport".to_owned());
        assert_eq!(followed.event().await, other);
    }
    // Asked for once when the stream began, and once for the unknown name.
    let asked = followed.rest.requests("/api/v3/exchangeInfo");
    assert_eq!(asked.len(), 2);
}

#[tokio::test]
async fn events_before_the_answer_are_not_lost() {
    let mut followed = followed(|_| {}).await;
    let mut socket = followed.venue.accept().await;
    let request = socket.json().await;
    socket.send(text(&fill())).await;
    let answer = json!({"id": request["id"], "status": 200, "result": {"subscriptionId": 0}});
    socket.send(text(&answer)).await;
    assert_eq!(followed.next().await, StreamItem::Live);
    followed.order().await;
}

#[tokio::test]
async fn a_broken_connection_is_a_gap_and_is_made_anew() {
    let mut followed = followed(|_| {}).await;
    for _ in 0..3 {
        let socket = subscribed(&mut followed.venue).await;
        assert_eq!(followed.next().await, StreamItem::Live);
        drop(socket);
        let gap = StreamItem::Gap(GapReason::Disconnected);
        assert_eq!(followed.next().await, gap);
    }
}

#[tokio::test]
async fn connections_that_break_at_once_are_made_anew_ever_more_slowly() {
    let first = Duration::from_millis(50);
    let mut followed = followed(|config| config.streams.first_pause = first).await;
    let began = Instant::now();
    for _ in 0..4 {
        drop(subscribed(&mut followed.venue).await);
        assert_eq!(followed.next().await, StreamItem::Live);
        let gap = StreamItem::Gap(GapReason::Disconnected);
        assert_eq!(followed.next().await, gap);
    }
    assert!(began.elapsed() >= first * (1 + 2 + 4));
}

#[tokio::test]
async fn an_announced_end_is_a_gap() {
    let mut followed = followed(|_| {}).await;
    for event in [
        json!({"subscriptionId": 0, "event": {"e": "eventStreamTerminated", "E": 1}}),
        json!({"event": {"e": "serverShutdown", "E": 1}}),
        json!({"e": "serverShutdown", "E": 1}),
    ] {
        let mut socket = subscribed(&mut followed.venue).await;
        assert_eq!(followed.next().await, StreamItem::Live);
        socket.send(text(&event)).await;
        let gap = StreamItem::Gap(GapReason::Announced);
        assert_eq!(followed.next().await, gap);
    }
}

#[tokio::test]
async fn a_silent_connection_is_pinged_and_then_given_up() {
    let mut followed = followed(|config| {
        config.streams.ping_after = Duration::from_millis(50);
        config.streams.longest_silence = Duration::from_millis(150);
    })
    .await;
    // Reads nothing, so that no ping is answered, and stays open.
    let socket = subscribed(&mut followed.venue).await;
    assert_eq!(followed.next().await, StreamItem::Live);
    let gap = StreamItem::Gap(GapReason::Silent);
    assert_eq!(followed.next().await, gap);
    drop(socket);
}

#[tokio::test]
async fn a_quiet_connection_that_answers_pings_stays() {
    let mut followed = followed(|config| {
        config.streams.ping_after = Duration::from_millis(20);
        config.streams.longest_silence = Duration::from_secs(20);
    })
    .await;
    let mut socket = subscribed(&mut followed.venue).await;
    assert_eq!(followed.next().await, StreamItem::Live);
    for _ in 0..3 {
        // Reading answers by itself.
        assert!(matches!(socket.next().await, Some(Message::Ping(_))));
    }
    socket.ping("are you there").await;
    loop {
        match socket.next().await.unwrap() {
            Message::Pong(payload) if payload.as_ref() == b"are you there" => break,
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
    socket.send(text(&fill())).await;
    followed.order().await;
}

#[tokio::test]
async fn a_connection_is_renewed_before_the_venue_ends_it() {
    let mut followed = followed(|config| {
        config.streams.lifetime = Duration::from_millis(50);
    })
    .await;
    for _ in 0..2 {
        let mut socket = subscribed(&mut followed.venue).await;
        assert_eq!(followed.next().await, StreamItem::Live);
        let gap = StreamItem::Gap(GapReason::Renewed);
        assert_eq!(followed.next().await, gap);
        assert!(matches!(
            socket.next().await,
            Some(Message::Close(_)) | None
        ));
    }
}

#[tokio::test]
async fn a_key_that_is_not_accepted_is_told() {
    let mut followed = followed(|config| {
        config.streams.longest_pause = Duration::from_millis(10);
    })
    .await;
    for code in [-2015, -2014, -1022] {
        let mut socket = followed.venue.accept().await;
        let request = socket.json().await;
        let answer =
            json!({"id": request["id"], "status": 401, "error": {"code": code, "msg": "no"}});
        socket.send(text(&answer)).await;
        let gap = StreamItem::Gap(GapReason::Credential { code });
        assert_eq!(followed.next().await, gap);
    }
}

#[tokio::test]
async fn a_refused_timestamp_makes_the_clocks_be_compared_again() {
    let mut followed = followed(|_| {}).await;
    let mut socket = followed.venue.accept().await;
    let request = socket.json().await;
    let answer =
        json!({"id": request["id"], "status": 400, "error": {"code": -1021, "msg": "late"}});
    socket.send(text(&answer)).await;
    let gap = StreamItem::Gap(GapReason::Refused { code: Some(-1021) });
    assert_eq!(followed.next().await, gap);
    let _socket = subscribed(&mut followed.venue).await;
    assert_eq!(followed.next().await, StreamItem::Live);
    assert_eq!(followed.rest.requests("/api/v3/time").len(), 2);
}

#[tokio::test]
async fn it_ends_when_it_is_told_to_even_if_nobody_reads() {
    let rest = VenueServer::start(|_| None).await;
    let mut venue = SocketServer::start().await;
    let mut config = urls_config(
        &format!("http://{}", rest.address()),
        &venue.url(),
        &Clocks::new(),
    );
    config.streams.buffer = 1;
    let stop = CancellationToken::new();
    let mut stream = account(config).user_stream(&stop);
    let mut socket = subscribed(&mut venue).await;
    for _ in 0..10 {
        socket.send(text(&fill())).await;
    }
    stop.cancel();
    while stream.next().await.is_some() {}
    stream.close().await.unwrap();
}

#[tokio::test]
async fn no_connection_is_a_gap() {
    let rest = VenueServer::with("/api/v3/exchangeInfo", Reply::error(503, -1000)).await;
    let venue = SocketServer::start().await;
    let config = urls_config(
        &format!("http://{}", rest.address()),
        &venue.url(),
        &Clocks::new(),
    );
    let mut stream = account(config).user_stream(&CancellationToken::new());
    let gap = StreamItem::Gap(GapReason::NotConnected);
    assert_eq!(stream.next().await, Some(gap));
}
