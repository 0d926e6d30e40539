//! Limits as the venue tells them, kept by the client.

use std::time::Duration;

use exchange::{
    MarketData, NotSent, RateScope, Venue, VenueError,
    binance::BinanceMarket,
    budget::{Priority, RateWindow},
    venue::NewOrder,
};

use crate::{
    orders::{accepted, limit_buy},
    support::{Clocks, NOW, Reply, VenueServer, account, amount, config, symbol},
};

const ORDER: &str = "/api/v3/order";
const MINUTE: i64 = 60_000;

fn minute_of_now() -> i64 {
    NOW - NOW.rem_euclid(MINUTE)
}

#[tokio::test]
async fn a_ban_stops_everything_until_its_second() {
    let banned = Reply::Answer(
        418,
        vec![("Retry-After", "130".to_owned())],
        r#"{"code":-1003,"msg":"banned"}"#.to_owned(),
    );
    let server = VenueServer::with("/api/v3/ticker/bookTicker", banned).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let market = symbol("BTC-USDT");
    let until = NOW + 130_000;
    let limited = VenueError::RateLimited {
        until,
        scope: RateScope::Address,
    };
    let error = venue.market().book_top(&market).await.unwrap_err();
    assert_eq!(error, limited);
    // It is the address that is banned: no socket is opened either.
    let sockets = venue.market().sockets_budget();
    assert_eq!(sockets.acquire(NOW, Priority::Cancel, 1), Err(until));
    // Nothing more is sent, not even a cancel.
    let error = venue.cancel(&clocks.permit(), &market, "bbx1").await;
    assert_eq!(error.unwrap_err(), limited);
    clocks.pass(129_999);
    assert_eq!(venue.market().server_time().await.unwrap_err(), limited);
    assert_eq!(server.requests(ORDER).len(), 0);
    clocks.pass(1);
    assert_eq!(venue.market().server_time().await, Ok(NOW));
}

#[tokio::test]
async fn the_orders_of_one_account_are_limited_apart() {
    let limited = Reply::Answer(
        429,
        vec![("retry-after", "8".to_owned())],
        r#"{"code":-1015,"msg":""}"#.to_owned(),
    );
    let server = VenueServer::start(move |request| {
        (request.path == ORDER).then(|| match request.method.as_str() {
            "POST" => limited.clone(),
            _ => Reply::json(accepted("CANCELED")),
        })
    })
    .await;
    let clocks = Clocks::new();
    let market = BinanceMarket::new(config(&server, &clocks)).unwrap();
    let key = crate::support::credential;
    let (one, other) = (
        exchange::binance::Binance::new(market.clone(), key()),
        exchange::binance::Binance::new(market, key()),
    );
    let pair = symbol("BTC-USDT");
    let order = limit_buy(&pair);
    let expected = VenueError::RateLimited {
        until: NOW + 8_000,
        scope: RateScope::Account,
    };
    for _ in 0..2 {
        let error = one.submit(&clocks.permit(), &order).await.unwrap_err();
        assert_eq!(error, expected);
    }
    let address = one.market();
    for shared in [address.budget(), address.sockets_budget()] {
        assert_eq!(shared.usage().blocked_until, 0, "one account is limited");
    }
    let count = |method: &str| {
        let sent = server.requests(ORDER);
        sent.iter().filter(|sent| sent.method == method).count()
    };
    assert_eq!(count("POST"), 1, "the second was held back");
    // Cancels of the account and orders of others go on.
    one.cancel(&clocks.permit(), &pair, "bbx1").await.unwrap();
    other.submit(&clocks.permit(), &order).await.unwrap_err();
    assert_eq!((count("DELETE"), count("POST")), (1, 2));
}

#[tokio::test]
async fn a_ban_ends_when_it_ends_however_the_wall_clock_is_set() {
    for step in [-600_000, 600_000] {
        let banned = Reply::Answer(
            429,
            vec![("retry-after", "60".to_owned())],
            r#"{"code":-1003,"msg":""}"#.to_owned(),
        );
        let server = VenueServer::with("/api/v3/ticker/bookTicker", banned).await;
        let clocks = Clocks::new();
        let market = BinanceMarket::new(config(&server, &clocks)).unwrap();
        market.book_top(&symbol("BTC-USDT")).await.unwrap_err();
        clocks.set_wall(step);
        clocks.pass(59_999);
        let limited = VenueError::RateLimited {
            until: NOW + step + 60_000,
            scope: RateScope::Address,
        };
        assert_eq!(market.server_time().await.unwrap_err(), limited);
        clocks.pass(1);
        market.server_time().await.unwrap();
    }
}

#[tokio::test]
async fn an_order_that_one_limit_holds_back_uses_up_no_other() {
    // 1,030 of 1,200 are too many for an entry at this address; 48 of 50 are too many for one of this account.
    for (header, value, scope) in [
        ("x-mbx-used-weight-1m", "1030", RateScope::Address),
        ("x-mbx-order-count-10s", "48", RateScope::Account),
    ] {
        let counted = Reply::Answer(200, vec![(header, value.to_owned())], accepted("NEW"));
        let server = VenueServer::with(ORDER, counted).await;
        let clocks = Clocks::new();
        let venue = account(config(&server, &clocks));
        let pair = symbol("BTC-USDT");
        let entry = limit_buy(&pair);
        venue.submit(&clocks.permit(), &entry).await.unwrap();
        let used = || {
            (
                venue.orders_budget().usage(),
                venue.market().budget().usage(),
            )
        };
        let before = used();
        let error = venue.submit(&clocks.permit(), &entry).await.unwrap_err();
        let is_of_scope =
            matches!(error, VenueError::RateLimited { scope: found, .. } if found == scope);
        assert!(is_of_scope, "{error:?}");
        assert_eq!(used(), before, "{header}");
    }
}

#[tokio::test]
async fn the_count_of_the_venue_is_taken_over() {
    let counted = Reply::Answer(
        200,
        vec![
            ("X-MBX-USED-WEIGHT", "900".to_owned()),
            ("X-MBX-USED-WEIGHT-1M", "950".to_owned()),
            ("X-MBX-ORDER-COUNT-10S", "48".to_owned()),
            ("X-MBX-ORDER-COUNT-1D", "1234".to_owned()),
            ("X-MBX-ORDER-COUNT-1W", "9".to_owned()),
            ("X-MBX-USED-WEIGHT-5X", "9".to_owned()),
            ("X-MBX-USED-WEIGHT-1H", "many".to_owned()),
        ],
        accepted("NEW"),
    );
    let server = VenueServer::with(ORDER, counted).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let pair = symbol("BTC-USDT");
    let order = limit_buy(&pair);
    venue.submit(&clocks.permit(), &order).await.unwrap();

    let usage = venue.market().budget().usage();
    assert_eq!(usage.windows[0].window.limit, 1_200, "as configured");
    assert_eq!(usage.windows[0].used, 950);
    let orders = venue.orders_budget().usage();
    let used: Vec<_> = orders.windows.iter().map(|window| window.used).collect();
    assert_eq!(used, [48, 1_234]);

    // 950 of 1,200: queries are held back, entries too as 48 of 50 orders are used, exits and cancels go on.
    let until = minute_of_now() + MINUTE;
    let error = venue.order(&pair, "bbx1").await.unwrap_err();
    let scope = RateScope::Address;
    assert_eq!(error, VenueError::RateLimited { until, scope });
    let error = venue.submit(&clocks.permit(), &order).await.unwrap_err();
    assert!(matches!(
        error,
        VenueError::RateLimited {
            scope: RateScope::Account,
            ..
        }
    ));
    venue.cancel(&clocks.permit(), &pair, "bbx1").await.unwrap();
    assert_eq!(server.requests(ORDER).len(), 2);
}

#[tokio::test]
async fn the_list_of_markets_says_what_the_limits_are() {
    let info = r#"{"rateLimits":[
        {"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000},
        {"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100},
        {"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":200000},
        {"rateLimitType":"ORDERS","interval":"FORTNIGHT","intervalNum":1,"limit":3},
        {"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":300000}
    ],"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","orderTypes":[],"filters":[]}]}"#;
    let server = VenueServer::start(move |request| match request.path.as_str() {
        "/api/v3/exchangeInfo" => Some(Reply::json(info)),
        ORDER => Some(Reply::json(accepted("NEW"))),
        _ => None,
    })
    .await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let pair = symbol("BTC-USDT");
    venue
        .submit(&clocks.permit(), &limit_buy(&pair))
        .await
        .unwrap();
    let window = |length_ms, limit| RateWindow { length_ms, limit };
    let weights = venue.market().budget().usage().windows;
    assert_eq!(weights.len(), 1);
    assert_eq!(weights[0].window, window(MINUTE, 6_000));
    // The list of markets, the time, and the order.
    assert_eq!(weights[0].used, 20 + 1 + 1);
    let orders = venue.orders_budget().usage().windows;
    let windows: Vec<_> = orders.iter().map(|used| used.window).collect();
    assert_eq!(windows, [window(10_000, 100), window(86_400_000, 200_000)]);
    assert_eq!((orders[0].used, orders[1].used), (1, 1));
}

#[tokio::test]
async fn an_exit_goes_further_than_an_entry() {
    let counted = Reply::Answer(
        200,
        vec![("x-mbx-used-weight-1m", "1030".to_owned())],
        accepted("NEW"),
    );
    let server = VenueServer::with(ORDER, counted).await;
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let pair = symbol("BTC-USDT");
    let entry = limit_buy(&pair);
    venue.submit(&clocks.permit(), &entry).await.unwrap();
    let error = venue.submit(&clocks.permit(), &entry).await.unwrap_err();
    assert!(matches!(error, VenueError::RateLimited { .. }), "{error:?}");
    let exit = NewOrder {
        priority: Priority::Exit,
        size: trading::order::OrderSize::Base(amount("0.02")),
        ..entry
    };
    venue.submit(&clocks.permit(), &exit).await.unwrap();
    // A new minute, a new budget.
    clocks.pass(u64::try_from(minute_of_now() + MINUTE - NOW).unwrap());
    venue.submit(&clocks.permit(), &entry).await.unwrap();
}

#[tokio::test]
async fn a_venue_that_fails_is_left_alone_and_probed_with_a_ping() {
    let server = VenueServer::start(|request| match request.path.as_str() {
        "/api/v3/ticker/bookTicker" => Some(Reply::error(503, -1000)),
        ORDER => Some(Reply::json(accepted("NEW"))),
        _ => None,
    })
    .await;
    let clocks = Clocks::new();
    let mut config = config(&server, &clocks);
    config.breaker.failures = 3;
    config.request_timeout = Duration::from_secs(5);
    let venue = account(config);
    let pair = symbol("BTC-USDT");
    for _ in 0..3 {
        venue.market().book_top(&pair).await.unwrap_err();
    }
    let error = venue.submit(&clocks.permit(), &limit_buy(&pair)).await;
    let until = NOW + 1_000;
    assert_eq!(error.unwrap_err(), NotSent::BreakerOpen { until }.into());
    assert!(venue.market().breaker().is_open());
    assert_eq!(server.requests(ORDER).len(), 0);
    clocks.pass(1_000);
    let order = limit_buy(&pair);
    venue.submit(&clocks.permit(), &order).await.unwrap();
    assert!(!venue.market().breaker().is_open());
    assert_eq!(server.requests("/api/v3/ping").len(), 1);
    assert_eq!(server.requests(ORDER).len(), 1);
}

#[tokio::test]
async fn an_order_is_never_the_probe() {
    let server = VenueServer::start(|request| match request.path.as_str() {
        "/api/v3/ticker/bookTicker" | "/api/v3/ping" => Some(Reply::error(503, -1000)),
        _ => None,
    })
    .await;
    let clocks = Clocks::new();
    let mut config = config(&server, &clocks);
    config.breaker.failures = 1;
    let venue = account(config);
    let pair = symbol("BTC-USDT");
    venue.market().book_top(&pair).await.unwrap_err();
    for pause in [1_000, 2_000, 4_000] {
        clocks.pass(pause);
        let now = platform::Clock::now(&*clocks.wall).timestamp_millis();
        let error = venue.market().server_time().await.unwrap_err();
        let until = now + i64::try_from(pause).unwrap() * 2;
        assert_eq!(error, NotSent::BreakerOpen { until }.into());
    }
    assert_eq!(server.requests("/api/v3/ping").len(), 3);
}
