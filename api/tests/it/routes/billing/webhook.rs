use chrono::Duration;
use futures_util::future::join_all;
use platform::Clock;
use serde_json::{Value, json};
use testkit::{
    stripe::{Action, Policy, WEBHOOK_SECRET, signature},
    wait_until,
};

use crate::{
    bench::{Somebody, problem},
    routes::admin::{of_role, put},
    shop::{Shop, WEBHOOK},
};

const APPLIED: &str = "SELECT count(*) FROM billing_events";

async fn billing_events(shop: &Shop, who: &Somebody) -> Vec<String> {
    let all = shop.bench.event_types(who).await;
    let ours = all.into_iter().filter(|kind| kind.starts_with("billing."));
    ours.collect()
}

#[tokio::test]
async fn a_payment_becomes_a_plan() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    shop.buy(&ann, "starter").await;
    shop.send_all().await;
    let seen = shop.subscription(&ann).await;
    assert_eq!(
        (&seen["plan"], &seen["status"]),
        (&json!("starter"), &json!("active"))
    );
    assert!(seen["current_period_end"].is_string());
    assert_eq!(
        billing_events(&shop, &ann).await,
        [
            "billing.subscription_changed",
            "billing.invoice_paid",
            "billing.checkout_completed"
        ]
    );
    let page = shop
        .bench
        .get("/api/v1/events")
        .bearer(&ann.access)
        .send()
        .await
        .json();
    let events = page["data"].as_array().unwrap();
    let paid = events
        .iter()
        .find(|event| event["type"] == "billing.invoice_paid");
    assert_eq!(paid.unwrap()["data"]["amount"], "19");
    assert_eq!(paid.unwrap()["data"]["currency"], "eur");
    let logged = "SELECT count(*) FROM security_log WHERE kind = 'subscription_changed'";
    assert_eq!(shop.number(logged).await, 1);
    assert_eq!(shop.number(APPLIED).await, 4);
}

#[tokio::test]
async fn what_is_not_stripes_changes_nothing() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    shop.buy(&ann, "starter").await;
    let event = shop.newest("customer.subscription.updated");
    let (good, body) = shop.stripe.signed(&event);
    let now = shop.bench.clock.now().timestamp();
    let tampered = body.replace("active", "Active");
    assert_ne!(tampered, body);
    let v1 = good.split_once("v1=").unwrap().1;
    for (header, body) in [
        (good.clone(), tampered),
        (good.clone(), format!("{body} ")),
        (signature("whsec_another", now, &body), body.clone()),
        (signature(WEBHOOK_SECRET, now - 301, &body), body.clone()),
        (signature(WEBHOOK_SECRET, now + 301, &body), body.clone()),
        (format!("t={},v1={v1}", now - 1), body.clone()),
        (format!("t={now},v0={v1}"), body.clone()),
        (format!("v1={v1}"), body.clone()),
        (String::new(), body.clone()),
    ] {
        let answer = shop.post(&header, &body).await;
        problem(&answer, 400, "invalid_signature");
    }
    let bare = shop.bench.post(WEBHOOK).raw(body.clone()).send().await;
    problem(&bare, 400, "invalid_signature");
    let twice = shop.bench.post(WEBHOOK).raw(body.clone());
    let twice = twice.header("stripe-signature", &good);
    let twice = twice.header("stripe-signature", &good).send().await;
    problem(&twice, 400, "invalid_signature");
    let large = "x".repeat(1024 * 1024 + 1);
    let large = shop
        .post(&signature(WEBHOOK_SECRET, now, &large), &large)
        .await;
    problem(&large, 413, "body_too_large");
    let prose = shop
        .post(&signature(WEBHOOK_SECRET, now, "prose"), "prose")
        .await;
    problem(&prose, 400, "malformed_json");
    assert_eq!(shop.number(APPLIED).await, 0);
    assert_eq!(shop.subscription(&ann).await["plan"], "free");

    // While the secret is rolled, one of two signatures is enough.
    let other = signature("whsec_another", now, &body);
    let other = other.split_once("v1=").unwrap().1;
    let both = shop
        .post(&format!("t={now},v1={other},v1={v1}"), &body)
        .await;
    assert_eq!(both.status, 204, "{}", both.text());
    assert_eq!(shop.subscription(&ann).await["plan"], "starter");
}

#[tokio::test]
async fn what_is_of_no_use_is_acknowledged() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    shop.buy(&ann, "starter").await;
    let event = shop.newest("customer.subscription.updated");
    let body = shop.stripe.see(|world| world.events[&event].clone());
    let send = async |change: fn(&mut Value)| {
        let mut body = body.clone();
        change(&mut body);
        let body = body.to_string();
        let now = shop.bench.clock.now().timestamp();
        shop.post(&signature(WEBHOOK_SECRET, now, &body), &body)
            .await
            .status
    };
    assert_eq!(
        send(|body| body["type"] = json!("customer.tax_id.created")).await,
        204
    );
    assert_eq!(
        send(|body| body["data"]["object"]["customer"] = json!("cus_other")).await,
        204
    );
    assert_eq!(
        send(|body| body["data"]["object"]["customer"] = Value::Null).await,
        204
    );
    assert_eq!(shop.number(APPLIED).await, 0);
    // Fields that nobody here knows, and a customer in full.
    let odd = send(|body| {
        body["new"] = json!({ "field": [1, 2] });
        body["data"]["object"]["customer"] =
            json!({ "id": body["data"]["object"]["customer"], "object": "customer" });
    });
    assert_eq!(odd.await, 204);
    assert_eq!(shop.number(APPLIED).await, 1);
}

#[tokio::test]
async fn twenty_deliveries_at_once_are_one() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    shop.buy(&ann, "starter").await;
    let paid = shop.newest("invoice.paid");
    for answer in join_all((0..20).map(|_| shop.send(&paid))).await {
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
    assert_eq!(shop.number(APPLIED).await, 1);
    let mut told = billing_events(&shop, &ann).await;
    told.sort();
    assert_eq!(
        told,
        ["billing.invoice_paid", "billing.subscription_changed"]
    );

    // Twenty more, of all there are.
    let events = shop.events();
    let all = events.iter().rev().cycle().take(20);
    let all = all.map(|event| shop.send(event));
    for answer in join_all(all).await {
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
    assert_eq!(shop.number(APPLIED).await, 4);
    let told = billing_events(&shop, &ann).await;
    assert_eq!(told.len(), 3, "{told:?}");
}

#[tokio::test]
async fn while_stripe_is_away_it_is_told_to_come_again() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let subscription = shop.buy(&ann, "starter").await;
    let paid = shop.newest("invoice.paid");
    shop.line.cut().await;
    problem(&shop.send(&paid).await, 503, "billing_unavailable");
    assert_eq!(shop.number(APPLIED).await, 0);
    shop.line.heal().await;
    assert_eq!(shop.send(&paid).await.status, 204);
    assert_eq!(shop.subscription(&ann).await["plan"], "starter");

    // What was applied is known without asking.
    shop.line.cut().await;
    assert_eq!(shop.send(&paid).await.status, 204);
    shop.line.heal().await;
    // An old event, sent late with a signature of its own, shows how things stand now.
    shop.stripe
        .act(Action::Cancel {
            subscription,
            at_period_end: false,
        })
        .unwrap();
    shop.advance(Duration::days(2));
    let ann = shop.bench.login(&ann.email).await;
    let created = shop.newest("customer.subscription.created");
    assert_eq!(shop.send(&created).await.status, 204);
    assert_eq!(shop.subscription(&ann).await["status"], "canceled");
}

/// Under maintenance Stripe is told to come again, and does.
#[tokio::test]
async fn maintenance_loses_no_webhook() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let admin = of_role(&shop.bench, "adm", "admin").await;
    let switch = async |enabled: bool| {
        let body = json!({ "enabled": enabled, "retry_after_s": 60 });
        let switched = put(&shop.bench, &admin, "/api/v1/admin/maintenance", &body).await;
        assert_eq!(switched.status, 200, "{}", switched.text());
    };
    shop.buy(&ann, "starter").await;
    switch(true).await;
    let refused = shop.send(&shop.newest("invoice.paid")).await;
    problem(&refused, 503, "maintenance");
    assert_eq!(refused.header("retry-after"), Some("60"));
    let policy = Policy {
        url: Some(format!("http://{}{WEBHOOK}", shop.bench.address)),
        ..Policy::default()
    };
    shop.stripe.act(Action::Deliver(policy)).unwrap();
    wait_until("Stripe was refused more than once", || async {
        shop.stripe.see(|world| world.refused) > 1
    })
    .await;
    assert_eq!(shop.number(APPLIED).await, 0);
    switch(false).await;
    wait_until("all has come", || async { shop.number(APPLIED).await == 4 }).await;
    assert_eq!(shop.subscription(&ann).await["plan"], "starter");
}
