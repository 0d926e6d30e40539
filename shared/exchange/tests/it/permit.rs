//! Nothing is sent outside the window of a permit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use exchange::{
    Moment, MomentClock, NotSent, PermitExpired, SendPermit, Venue,
    permit::{ACCEPT_WITHIN, SEND_WITHIN},
};
use trading::order::OrderStatus;

use crate::{
    orders::{accepted, limit_buy},
    support::{Clocks, NOW, Reply, VenueServer, account, config, symbol},
};

const ORDER: &str = "/api/v3/order";

fn at(millis: u64) -> Moment {
    Moment::since_boot(Duration::from_millis(millis))
}

#[test]
fn a_permit_ends_six_seconds_after_the_renewal_began() {
    assert_eq!((SEND_WITHIN.as_secs(), ACCEPT_WITHIN.as_secs()), (6, 8));
    let permit = SendPermit::mint(at(10_000), at(15_999)).unwrap();
    assert_eq!(permit.renewed_at(), at(10_000));
    assert_eq!(permit.check(at(15_999)), Ok(()));
    assert_eq!(permit.check(at(16_000)), Err(PermitExpired));
    let late = SendPermit::mint(at(10_000), at(16_000));
    assert_eq!(late, Err(PermitExpired));
}

#[tokio::test]
async fn an_order_carries_the_time_of_the_renewal() {
    let server = VenueServer::with(ORDER, Reply::json(accepted("NEW"))).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let permit = clocks.permit();
    let market = symbol("BTC-USDT");
    venue.submit(&permit, &limit_buy(&market)).await.unwrap();
    clocks.pass(5_999);
    venue.submit(&permit, &limit_buy(&market)).await.unwrap();
    let sent = server.requests(ORDER);
    let expected = (NOW - 100).to_string();
    for request in &sent {
        assert_eq!(request.param("timestamp"), Some(expected.as_str()));
        assert_eq!(request.param("recvWindow"), Some("8000"));
    }
    assert_eq!(sent.len(), 2);
}

#[tokio::test]
async fn an_expired_permit_sends_nothing() {
    let server = VenueServer::start(|_| None).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let permit = clocks.permit();
    clocks.pass(6_000);
    let market = symbol("BTC-USDT");
    let error = venue
        .submit(&permit, &limit_buy(&market))
        .await
        .unwrap_err();
    assert_eq!(error, NotSent::Permit(PermitExpired).into());
    assert_eq!(error.submitted_as(), OrderStatus::Sending);
    let error = venue.cancel(&permit, &market, "bbx1").await.unwrap_err();
    assert_eq!(error, NotSent::Permit(PermitExpired).into());
    assert_eq!(server.requests(ORDER).len(), 0);
}

/// The permit expires after the connection is made and before the request is written: not even its head goes out.
#[tokio::test]
async fn a_permit_that_expires_while_connecting_sends_not_a_byte() {
    let server = VenueServer::with(ORDER, Reply::error(400, -2013)).await;
    let clocks = Clocks::new();
    let mut config = config(&server, &clocks);
    // Once the test has begun, two readings of the clock are in time: whether the comparison with the exchange's clock
    // still holds, and the check before the connection. All others are too late.
    let readings = Arc::new(AtomicU32::new(0));
    let (counted, usual) = (Arc::clone(&readings), clocks.moments());
    config.moments = MomentClock::new(move || {
        if counted.load(Ordering::SeqCst) == 0 || counted.fetch_add(1, Ordering::SeqCst) <= 2 {
            usual.now()
        } else {
            usual.now().after(SEND_WITHIN)
        }
    });
    let venue = account(config);
    let market = symbol("BTC-USDT");
    assert_eq!(venue.order(&market, "bbx1").await, Ok(None));
    readings.store(1, Ordering::SeqCst);
    let permit = clocks.permit();
    let error = venue
        .submit(&permit, &limit_buy(&market))
        .await
        .unwrap_err();
    assert_eq!(error, NotSent::Permit(PermitExpired).into());
    assert_eq!(readings.load(Ordering::SeqCst), 4, "the third was too late");
    assert!(server.received().contains("GET /api/v3/order?"));
    assert!(!server.received().contains("POST"));
}
