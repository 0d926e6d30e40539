use serde_json::json;
use testkit::stripe::Action;

use crate::{
    bench::{fields, problem},
    shop::Shop,
};

const PATH: &str = "/api/v1/billing/checkout";

#[tokio::test]
async fn it_leads_to_stripe_and_back() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let session = shop.checkout(&ann, "starter").await;
    let (found, customer) = shop.stripe.see(|world| {
        let found = world.sessions[&session].clone();
        let customer = world.customers[found["customer"].as_str().unwrap()].clone();
        (found, customer)
    });
    assert_eq!(found["price"], "price_starter");
    assert_eq!(found["client_reference_id"], ann.id);
    assert_eq!(
        found["success_url"],
        "https://app.example.com/billing?checkout=success"
    );
    assert_eq!(customer["email"], ann.email);
    assert_eq!(customer["metadata"]["user_id"], ann.id);

    // The same customer the next time.
    assert_ne!(shop.checkout(&ann, "pro").await, session);
    assert_eq!(shop.stripe.see(|world| world.customers.len()), 1);
}

/// The checkouts that can be paid.
fn open(shop: &Shop) -> Vec<String> {
    shop.stripe.see(|world| {
        let sessions = world.sessions.iter();
        let open = sessions.filter(|(_, session)| session["status"] == "open");
        open.map(|(id, _)| id.clone()).collect()
    })
}

fn living(shop: &Shop) -> usize {
    shop.stripe.see(|world| {
        let all = world.subscriptions.values();
        all.filter(|one| one["status"] == "active").count()
    })
}

#[tokio::test]
async fn two_first_checkouts_at_once_make_one_customer() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let calls = (0..8).map(|_| shop.try_checkout(&ann, "starter"));
    let mut offered = Vec::new();
    for answer in futures_util::future::join_all(calls).await {
        if answer.status == 200 {
            let url = answer.json()["url"].as_str().unwrap().to_owned();
            offered.push(url.rsplit('/').next().unwrap().to_owned());
        } else {
            problem(&answer, 409, "checkout_superseded");
        }
    }
    let open = open(&shop);
    assert_eq!(open.len(), 1, "only one can be paid");
    assert!(offered.contains(&open[0]), "and somebody was sent there");
    assert_eq!(shop.stripe.see(|world| world.customers.len()), 1);
    assert_eq!(shop.number("SELECT count(*) FROM subscriptions").await, 1);
}

#[tokio::test]
async fn the_same_key_is_one_checkout() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let send = async |plan: &str| {
        shop.bench
            .post(PATH)
            .bearer(&ann.access)
            .header("idempotency-key", "one")
            .json(&json!({ "plan": plan }))
            .send()
            .await
    };
    let (one, two) = (send("pro").await, send("pro").await);
    assert_eq!(one.json(), two.json());
    assert_eq!(shop.stripe.see(|world| world.sessions.len()), 1);
    problem(&send("starter").await, 422, "idempotency_key_reused");
}

#[tokio::test]
async fn only_the_newest_checkout_can_be_paid() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let older = shop.checkout(&ann, "starter").await;
    let newer = shop.checkout(&ann, "pro").await;
    assert_eq!(open(&shop), [newer.as_str()]);
    let pay = |session: &str| {
        let session = session.to_owned();
        shop.stripe.act(Action::PaySession { session })
    };
    assert!(pay(&older).is_err());
    pay(&newer).unwrap();
    // Stripe has told nothing yet, and is asked.
    assert_eq!(shop.number("SELECT count(*) FROM billing_events").await, 0);
    let third = shop.try_checkout(&ann, "starter").await;
    problem(&third, 409, "already_subscribed");
    assert!(open(&shop).is_empty());

    // That of another user is their own.
    let bob = shop.bench.somebody("bob").await;
    let of_bob = shop.checkout(&bob, "pro").await;
    assert_eq!(open(&shop), [of_bob.as_str()]);
}

#[tokio::test]
async fn a_checkout_that_is_paid_while_another_begins_leaves_one_subscription() {
    let shop = Shop::open().await;
    for round in 0..8 {
        let ann = shop.bench.somebody(&format!("ann{round}")).await;
        let older = shop.checkout(&ann, "starter").await;
        let paying = async {
            for _ in 0..round * 40 {
                tokio::task::yield_now().await;
            }
            shop.stripe.act(Action::PaySession { session: older })
        };
        let (paid, newer) = tokio::join!(paying, shop.try_checkout(&ann, "pro"));
        if newer.status == 200 {
            assert!(paid.is_err());
            let session = open(&shop).pop().unwrap();
            shop.stripe.act(Action::PaySession { session }).unwrap();
        } else {
            problem(&newer, 409, "already_subscribed");
            paid.unwrap();
        }
        assert_eq!((open(&shop).len(), living(&shop)), (0, round + 1));
    }
}

#[tokio::test]
async fn what_is_not_on_sale_cannot_be_bought() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    shop.bench
        .db
        .execute("UPDATE plans SET is_offered = false WHERE id = 'pro'")
        .await;
    for plan in ["free", "pro", "nonsense"] {
        let refused = shop.try_checkout(&ann, plan).await;
        let body = problem(&refused, 422, "invalid");
        assert_eq!(fields(&body), ["/plan not_found"], "{plan}");
    }
    let refused = shop.try_checkout(&ann, "No Plan").await;
    assert_eq!(fields(&problem(&refused, 422, "invalid")), ["/plan format"]);
    assert_eq!(shop.stripe.see(|world| world.customers.len()), 0);
}

#[tokio::test]
async fn who_has_a_subscription_buys_no_other() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let subscription = shop.buy(&ann, "starter").await;
    shop.send_all().await;
    let again = shop.try_checkout(&ann, "pro").await;
    problem(&again, 409, "already_subscribed");

    // An ended one can be bought anew, by the same customer.
    shop.stripe
        .act(Action::Cancel {
            subscription,
            at_period_end: false,
        })
        .unwrap();
    shop.send_all().await;
    shop.buy(&ann, "pro").await;
    shop.send_all().await;
    assert_eq!(shop.subscription(&ann).await["plan"], "pro");
    assert_eq!(shop.stripe.see(|world| world.customers.len()), 1);
}

#[tokio::test]
async fn while_stripe_is_away_it_says_so() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    shop.line.cut().await;
    let answer = shop.try_checkout(&ann, "starter").await;
    problem(&answer, 503, "billing_unavailable");
    assert!(answer.header("retry-after").is_some());
    shop.line.heal().await;
    shop.checkout(&ann, "starter").await;
}
