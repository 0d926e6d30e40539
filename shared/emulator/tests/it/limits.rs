//! Request weight and order counts.

use emulator::{Action, RateLimits, UserConfig};

use crate::support::{Lab, send, signed_path};

fn small(limits: &mut RateLimits) {
    limits.weight_per_minute = 50;
    limits.requests_until_ban = 2;
    limits.ban_s = 120;
}

#[tokio::test]
async fn weight_is_counted_for_the_address_whoever_asks() {
    let lab = Lab::start().await;
    let first = lab.public("/api/v3/time").await;
    assert_eq!(first.header("x-mbx-used-weight-1m"), Some("1"));
    let depth = lab.public("/api/v3/depth?symbol=BTCUSDT&limit=1000").await;
    assert_eq!(depth.header("x-mbx-used-weight-1m"), Some("51"));
    let account = lab.signed("GET", "/api/v3/account", "").await;
    assert_eq!(account.header("x-mbx-used-weight-1m"), Some("71"));
    lab.act(Action::CreateUser(UserConfig::new(
        "bob",
        "bobKey",
        "bobSecret",
    )));
    let path = signed_path("/api/v3/account", "", lab.now(), "bobSecret");
    let account = lab.send("GET", &path, Some("bobKey")).await.unwrap();
    assert_eq!(account.header("x-mbx-used-weight-1m"), Some("91"));
    // Another address has a budget of its own.
    let elsewhere = reqwest::Client::builder()
        .local_address(Some("127.0.0.2".parse().unwrap()))
        .build()
        .unwrap();
    let other = send(&elsewhere, &lab.emulator, "GET", "/api/v3/time", None)
        .await
        .unwrap();
    assert_eq!(other.header("x-mbx-used-weight-1m"), Some("1"));
    lab.pass(60_000);
    let later = lab.public("/api/v3/time").await;
    assert_eq!(later.header("x-mbx-used-weight-1m"), Some("1"));
}

#[tokio::test]
async fn orders_that_succeed_weigh_nothing_and_those_that_fail_do() {
    let lab = Lab::start().await;
    let rest = "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=50000&newClientOrderId=w";
    let placed = lab.order(rest).await;
    assert_eq!(placed.header("x-mbx-used-weight-1m"), Some("0"));
    assert_eq!(placed.header("x-mbx-order-count-10s"), Some("1"));
    assert_eq!(placed.header("x-mbx-order-count-1d"), Some("1"));
    let refused = lab.order(rest).await;
    assert_eq!(refused.header("x-mbx-used-weight-1m"), Some("1"));
    let query = "symbol=BTCUSDT&origClientOrderId=w";
    let canceled = lab.signed("DELETE", "/api/v3/order", query).await;
    assert_eq!(canceled.header("x-mbx-used-weight-1m"), Some("1"));
    let canceled = lab.signed("DELETE", "/api/v3/order", query).await;
    assert_eq!(canceled.header("x-mbx-used-weight-1m"), Some("2"));
}

#[tokio::test]
async fn too_much_weight_is_429_and_asking_on_is_a_ban() {
    let lab = Lab::with(|config| small(&mut config.limits)).await;
    lab.public("/api/v3/exchangeInfo").await.ok();
    lab.public("/api/v3/exchangeInfo").await.ok();
    let limited = lab.public("/api/v3/exchangeInfo").await;
    assert_eq!(limited.refusal().0, 429);
    assert_eq!(limited.refusal().1, -1003);
    // The minute ends in 54.877 s.
    assert_eq!(limited.header("retry-after"), Some("55"));
    assert_eq!(lab.public("/api/v3/time").await.refusal().0, 429);
    let banned = lab.public("/api/v3/time").await;
    assert_eq!(banned.refusal().0, 418);
    assert_eq!(banned.refusal().1, -1003);
    assert_eq!(banned.header("retry-after"), Some("120"));
    // A new minute does not end a ban.
    lab.pass(60_000);
    assert_eq!(
        lab.public("/api/v3/time").await.header("retry-after"),
        Some("60")
    );
    lab.pass(60_000);
    lab.public("/api/v3/time").await.ok();
}

#[tokio::test]
async fn who_waits_as_told_is_not_banned() {
    let lab = Lab::with(|config| small(&mut config.limits)).await;
    for status in [200, 200, 429] {
        assert_eq!(lab.public("/api/v3/exchangeInfo").await.status, status);
    }
    lab.pass(55_000);
    lab.public("/api/v3/exchangeInfo").await.ok();
}

#[tokio::test]
async fn orders_are_counted_for_the_account() {
    let lab = Lab::with(|config| config.limits.orders_per_10_seconds = 2).await;
    let rest = "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=50000";
    lab.order(rest).await.ok();
    lab.order(rest).await.ok();
    let refused = lab.order(rest).await;
    assert_eq!(
        refused.refusal(),
        (
            429,
            -1015,
            "Too many new orders; current limit is 2 orders per 10 SECOND."
        )
    );
    assert_eq!(refused.header("retry-after"), Some("5"));
    let counts = lab.signed("GET", "/api/v3/rateLimit/order", "").await.ok();
    assert_eq!(counts[0]["count"], 2);
    assert_eq!(counts[1]["intervalNum"], 1);
    lab.pass(5_000);
    lab.order(rest).await.ok();
}
