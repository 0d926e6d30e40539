//! A venue that fails: what is known of an order then.

use std::time::Duration;

use exchange::{Ambiguity, NotSent, Venue, VenueError};
use tokio::net::TcpListener;
use trading::order::OrderStatus;

use crate::{
    orders::limit_buy,
    support::{Clocks, Reply, VenueServer, account, config, symbol, urls_config},
};

const ORDER: &str = "/api/v3/order";

/// What an order ends with when the venue does this.
async fn submitted(reply: Reply) -> VenueError {
    let server = VenueServer::with(ORDER, reply).await;
    let clocks = Clocks::new();
    let mut config = config(&server, &clocks);
    config.request_timeout = Duration::from_millis(300);
    let venue = account(config);
    let market = symbol("BTC-USDT");
    let result = venue.submit(&clocks.permit(), &limit_buy(&market)).await;
    assert_eq!(server.requests(ORDER).len(), 1, "never sent a second time");
    result.unwrap_err()
}

#[tokio::test]
async fn an_order_without_an_answer_is_unknown() {
    let error = submitted(Reply::Hang).await;
    assert_eq!(error, Ambiguity::Timeout.into());
    assert!(!error.is_definite());
    assert_eq!(error.submitted_as(), OrderStatus::Unknown);
}

#[tokio::test]
async fn an_order_whose_connection_is_reset_is_unknown() {
    assert_eq!(
        submitted(Reply::Reset).await,
        Ambiguity::ConnectionLost.into()
    );
}

#[tokio::test]
async fn an_order_whose_answer_breaks_off_is_unknown() {
    let half = Reply::Half(r#"{"symbol":"BTCUSDT","#.to_owned());
    assert_eq!(submitted(half).await, Ambiguity::ConnectionLost.into());
}

#[tokio::test]
async fn an_order_whose_answer_is_not_understood_is_unknown() {
    for body in ["", "OK", "{}", "[]", "<html></html>", r#"{"orderId":28}"#] {
        let error = submitted(Reply::json(body)).await;
        let is_named = matches!(error, VenueError::Unknown(Ambiguity::Unreadable(_)));
        assert!(is_named, "{body}: {error:?}");
    }
}

#[tokio::test]
async fn an_order_that_a_failing_server_took_is_unknown() {
    for status in [500, 502, 503, 504] {
        // Whatever the body says: something in between may have written it.
        for code in [-1000, -2010, -1021] {
            let error = submitted(Reply::error(status, code)).await;
            assert_eq!(error, Ambiguity::Status { status }.into());
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = VenueServer::start(|_| None).await;
    let location = format!("http://{}{ORDER}", elsewhere.address());
    let reply = Reply::Answer(307, vec![("location", location)], String::new());
    assert_eq!(
        submitted(reply).await,
        Ambiguity::Status { status: 307 }.into()
    );
    assert_eq!(elsewhere.requests(ORDER).len(), 0);
}

#[tokio::test]
async fn an_order_is_not_sent_where_nobody_listens() {
    // The list of markets and the time are known; then the venue is gone.
    let unknown = Reply::Answer(
        400,
        vec![("connection", "close".to_owned())],
        r#"{"code":-2013,"msg":"Order does not exist."}"#.to_owned(),
    );
    let server = VenueServer::with(ORDER, unknown).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let market = symbol("BTC-USDT");
    let order = limit_buy(&market);
    assert_eq!(venue.order(&market, "bbx1").await, Ok(None));
    server.close().await;
    let error = venue.submit(&clocks.permit(), &order).await.unwrap_err();
    assert_eq!(error, NotSent::Connect.into());
    assert!(error.is_definite());
    assert_eq!(error.submitted_as(), OrderStatus::Sending);
    let error = venue.order(&market, "bbx1").await.unwrap_err();
    assert_eq!(error, NotSent::Connect.into());

    // And of one that was never there.
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let gone = account(urls_config(
        &format!("http://{address}"),
        &format!("ws://{address}"),
        &clocks,
    ));
    let error = gone.submit(&clocks.permit(), &order).await.unwrap_err();
    assert_eq!(error, NotSent::Connect.into());
    assert!(error.is_definite());
    assert_eq!(error.submitted_as(), OrderStatus::Sending);
    let error = gone.balances().await.unwrap_err();
    assert_eq!(error, NotSent::NoServerTime.into());
}

#[tokio::test]
async fn an_order_is_not_sent_while_the_list_of_markets_cannot_be_read() {
    for reply in [
        Reply::error(503, -1000),
        Reply::error(400, -1100),
        Reply::Reset,
        Reply::json("{}"),
    ] {
        let server = VenueServer::with("/api/v3/exchangeInfo", reply).await;
        let clocks = Clocks::new();
        let venue = account(config(&server, &clocks));
        let market = symbol("BTC-USDT");
        let order = limit_buy(&market);
        let error = venue.submit(&clocks.permit(), &order).await.unwrap_err();
        assert_eq!(error, NotSent::NoMarkets.into());
        assert_eq!(error.submitted_as(), OrderStatus::Sending);
        assert_eq!(server.requests(ORDER).len(), 0);
    }
}

#[tokio::test]
async fn an_order_is_not_sent_without_a_timestamp() {
    for reply in [Reply::error(503, -1000), Reply::Reset, Reply::json("{}")] {
        let server = VenueServer::with("/api/v3/time", reply).await;
        let clocks = Clocks::new();
        let venue = account(config(&server, &clocks));
        let market = symbol("BTC-USDT");
        let order = limit_buy(&market);
        let error = venue.submit(&clocks.permit(), &order).await.unwrap_err();
        assert_eq!(error, NotSent::NoServerTime.into());
        assert_eq!(server.requests(ORDER).len(), 0);
    }
}
