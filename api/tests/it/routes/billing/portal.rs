use serde_json::Value;

use crate::{
    bench::{Bench, Somebody, problem},
    shop::Shop,
};

const PORTAL: &str = "/api/v1/billing/portal";

async fn open(shop: &Shop, who: &Somebody) -> testkit::http::Response {
    shop.bench.post(PORTAL).bearer(&who.access).send().await
}

#[tokio::test]
async fn the_portal_opens_for_who_has_a_subscription() {
    let shop = Shop::open().await;
    let (ann, bob) = (
        shop.bench.somebody("ann").await,
        shop.bench.somebody("bob").await,
    );
    problem(&open(&shop, &ann).await, 409, "not_subscribed");
    shop.buy(&ann, "starter").await;
    shop.send_all().await;
    let opened = open(&shop, &ann).await;
    assert_eq!(opened.status, 200, "{}", opened.text());
    let url = opened.json()["url"].as_str().unwrap().to_owned();
    let id = url.rsplit('/').next().unwrap().to_owned();
    let portal: Value = shop.stripe.see(|world| world.portals[&id].clone());
    assert_eq!(portal["return_url"], "https://app.example.com/billing");
    // It is the portal of her customer, and opens for nobody else.
    let customer = shop.stripe.see(|world| {
        let customers: Vec<_> = world.customers.keys().cloned().collect();
        customers
    });
    assert_eq!(customer, [portal["customer"].as_str().unwrap()]);
    problem(&open(&shop, &bob).await, 409, "not_subscribed");
}

#[tokio::test]
async fn a_token_opens_no_portal() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let token = shop.bench.api_token(&ann, "trade").await;
    let refused = shop.bench.post(PORTAL).bearer(&token).send().await;
    problem(&refused, 403, "session_required");
    problem(
        &shop.bench.post(PORTAL).send().await,
        401,
        "unauthenticated",
    );
}

#[tokio::test]
async fn while_stripe_is_away_no_portal_opens() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    shop.buy(&ann, "starter").await;
    shop.send_all().await;
    shop.line.cut().await;
    problem(&open(&shop, &ann).await, 503, "billing_unavailable");
    shop.line.heal().await;
    assert_eq!(open(&shop, &ann).await.status, 200);
}

#[tokio::test]
async fn where_nothing_is_sold_there_is_no_portal() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let refused = bench.post(PORTAL).bearer(&ann.access).send().await;
    problem(&refused, 404, "billing_disabled");
}
