use serde_json::Value;
use testkit::stripe::Action;

use crate::{bench::problem, shop::Shop, trading::get};

const PATH: &str = "/api/v1/billing/invoices";

#[tokio::test]
async fn they_are_stripes_newest_first_in_pages() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let bob = shop.bench.somebody("bob").await;
    let none = get(&shop.bench, &ann, PATH).await;
    assert_eq!(none["data"].as_array().unwrap().len(), 0);

    let subscription = shop.buy(&ann, "starter").await;
    for paid in [true, false] {
        shop.stripe
            .act(Action::Renew {
                subscription: subscription.clone(),
                paid,
            })
            .unwrap();
    }
    let first = get(&shop.bench, &ann, &format!("{PATH}?limit=2")).await;
    let seen = |page: &Value| -> Vec<(Value, Value, Value)> {
        let rows = page["data"].as_array().unwrap().iter();
        rows.map(|row| {
            (
                row["status"].clone(),
                row["amount_due"].clone(),
                row["amount_paid"].clone(),
            )
        })
        .collect()
    };
    let row = |status: &str, paid: &str| (status.into(), "19".into(), paid.into());
    assert_eq!(seen(&first), [row("open", "0"), row("paid", "19")]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = get(
        &shop.bench,
        &ann,
        &format!("{PATH}?limit=2&cursor={cursor}"),
    )
    .await;
    assert_eq!(seen(&rest), [row("paid", "19")]);
    assert_eq!(rest["next_cursor"], Value::Null);

    assert_eq!(
        get(&shop.bench, &bob, PATH).await["data"],
        Value::Array(vec![])
    );
    let stray = format!("{PATH}?cursor=nonsense");
    let stray = shop.bench.get(&stray).bearer(&ann.access).send().await;
    problem(&stray, 422, "invalid");
    shop.line.cut().await;
    let away = shop.bench.get(PATH).bearer(&ann.access).send().await;
    problem(&away, 503, "billing_unavailable");
}
