//! A subscription's whole life, told in every order.

use futures_util::future::join_all;
use serde_json::json;
use testkit::stripe::Action;

use crate::{bench::Somebody, shop::Shop};

/// A shuffle that is the same every time for a seed.
struct Dice(u64);

impl Dice {
    /// Knuth's MMIX generator, its high bits.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

async fn send_all_at_once(shop: &Shop, events: &[String]) {
    for answer in join_all(events.iter().map(|event| shop.send(event))).await {
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
}

/// Lives through it while events come late, in disorder, several at once and more than once.
async fn live(shop: &Shop, who: &Somebody, seed: u64) -> usize {
    let mut dice = Dice(seed);
    let before = shop.events().len();
    let subscription = shop.buy(who, "starter").await;
    let id = || subscription.clone();
    let steps = [
        Action::Renew {
            subscription: id(),
            paid: true,
        },
        Action::ChangePrice {
            subscription: id(),
            price: "price_pro".to_owned(),
        },
        Action::Renew {
            subscription: id(),
            paid: false,
        },
        Action::Retry {
            subscription: id(),
            paid: false,
        },
        Action::Retry {
            subscription: id(),
            paid: true,
        },
        Action::Cancel {
            subscription: id(),
            at_period_end: true,
        },
    ];
    let mut late = Vec::new();
    let mut seen = before;
    for step in steps {
        let now = shop.events();
        late.extend_from_slice(&now[seen..]);
        seen = now.len();
        dice.shuffle(&mut late);
        let some = late.split_off(dice.below(late.len() + 1));
        // Some of them while the next thing happens.
        let (told, happened) = tokio::join!(send_all_at_once(shop, &some), async {
            tokio::task::yield_now().await;
            shop.stripe.act(step)
        });
        happened.unwrap();
        let () = told;
        if dice.below(2) == 0 {
            late.extend(some);
        }
    }
    let all = shop.events().split_off(before);
    late.extend_from_slice(&all[seen - before..]);
    let mut rest = late.clone();
    rest.extend(late);
    dice.shuffle(&mut rest);
    send_all_at_once(shop, &rest).await;
    all.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_ends_in_the_same_state() {
    let shop = Shop::open().await;
    let mut events = 0;
    for seed in 0..12 {
        let who = shop.bench.somebody(&format!("user{seed}")).await;
        events += live(&shop, &who, seed).await;
        let mut seen = shop.subscription(&who).await;
        let end = seen["current_period_end"].take();
        assert!(end.is_string(), "seed {seed}");
        assert_eq!(
            (
                &seen["plan"],
                &seen["status"],
                &seen["cancel_at_period_end"],
                &seen["grace_until"]
            ),
            (&json!("pro"), &json!("active"), &json!(true), &json!(null)),
            "seed {seed}"
        );
        let told = shop.bench.event_types(&who).await;
        let count = |kind: &str| told.iter().filter(|told| *told == kind).count();
        assert_eq!(count("billing.checkout_completed"), 1, "seed {seed}");
        assert_eq!(count("billing.invoice_paid"), 3, "seed {seed}");
        assert_eq!(count("billing.payment_failed"), 2, "seed {seed}");
    }
    let applied = shop.number("SELECT count(*) FROM billing_events").await;
    assert_eq!(usize::try_from(applied).unwrap(), events);
    let due = "SELECT count(*) FROM subscriptions WHERE grace_until IS NOT NULL OR unpaid_since IS NOT NULL";
    assert_eq!(shop.number(due).await, 0);
}
