use serde_json::{Value, json};
use testkit::{http::Response, stripe::Action};

use crate::{
    bench::{Bench, Somebody, fields, problem},
    shop::Shop,
};

const PATH: &str = "/api/v1/admin/plans";

fn plan(price: Option<&str>) -> Value {
    json!({
        "name": "Team", "description": "For several", "position": 30, "is_offered": true, "stripe_price_id": price,
        "entitlements": {
            "max_bots": 50, "max_active_deals": null, "max_connections": 5, "live_trading": true,
            "backtests_per_day": null, "backtest_candles": 5_000_000,
        },
    })
}

async fn admin(bench: &Bench) -> Somebody {
    super::of_role(bench, "admin", "admin").await
}

async fn put(bench: &Bench, who: &Somebody, id: &str, body: &Value) -> Response {
    let call = bench.call("PUT", &format!("{PATH}/{id}"));
    call.bearer(&who.access).json(body).send().await
}

#[tokio::test]
async fn a_plan_is_made_sold_and_changed() {
    let shop = Shop::open().await;
    let bench = &shop.bench;
    let admin = admin(bench).await;
    for (id, unit_amount) in [("price_team", 9_950), ("price_team_2", 12_000)] {
        let (id, currency) = (id.to_owned(), "usd".to_owned());
        shop.stripe
            .act(Action::AddPrice {
                id,
                unit_amount,
                currency,
            })
            .unwrap();
    }
    let made = put(bench, &admin, "team", &plan(Some("price_team"))).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(
        made.json()["price"],
        json!({ "amount": "99.5", "currency": "usd", "interval": "month", "interval_count": 1 })
    );
    assert_eq!(made.json()["entitlements"], plan(None)["entitlements"]);
    let ann = bench.somebody("ann").await;
    let subscription = shop.buy(&ann, "team").await;

    let mut change = plan(Some("price_team_2"));
    let again = problem(
        &put(bench, &admin, "team", &change).await,
        409,
        "version_conflict",
    );
    assert_eq!(again["current_version"], 1);
    change["version"] = json!(1);
    change["is_offered"] = json!(false);
    let changed = put(bench, &admin, "team", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.header("etag"), Some("\"2\""));
    problem(
        &put(bench, &admin, "team", &change).await,
        409,
        "version_conflict",
    );
    // Who has it keeps it, at the old price.
    shop.send_all().await;
    assert_eq!(shop.subscription(&ann).await["plan"], "team");
    let old = shop
        .stripe
        .see(|world| world.subscriptions[&subscription].clone());
    assert_eq!(old["items"]["data"][0]["price"]["id"], "price_team");

    let all = bench.get(PATH).bearer(&admin.access).send().await.json();
    let ids: Vec<_> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plan| &plan["id"])
        .collect();
    assert_eq!(ids, ["free", "starter", "pro", "team"]);
    let logged = "SELECT count(*) FROM security_log WHERE kind = 'plan_edited'";
    assert_eq!(shop.number(logged).await, 2);
}

#[tokio::test]
async fn what_cannot_be_a_plan_is_said() {
    let shop = Shop::open().await;
    let bench = &shop.bench;
    let admin = admin(bench).await;
    let refused = async |id: &str, change: fn(&mut Value)| {
        let mut body = plan(None);
        change(&mut body);
        fields(&problem(
            &put(bench, &admin, id, &body).await,
            422,
            "invalid",
        ))
    };
    let price = |body: &mut Value| body["stripe_price_id"] = json!("price_nowhere");
    assert_eq!(refused("team", price).await, ["/stripe_price_id not_found"]);
    let price = |body: &mut Value| body["stripe_price_id"] = json!("price_pro");
    assert_eq!(refused("team", price).await, ["/stripe_price_id duplicate"]);
    let path = |body: &mut Value| body["stripe_price_id"] = json!("../customers");
    assert_eq!(refused("team", path).await, ["/stripe_price_id format"]);
    let hidden = |body: &mut Value| body["is_offered"] = json!(false);
    assert_eq!(refused("free", hidden).await, [" conflict"]);
    let many = refused("team", |body| {
        body["name"] = json!(" ");
        body["entitlements"]["max_bots"] = json!(-1);
        body["entitlements"]
            .as_object_mut()
            .unwrap()
            .remove("live_trading");
        body["entitlements"]
            .as_object_mut()
            .unwrap()
            .remove("max_connections");
        body["nonsense"] = json!(1);
    });
    assert_eq!(
        many.await,
        [
            "/entitlements/live_trading required",
            "/entitlements/max_bots out_of_range",
            "/entitlements/max_connections required",
            "/name format",
            "/nonsense unknown_field",
        ]
    );
    let mut body = plan(None);
    problem(
        &put(bench, &admin, "No-Plan", &body).await,
        404,
        "not_found",
    );
    body["version"] = json!(1);
    problem(&put(bench, &admin, "nobody", &body).await, 404, "not_found");
}

#[tokio::test]
async fn only_admins_may() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    problem(
        &put(&shop.bench, &ann, "team", &plan(None)).await,
        403,
        "insufficient_role",
    );
    let list = shop.bench.get(PATH).bearer(&ann.access).send().await;
    problem(&list, 403, "insufficient_role");
    problem(&shop.bench.get(PATH).send().await, 401, "unauthenticated");
    let bench = Bench::new().await;
    let admin = admin(&bench).await;
    problem(
        &put(&bench, &admin, "team", &plan(None)).await,
        404,
        "billing_disabled",
    );
}
