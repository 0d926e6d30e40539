use chrono::Duration;
use platform::Clock;
use serde_json::{Value, json};
use testkit::stripe::Action;

use crate::shop::Shop;

#[tokio::test]
async fn who_never_paid_is_on_the_free_plan() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    assert_eq!(
        shop.subscription(&ann).await,
        json!({
            "plan": "free", "status": "none", "current_period_end": null, "cancel_at_period_end": false,
            "grace_until": null,
            "entitlements": {
                "max_bots": 2, "max_active_deals": 3, "max_connections": 1, "live_trading": false,
                "backtests_per_day": 5, "backtest_candles": 100_000,
            },
            "usage": { "bots": 0, "working_bots": 0, "active_deals": 0, "connections": 0 },
        })
    );
    // A checkout that nobody paid changes nothing.
    shop.checkout(&ann, "pro").await;
    assert_eq!(shop.subscription(&ann).await["plan"], "free");
}

#[tokio::test]
async fn a_failed_payment_leaves_the_plan_for_a_while() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let subscription = shop.buy(&ann, "starter").await;
    shop.send_all().await;
    let renew = |paid| Action::Renew {
        subscription: subscription.clone(),
        paid,
    };
    let retry = |paid| Action::Retry {
        subscription: subscription.clone(),
        paid,
    };
    shop.stripe.act(renew(false)).unwrap();
    let until = platform::time::to_wire(shop.bench.clock.now() + Duration::days(7));
    let until = format!("{}.000Z", &until[..19]);
    shop.send_all().await;
    let seen = shop.subscription(&ann).await;
    assert_eq!(seen["plan"], "starter");
    assert_eq!(seen["status"], "past_due");
    assert_eq!(seen["grace_until"], until);

    // Failing again does not begin it again.
    shop.advance(Duration::days(3));
    let ann = shop.bench.login(&ann.email).await;
    shop.stripe.act(retry(false)).unwrap();
    shop.send_all().await;
    assert_eq!(shop.subscription(&ann).await["grace_until"], until);

    shop.advance(Duration::days(4) + Duration::seconds(1));
    let ann = shop.bench.login(&ann.email).await;
    assert_eq!(shop.subscription(&ann).await["plan"], "free");
    let again = shop.try_checkout(&ann, "starter").await;
    assert_eq!(again.status, 409);

    shop.stripe.act(retry(true)).unwrap();
    shop.send_all().await;
    let seen = shop.subscription(&ann).await;
    assert_eq!(seen["plan"], "starter");
    assert_eq!(seen["status"], "active");
    assert_eq!(seen["grace_until"], Value::Null);
}

#[tokio::test]
async fn a_subscription_keeps_its_plan_when_the_plan_gets_another_price() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    shop.buy(&ann, "starter").await;
    shop.bench
        .db
        .execute(
            "UPDATE plans SET stripe_price_id = 'price_new' WHERE id = 'starter';
             INSERT INTO plan_prices (stripe_price_id, plan_id) VALUES ('price_new', 'starter')",
        )
        .await;
    shop.send_all().await;
    assert_eq!(shop.subscription(&ann).await["plan"], "starter");
}

#[tokio::test]
async fn a_price_of_no_plan_gives_no_plan() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let subscription = shop.buy(&ann, "starter").await;
    shop.stripe
        .act(Action::AddPrice {
            id: "price_other".to_owned(),
            unit_amount: 1,
            currency: "eur".to_owned(),
        })
        .unwrap();
    shop.stripe
        .act(Action::ChangePrice {
            subscription,
            price: "price_other".to_owned(),
        })
        .unwrap();
    shop.send_all().await;
    let seen = shop.subscription(&ann).await;
    assert_eq!(
        (&seen["plan"], &seen["status"]),
        (&json!("free"), &json!("active"))
    );
}
