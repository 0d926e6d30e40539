use chrono::Duration;
use platform::Clock;
use serde_json::{Value, json};
use testkit::stripe::{Action, SECRET_KEY};

use crate::{bench::Somebody, shop::Shop};

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

/// Somebody pays a checkout that this api does not know of, or no longer.
async fn pay_another(shop: &Shop, customer: &str, user: Option<&Somebody>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("mode", "subscription");
    form.append_pair("customer", customer);
    form.append_pair("line_items[0][price]", "price_pro");
    form.append_pair("success_url", "https://app.example.com");
    if let Some(user) = user {
        form.append_pair("subscription_data[metadata][user_id]", &user.id);
    }
    let request = http::Request::post("/v1/checkout/sessions")
        .header("authorization", format!("Bearer {SECRET_KEY}"))
        .header("stripe-version", "2025-08-27.basil")
        .body(form.finish())
        .unwrap();
    let made = testkit::http::send(shop.stripe.address(), request).await;
    let session = made.unwrap().json()["id"].as_str().unwrap().to_owned();
    let paid = shop.stripe.act(Action::PaySession { session }).unwrap();
    paid["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn of_two_subscriptions_that_were_paid_the_older_one_is_cancelled_once() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let older = shop.buy(&ann, "starter").await;
    let customer = shop.stripe.see(|world| {
        let customer = &world.subscriptions[&older]["customer"];
        customer.as_str().unwrap().to_owned()
    });
    // One that an operator made by hand is not of our checkouts.
    let by_hand = pay_another(&shop, &customer, None).await;
    let newer = pay_another(&shop, &customer, Some(&ann)).await;
    let events = shop.events();
    let all = events.iter().map(|event| shop.send(event));
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
    shop.send_all().await;
    let status = |id: &str| {
        shop.stripe
            .see(|world| world.subscriptions[id]["status"].clone())
    };
    assert_eq!(
        [&older, &by_hand, &newer].map(|id| status(id)),
        ["canceled", "active", "active"]
    );
    let seen = shop.subscription(&ann).await;
    assert_eq!(
        (&seen["plan"], &seen["status"]),
        (&json!("pro"), &json!("active"))
    );
    let kind = "duplicate_subscription_canceled";
    assert_eq!(shop.bench.logged(&ann, kind).await, 1);
    let detail = format!("SELECT detail::text FROM security_log WHERE kind = '{kind}'");
    let detail = shop.bench.text(&detail).await;
    assert!(
        detail.contains(&older) && detail.contains(&newer),
        "{detail}"
    );
}
