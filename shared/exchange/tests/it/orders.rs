//! What goes over the wire for orders, and what their answers become.

use std::sync::atomic::{AtomicU32, Ordering};

use exchange::{
    NotSent, Venue, VenueError,
    budget::Priority,
    venue::{NewOrder, OrdersSince, TradesOf},
};
use trading::{
    Amount, Symbol,
    order::{Filled, OrderSize, OrderStatus, OrderType, Side, TimeInForce},
};

use crate::support::{
    Clocks, KEY, NOW, Reply, VenueServer, account, amount, config, credential, symbol,
};

const ORDER: &str = "/api/v3/order";

/// An answer to an order of which nothing is filled.
pub(crate) fn accepted(status: &str) -> String {
    format!(
        r#"{{"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"bbx1","transactTime":{NOW},"price":"60000.00","origQty":"0.01","executedQty":"0.00","origQuoteOrderQty":"0","cummulativeQuoteQty":"0.00","status":"{status}","timeInForce":"GTC","type":"LIMIT","side":"BUY","fills":[]}}"#
    )
}

pub(crate) fn limit_buy(symbol: &Symbol) -> NewOrder<'_> {
    NewOrder {
        client_order_id: "bbx1",
        symbol,
        side: Side::Buy,
        kind: OrderType::Limit {
            price: amount("60000"),
            time_in_force: TimeInForce::GoodTillCancelled,
        },
        size: OrderSize::Base(amount("0.01")),
        priority: Priority::Entry,
    }
}

#[tokio::test]
async fn an_order_is_signed_over_what_is_sent() {
    let server = VenueServer::with(ORDER, Reply::json(accepted("NEW"))).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let market = symbol("BTC-USDT");
    let submitted = venue.submit(&clocks.permit(), &limit_buy(&market)).await;
    let submitted = submitted.unwrap();
    assert_eq!(submitted.state.order.status, OrderStatus::Open);
    assert_eq!(submitted.trades, []);

    let [request] = &server.requests(ORDER)[..] else {
        panic!("one order was sent");
    };
    assert_eq!(
        (request.method.as_str(), request.query.as_str()),
        ("POST", "")
    );
    assert_eq!(request.headers["x-mbx-apikey"], KEY);
    assert_eq!(
        request.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    let (payload, signature) = request.body.split_once("&signature=").unwrap();
    assert_eq!(
        payload,
        format!(
            "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=60000\
             &newClientOrderId=bbx1&newOrderRespType=FULL&recvWindow=8000&timestamp={}",
            NOW - 100
        )
    );
    assert_eq!(signature, credential().sign(payload));
}

#[tokio::test]
async fn every_kind_of_order_has_its_parameters() {
    let server = VenueServer::with(ORDER, Reply::json(accepted("NEW"))).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let market = symbol("BTC-USDT");
    let limit = |time_in_force| OrderType::Limit {
        price: amount("60000.5"),
        time_in_force,
    };
    let base = OrderSize::Base(amount("0.01"));
    let quote = OrderSize::Quote(amount("25.5"));
    let cases = [
        (
            (Side::Sell, OrderType::Market, base),
            "side=SELL&type=MARKET&quantity=0.01&newClientOrderId",
        ),
        (
            (Side::Buy, OrderType::Market, quote),
            "side=BUY&type=MARKET&quoteOrderQty=25.5&newClientOrderId",
        ),
        (
            (Side::Buy, limit(TimeInForce::ImmediateOrCancel), base),
            "side=BUY&type=LIMIT&timeInForce=IOC&quantity=0.01&price=60000.5&newClientOrderId",
        ),
        (
            (Side::Sell, limit(TimeInForce::PostOnly), base),
            "side=SELL&type=LIMIT_MAKER&quantity=0.01&price=60000.5&newClientOrderId",
        ),
    ];
    for ((side, kind, size), expected) in cases {
        let order = NewOrder {
            side,
            kind,
            size,
            ..limit_buy(&market)
        };
        venue.submit(&clocks.permit(), &order).await.unwrap();
        let sent = server.requests(ORDER);
        let body = &sent.last().unwrap().body;
        assert!(body.contains(expected), "{body}");
    }
}

#[tokio::test]
async fn what_binance_cannot_be_told_is_not_sent() {
    let server = VenueServer::start(|_| None).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let market = symbol("BTC-USDT");
    let long = "a".repeat(33);
    let good = limit_buy(&market);
    let bad = [
        NewOrder {
            client_order_id: "",
            ..good
        },
        NewOrder {
            client_order_id: &long,
            ..good
        },
        NewOrder {
            client_order_id: "bbx-1",
            ..good
        },
        NewOrder {
            size: OrderSize::Quote(amount("10")),
            ..good
        },
        NewOrder {
            side: Side::Sell,
            kind: OrderType::Market,
            size: OrderSize::Quote(amount("10")),
            ..good
        },
        NewOrder {
            size: OrderSize::Base(Amount::ZERO),
            ..good
        },
        NewOrder {
            size: OrderSize::Base(amount("-1")),
            ..good
        },
    ];
    for order in bad {
        let error = venue.submit(&clocks.permit(), &order).await.unwrap_err();
        let is_named = matches!(error, VenueError::NotSent(NotSent::Invalid(_)));
        assert!(is_named, "{order:?}: {error:?}");
        assert_eq!(error.submitted_as(), OrderStatus::Rejected);
    }
    let nowhere = symbol("DOGE-USDT");
    let order = limit_buy(&nowhere);
    let error = venue.submit(&clocks.permit(), &order).await.unwrap_err();
    let expected = NotSent::UnknownMarket("DOGE-USDT".to_owned());
    assert_eq!(error, expected.into());
    assert_eq!(error.submitted_as(), OrderStatus::Rejected);
    assert_eq!(server.requests(ORDER).len(), 0);
}

#[tokio::test]
async fn a_market_that_is_not_listed_is_looked_for_once_a_minute() {
    const LIST: &str = "/api/v3/exchangeInfo";
    let read = AtomicU32::new(0);
    let server = VenueServer::start(move |request| match request.path.as_str() {
        LIST => {
            let (base, name) = match read.fetch_add(1, Ordering::SeqCst) {
                0 | 1 => ("BTC", "BTCUSDT"),
                _ => ("DOGE", "DOGEUSDT"),
            };
            Some(Reply::json(format!(
                r#"{{"symbols":[{{"symbol":"{name}","status":"TRADING","baseAsset":"{base}","quoteAsset":"USDT","orderTypes":[],"filters":[]}}]}}"#
            )))
        }
        ORDER => Some(Reply::json(accepted("NEW").replace("BTCUSDT", "DOGEUSDT"))),
        _ => None,
    })
    .await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let market = symbol("DOGE-USDT");
    let order = limit_buy(&market);
    for (pause, lists) in [(0, 1), (59_999, 1), (1, 2), (59_999, 2)] {
        clocks.pass(pause);
        let error = venue.submit(&clocks.permit(), &order).await.unwrap_err();
        assert_eq!(error.submitted_as(), OrderStatus::Rejected);
        assert_eq!(server.requests(LIST).len(), lists, "after {pause} ms");
    }
    clocks.pass(1);
    venue.submit(&clocks.permit(), &order).await.unwrap();
    assert_eq!(
        (server.requests(LIST).len(), server.requests(ORDER).len()),
        (3, 1)
    );
}

#[tokio::test]
async fn a_cancel_names_the_order_by_its_client_id() {
    let server = VenueServer::with(ORDER, Reply::error(400, -2011)).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let result = venue
        .cancel(&clocks.permit(), &symbol("BTC-USDT"), "bbx1")
        .await;
    assert_eq!(
        result.unwrap_err(),
        VenueError::OrderNotFound { code: -2011 }
    );
    let [request] = &server.requests(ORDER)[..] else {
        panic!("one cancel was sent");
    };
    assert_eq!(request.method, "DELETE");
    let expected = "symbol=BTCUSDT&origClientOrderId=bbx1&recvWindow=8000&timestamp=";
    assert!(request.payload().starts_with(expected), "{request:?}");
}

#[tokio::test]
async fn an_order_that_is_not_known_is_none() {
    let server = VenueServer::with(ORDER, Reply::error(400, -2013)).await;
    let venue = account(config(&server, &Clocks::new()));
    let found = venue.order(&symbol("BTC-USDT"), "bbx1").await;
    assert_eq!(found.unwrap(), None);
    let [request] = &server.requests(ORDER)[..] else {
        panic!("one query was sent");
    };
    assert_eq!(request.method, "GET");
    let (payload, signature) = request.query.split_once("&signature=").unwrap();
    assert_eq!(
        payload,
        format!(
            "symbol=BTCUSDT&origClientOrderId=bbx1&recvWindow=5000&timestamp={}",
            NOW - 100
        )
    );
    assert_eq!(signature, credential().sign(payload));
}

#[tokio::test]
async fn every_status_has_its_meaning_and_a_new_one_is_unknown() {
    for (word, status) in [
        ("NEW", OrderStatus::Open),
        ("PENDING_NEW", OrderStatus::Open),
        ("PARTIALLY_FILLED", OrderStatus::PartiallyFilled),
        ("FILLED", OrderStatus::Filled),
        ("CANCELED", OrderStatus::Canceled),
        ("PENDING_CANCEL", OrderStatus::Canceling),
        ("REJECTED", OrderStatus::Rejected),
        ("EXPIRED", OrderStatus::Expired),
        ("EXPIRED_IN_MATCH", OrderStatus::Expired),
        ("FROZEN_BY_MOONLIGHT", OrderStatus::Unknown),
        ("filled", OrderStatus::Unknown),
    ] {
        let server = VenueServer::with(ORDER, Reply::json(accepted(word))).await;
        let venue = account(config(&server, &Clocks::new()));
        let found = venue.order(&symbol("BTC-USDT"), "bbx1").await.unwrap();
        assert_eq!(found.unwrap().order.status, status, "{word}");
    }
}

#[tokio::test]
async fn a_sum_that_binance_has_forgotten_counts_as_nothing() {
    let old = accepted("CANCELED").replace(
        r#""cummulativeQuoteQty":"0.00""#,
        r#""cummulativeQuoteQty":"-1.00000000""#,
    );
    let old = old.replace(r#""executedQty":"0.00""#, r#""executedQty":"0.004""#);
    let server = VenueServer::with(ORDER, Reply::json(old)).await;
    let venue = account(config(&server, &Clocks::new()));
    let found = venue.order(&symbol("BTC-USDT"), "bbx1").await.unwrap();
    let expected = Filled {
        base: amount("0.004"),
        quote: Amount::ZERO,
    };
    assert_eq!(found.unwrap().order.filled, expected);
}

#[tokio::test]
async fn lists_continue_after_the_last_item() {
    let server = VenueServer::start(|request| {
        let is_list = request.path.ends_with("myTrades") || request.path.ends_with("allOrders");
        is_list.then(|| Reply::json("[]"))
    })
    .await;
    let venue = account(config(&server, &Clocks::new()));
    let market = symbol("BTC-USDT");
    for (which, name, value) in [
        (TradesOf::Order("28"), "orderId", "28"),
        (TradesOf::After("56"), "fromId", "57"),
        (
            TradesOf::Since(1_760_000_000_001),
            "startTime",
            "1760000000001",
        ),
    ] {
        venue.trades(&market, which).await.unwrap();
        let sent = server.requests("/api/v3/myTrades");
        assert_eq!(sent.last().unwrap().param(name), Some(value));
    }
    for (since, name, value) in [
        (OrdersSince::After("28"), "orderId", "29"),
        (
            OrdersSince::Time(1_760_000_000_001),
            "startTime",
            "1760000000001",
        ),
    ] {
        venue.orders(&market, since).await.unwrap();
        let sent = server.requests("/api/v3/allOrders");
        assert_eq!(sent.last().unwrap().param(name), Some(value));
    }
    let bad = venue.trades(&market, TradesOf::After("x")).await;
    assert!(matches!(
        bad.unwrap_err(),
        VenueError::NotSent(NotSent::Invalid(_))
    ));
}

#[tokio::test]
async fn orders_in_markets_that_have_no_name_here_are_left_out() {
    let mine = accepted("NEW");
    let strange = mine.replace("BTCUSDT", "币安人生USDT");
    let path = "/api/v3/openOrders";
    let server = VenueServer::with(path, Reply::json(format!("[{strange},{mine}]"))).await;
    let venue = account(config(&server, &Clocks::new()));
    let open = venue.open_orders(None).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].symbol, symbol("BTC-USDT"));
    // The list of markets was read again, in case the market is new.
    assert_eq!(server.requests("/api/v3/exchangeInfo").len(), 2);
}

/// The answer to a new order has no quote of a fill: it is what streams and lists of trades say of the same trade.
#[tokio::test]
async fn a_fill_has_the_value_that_the_list_of_trades_gives_it() {
    // 0.12345678 × 0.00098765 = 0.0001219320887670
    let filled = accepted("FILLED").replace(
        r#""fills":[]"#,
        r#""fills":[{"price":"0.00098765","qty":"0.12345678","commission":"0","commissionAsset":"BTC","tradeId":56}]"#,
    );
    for (precision, quote) in [
        ("", "0.00012193"),
        (r#""quoteAssetPrecision":8,"#, "0.00012193"),
        (r#""quoteAssetPrecision":6,"#, "0.000121"),
        (r#""quoteAssetPrecision":0,"#, "0"),
        (r#""quoteAssetPrecision":99,"#, "0.000121932088767"),
    ] {
        let list = format!(
            r#"{{"symbols":[{{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT",{precision}"orderTypes":[],"filters":[]}}]}}"#
        );
        let trades = format!(
            r#"[{{"symbol":"BTCUSDT","id":56,"orderId":28,"price":"0.00098765","qty":"0.12345678","quoteQty":"{quote}","commission":"0","commissionAsset":"BTC","time":{NOW},"isMaker":false}}]"#
        );
        let filled = filled.clone();
        let server = VenueServer::start(move |request| match request.path.as_str() {
            "/api/v3/exchangeInfo" => Some(Reply::json(list.clone())),
            ORDER => Some(Reply::json(filled.clone())),
            "/api/v3/myTrades" => Some(Reply::json(trades.clone())),
            _ => None,
        })
        .await;
        let clocks = Clocks::new();
        let venue = account(config(&server, &clocks));
        let market = symbol("BTC-USDT");
        let order = limit_buy(&market);
        let submitted = venue.submit(&clocks.permit(), &order).await.unwrap();
        let of = TradesOf::Order("28");
        let listed = venue.trades(&market, of).await.unwrap();
        assert_eq!(
            submitted.trades,
            [listed.items[0].trade.clone()],
            "{precision}"
        );
    }
}
