//! Timestamps follow the exchange's clock.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU32, Ordering},
};

use exchange::{Venue, VenueError};
use trading::order::OrderStatus;

use crate::{
    orders::{accepted, limit_buy},
    support::{Clocks, NOW, Reply, VenueServer, account, config, symbol},
};

const ORDER: &str = "/api/v3/order";
const TIME: &str = "/api/v3/time";

/// A server whose clock is so many milliseconds ahead of the test's, and that refuses so many orders for their time.
async fn server(ahead: &Arc<AtomicI64>, refusals: u32) -> VenueServer {
    let (ahead, refused) = (Arc::clone(ahead), AtomicU32::new(0));
    VenueServer::start(move |request| match request.path.as_str() {
        TIME => {
            let time = NOW + ahead.load(Ordering::SeqCst);
            Some(Reply::json(format!(r#"{{"serverTime":{time}}}"#)))
        }
        ORDER if refused.fetch_add(1, Ordering::SeqCst) < refusals => {
            Some(Reply::error(400, -1021))
        }
        ORDER => Some(Reply::json(accepted("NEW"))),
        _ => None,
    })
    .await
}

fn timestamps(server: &VenueServer) -> Vec<i64> {
    let sent = server.requests(ORDER);
    let times = sent.iter().map(|request| request.param("timestamp"));
    times.map(|time| time.unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn a_timestamp_is_on_the_exchanges_clock_and_slightly_behind() {
    let server = server(&Arc::new(AtomicI64::new(-3_600_000)), 0).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let pair = symbol("BTC-USDT");
    venue.order(&pair, "bbx1").await.unwrap();
    assert_eq!(timestamps(&server), [NOW - 3_600_000 - 100]);
}

#[tokio::test]
async fn the_clocks_are_compared_every_ten_minutes() {
    let ahead = Arc::new(AtomicI64::new(0));
    let server = server(&ahead, 0).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let pair = symbol("BTC-USDT");
    venue.order(&pair, "bbx1").await.unwrap();
    clocks.pass(599_999);
    venue.order(&pair, "bbx1").await.unwrap();
    assert_eq!(server.requests(TIME).len(), 1);
    clocks.pass(1);
    ahead.store(600_000 + 250, Ordering::SeqCst);
    venue.order(&pair, "bbx1").await.unwrap();
    assert_eq!(server.requests(TIME).len(), 2);
    let expected = [NOW, NOW + 599_999, NOW + 600_250].map(|time| time - 100);
    assert_eq!(timestamps(&server), expected);
}

#[tokio::test]
async fn a_refused_timestamp_makes_the_clocks_be_compared_again() {
    let ahead = Arc::new(AtomicI64::new(0));
    let server = server(&ahead, 1).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let pair = symbol("BTC-USDT");
    let order = limit_buy(&pair);
    let submitted = venue.submit(&clocks.permit(), &order).await.unwrap();
    assert_eq!(submitted.state.order.status, OrderStatus::Open);
    assert_eq!(server.requests(TIME).len(), 2);
    assert_eq!(timestamps(&server), [NOW - 100; 2]);
}

#[tokio::test]
async fn a_timestamp_that_stays_refused_is_a_definite_end() {
    let server = server(&Arc::new(AtomicI64::new(0)), 99).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let pair = symbol("BTC-USDT");
    let error = venue.submit(&clocks.permit(), &limit_buy(&pair)).await;
    let error = error.unwrap_err();
    assert_eq!(error, VenueError::OutsideTimeWindow);
    assert!(error.is_definite());
    assert_eq!(error.submitted_as(), OrderStatus::Sending);
    assert_eq!(server.requests(ORDER).len(), 2, "once more, not for ever");
}
