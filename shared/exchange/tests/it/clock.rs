//! Timestamps follow the exchange's clock.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering},
};

use exchange::{NotSent, Venue, VenueError};
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

/// A server on whose clock a request arrives after `there` milliseconds and whose answer takes `back`, by turns of the
/// comparisons of the clocks.
async fn distant(clocks: &Clocks, legs: &'static [(u64, u64)]) -> VenueServer {
    let (clocks, asked) = (clocks.clone(), AtomicUsize::new(0));
    VenueServer::start(move |request| match request.path.as_str() {
        TIME => {
            let (there, back) = legs[asked.fetch_add(1, Ordering::SeqCst)];
            clocks.pass(there);
            let time = NOW + clocks.passed();
            clocks.pass(back);
            Some(Reply::json(format!(r#"{{"serverTime":{time}}}"#)))
        }
        ORDER => Some(Reply::json(accepted("NEW"))),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_timestamp_is_never_from_the_exchanges_future() {
    for (legs, behind) in [
        (&[(0, 0)], 0),
        (&[(1_000, 0)], 0),
        (&[(500, 500)], 500),
        (&[(0, 1_000)], 1_000),
    ] {
        let clocks = Clocks::new();
        let server = distant(&clocks, legs).await;
        let venue = account(config(&server, &clocks));
        // Before the clocks were compared.
        let permit = clocks.permit();
        let pair = symbol("BTC-USDT");
        venue.submit(&permit, &limit_buy(&pair)).await.unwrap();
        venue.order(&pair, "bbx1").await.unwrap();
        let now = NOW + clocks.passed();
        let expected = [NOW, now].map(|time| time - behind - 100);
        assert_eq!(timestamps(&server), expected, "{legs:?}");
    }
}

#[tokio::test]
async fn a_slow_comparison_tells_nothing_and_is_made_again() {
    let clocks = Clocks::new();
    let legs = &[(1_001, 0), (600, 0), (0, 1_001), (0, 0)];
    let server = distant(&clocks, legs).await;
    let venue = account(config(&server, &clocks));
    let pair = symbol("BTC-USDT");
    let error = venue.order(&pair, "bbx1").await.unwrap_err();
    assert_eq!(error, NotSent::NoServerTime.into());
    assert_eq!(server.requests(ORDER).len(), 0);
    venue.order(&pair, "bbx1").await.unwrap();
    assert_eq!(server.requests(TIME).len(), 2);
    // What was known before goes on, until a comparison is fast enough.
    clocks.pass(600_000);
    venue.order(&pair, "bbx1").await.unwrap();
    venue.order(&pair, "bbx1").await.unwrap();
    venue.order(&pair, "bbx1").await.unwrap();
    assert_eq!(server.requests(TIME).len(), 4);
    let began = NOW + 1_601 - 100;
    let later = began + 600_000 + 1_001;
    assert_eq!(timestamps(&server), [began, later, later, later]);
}

#[tokio::test]
async fn an_offset_that_the_exchange_refused_is_not_used_again() {
    let clocks = Clocks::new();
    let (passing, asked) = (clocks.clone(), AtomicU32::new(0));
    let server = VenueServer::start(move |request| match request.path.as_str() {
        TIME => {
            if asked.fetch_add(1, Ordering::SeqCst) > 0 {
                passing.pass(1_001);
            }
            Some(Reply::json(format!(r#"{{"serverTime":{NOW}}}"#)))
        }
        ORDER => Some(Reply::error(400, -1021)),
        _ => None,
    })
    .await;
    let venue = account(config(&server, &clocks));
    let pair = symbol("BTC-USDT");
    let error = venue.order(&pair, "bbx1").await.unwrap_err();
    assert_eq!(error, NotSent::NoServerTime.into());
    assert_eq!(server.requests(ORDER).len(), 1);
}

#[tokio::test]
async fn a_wall_clock_that_is_set_moves_no_timestamp() {
    for step in [-3_600_000, 7_000, 3_600_000] {
        let server = server(&Arc::new(AtomicI64::new(0)), 0).await;
        let clocks = Clocks::new();
        let venue = account(config(&server, &clocks));
        let pair = symbol("BTC-USDT");
        venue.order(&pair, "bbx1").await.unwrap();
        clocks.set_wall(step);
        venue.order(&pair, "bbx1").await.unwrap();
        let order = limit_buy(&pair);
        venue.submit(&clocks.permit(), &order).await.unwrap();
        assert_eq!(timestamps(&server), [NOW - 100; 3], "{step}");
    }
}
