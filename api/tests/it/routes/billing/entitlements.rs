use futures_util::future::join_all;
use serde_json::json;
use testkit::{http::Response, stripe::Action};

use crate::{
    bench::{Bench, Somebody, problem},
    exchange,
    routes::{
        bots::signals::{running, secret, signal_bot, stand},
        connections::venue,
    },
    shop::Shop,
    trading::{backtest, bot, connection, grid, paper, post, search, tell},
};

#[track_caller]
fn exceeded(answer: &Response, entitlement: &str, limit: i64, current: i64) {
    let body = problem(answer, 402, "entitlement_exceeded");
    assert_eq!(body["entitlement"], entitlement);
    assert_eq!(
        (&body["limit"], &body["current"]),
        (&json!(limit), &json!(current))
    );
}

async fn create_bot(shop: &Shop, who: &Somebody, connection: &str, name: &str) -> Response {
    let body = json!({ "connection_id": connection, "name": name, "config": grid() });
    post(&shop.bench, who, "/api/v1/bots", &body).await
}

fn id(answer: &Response) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn one_connection_is_free() {
    let shop = Shop::open().await;
    let (ann, bob) = (
        shop.bench.somebody("ann").await,
        shop.bench.somebody("bob").await,
    );
    connection(&shop.bench, &ann).await;
    let path = "/api/v1/exchange-connections";
    let second = post(&shop.bench, &ann, path, &paper("Second")).await;
    exceeded(&second, "max_connections", 1, 1);
    // What others have does not count.
    connection(&shop.bench, &bob).await;

    shop.buy(&ann, "starter").await;
    shop.send_all().await;
    assert_eq!(
        post(&shop.bench, &ann, path, &paper("Second")).await.status,
        201
    );
    assert_eq!(
        post(&shop.bench, &ann, path, &paper("Third")).await.status,
        201
    );
    let fourth = post(&shop.bench, &ann, path, &paper("Fourth")).await;
    exceeded(&fourth, "max_connections", 3, 3);
}

#[tokio::test]
async fn of_many_at_once_only_as_many_as_fit_are_made() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let path = "/api/v1/exchange-connections";
    let make = |index: i32| {
        let (shop, ann) = (&shop, &ann);
        async move { post(&shop.bench, ann, path, &paper(&format!("Paper {index}"))).await }
    };
    let answers = join_all((0..6).map(make)).await;
    let made: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .collect();
    assert_eq!(made.len(), 1);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        exceeded(refused, "max_connections", 1, 1);
    }
    let connection = id(made[0]);

    let make = |index: i32| {
        let (shop, ann, connection) = (&shop, &ann, &connection);
        async move { create_bot(shop, ann, connection, &format!("Bot {index}")).await }
    };
    let answers = join_all((0..6).map(make)).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 2);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        exceeded(refused, "max_bots", 2, 2);
    }
}

#[tokio::test]
async fn copies_count_too_and_a_replay_does_not() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let connection = connection(&shop.bench, &ann).await;
    let first = bot(&shop.bench, &ann, &connection).await;
    let clone = async |name: &str| {
        let call = shop.bench.post(&format!("/api/v1/bots/{first}/clone"));
        let call = call.bearer(&ann.access).header("idempotency-key", name);
        call.json(&json!({ "name": name })).send().await
    };
    let one = clone("one").await;
    assert_eq!(clone("one").await.json(), one.json());
    exceeded(&clone("two").await, "max_bots", 2, 2);
    let gone = format!("/api/v1/bots/{first}");
    let gone = shop
        .bench
        .call("DELETE", &gone)
        .bearer(&ann.access)
        .send()
        .await;
    assert_eq!(gone.status, 204);
    id(&create_bot(&shop, &ann, &connection, "Another").await);
}

#[tokio::test]
async fn only_as_many_bots_work_as_the_plan_allows() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let connection = connection(&shop.bench, &ann).await;
    let one = bot(&shop.bench, &ann, &connection).await;
    let two = id(&create_bot(&shop, &ann, &connection, "Two").await);
    let limit = async |sql: &str| {
        shop.bench
            .db
            .execute(&format!("UPDATE plans SET {sql} WHERE id = 'free'"))
            .await;
    };
    let start =
        async |bot: &str| tell(&shop.bench, &ann, &format!("/api/v1/bots/{bot}/start")).await;

    limit("max_active_deals = 0").await;
    exceeded(&start(&one).await, "max_active_deals", 0, 0);
    limit("max_active_deals = 1").await;
    let (first, second) = tokio::join!(start(&one), start(&two));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 402]);
    let waiting = if first.status == 202 { &two } else { &one };
    exceeded(&start(waiting).await, "max_active_deals", 1, 1);
    limit("max_active_deals = NULL, max_bots = 1").await;
    exceeded(&start(waiting).await, "max_bots", 1, 1);
    // Whose it is comes first.
    let bob = shop.bench.somebody("bob").await;
    let other = tell(&shop.bench, &bob, &format!("/api/v1/bots/{one}/start")).await;
    problem(&other, 404, "not_found");
    limit("max_bots = 2").await;
    assert_eq!(start(waiting).await.status, 202);
    let usage = &shop.subscription(&ann).await["usage"];
    assert_eq!(
        *usage,
        json!({ "bots": 2, "working_bots": 2, "active_deals": 2, "connections": 1 })
    );
}

#[tokio::test]
async fn of_paused_bots_only_as_many_go_on_as_fit() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let connection = connection(&shop.bench, &ann).await;
    let one = bot(&shop.bench, &ann, &connection).await;
    let two = id(&create_bot(&shop, &ann, &connection, "Two").await);
    shop.bench
        .db
        .execute(
            "UPDATE bots SET status = 'paused'; UPDATE plans SET max_bots = 1 WHERE id = 'free'",
        )
        .await;
    let resume =
        async |bot: &str| tell(&shop.bench, &ann, &format!("/api/v1/bots/{bot}/resume")).await;
    let (first, second) = tokio::join!(resume(&one), resume(&two));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(
        statuses,
        [202, 402],
        "it has been told, and has not gone on yet"
    );
}

#[tokio::test]
async fn a_signal_that_enables_a_bot_is_refused_as_a_resume_is() {
    let shop = Shop::open().await;
    let (bench, ann) = (&shop.bench, shop.bench.somebody("ann").await);
    let bot = running(bench, &ann, &signal_bot()).await;
    let secret = secret(bench, &ann, &bot).await;
    stand(bench, &bot, "paused").await;
    let limit = async |most: u32| {
        let sql = format!("UPDATE plans SET max_bots = {most} WHERE id = 'free'");
        bench.db.execute(&sql).await;
    };
    let send = async |id: &str| {
        let body = json!({ "secret": secret, "action": "enable", "signal_id": id });
        let path = format!("/api/v1/hooks/{bot}");
        bench.post(&path).json(&body).send().await
    };
    limit(0).await;
    exceeded(&send("a").await, "max_bots", 0, 0);
    let again = send("a").await;
    assert_eq!(again.status, 200, "{}", again.text());
    let again = again.json();
    assert_eq!(
        (&again["outcome"], &again["reason"]),
        (&json!("refused"), &json!("entitlement_exceeded"))
    );
    let told = "SELECT count(*) FROM bot_commands";
    assert_eq!(bench.count(told).await, 0);
    limit(1).await;
    let taken = send("b").await;
    assert_eq!(taken.status, 202, "{}", taken.text());
    // A repeat changes nothing, so that nothing of it can be too much.
    limit(0).await;
    let repeat = send("b").await;
    assert_eq!(repeat.status, 200, "{}", repeat.text());
    assert_eq!(repeat.json()["id"], taken.json()["id"]);
    assert_eq!(bench.count(told).await, 1);
}

#[tokio::test]
async fn real_money_is_not_free() {
    let exchange = exchange::start().await;
    let settings = exchange::settings(&exchange);
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let shop = Shop::with(&settings).await;
    let ann = shop.bench.somebody("ann").await;
    shop.bench.step_up(&ann).await;
    let path = format!(
        "{}/confirm-live",
        venue::made(&shop.bench, &ann, &venue::binance("Main")).await
    );
    exceeded(&tell(&shop.bench, &ann, &path).await, "live_trading", 0, 0);
    shop.buy(&ann, "starter").await;
    shop.send_all().await;
    let agreed = tell(&shop.bench, &ann, &path).await;
    assert_eq!(agreed.status, 200, "{}", agreed.text());
}

#[tokio::test]
async fn backtests_are_counted_for_a_day_and_their_candles_at_once() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let limit =
        "UPDATE plans SET backtests_per_day = 1, backtest_candles = 5256000 WHERE id = 'free'";
    shop.bench.db.execute(limit).await;
    let path = "/api/v1/backtests";
    let first = post(&shop.bench, &ann, path, &backtest()).await;
    assert_eq!(first.status, 202, "{}", first.text());
    exceeded(
        &post(&shop.bench, &ann, path, &backtest()).await,
        "backtests_per_day",
        1,
        1,
    );
    let searched = post(&shop.bench, &ann, "/api/v1/backtests/search", &search()).await;
    exceeded(&searched, "backtests_per_day", 1, 1);
    let limit = "UPDATE plans SET backtests_per_day = NULL, backtest_candles = 0 WHERE id = 'free'";
    shop.bench.db.execute(limit).await;
    let answer = post(&shop.bench, &ann, path, &backtest()).await;
    assert_eq!(
        problem(&answer, 402, "entitlement_exceeded")["entitlement"],
        "backtest_candles"
    );
}

#[tokio::test]
async fn the_plan_counts_as_it_is_now() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let subscription = shop.buy(&ann, "pro").await;
    shop.send_all().await;
    let connection = connection(&shop.bench, &ann).await;
    for name in ["one", "two", "three"] {
        id(&create_bot(&shop, &ann, &connection, name).await);
    }
    let at_period_end = false;
    shop.stripe
        .act(Action::Cancel {
            subscription,
            at_period_end,
        })
        .unwrap();
    shop.send_all().await;
    exceeded(
        &create_bot(&shop, &ann, &connection, "four").await,
        "max_bots",
        2,
        3,
    );
}

#[tokio::test]
async fn without_billing_nothing_is_limited() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for index in 0..3 {
        let body = paper(&format!("Paper {index}"));
        let made = post(&bench, &ann, "/api/v1/exchange-connections", &body).await;
        assert_eq!(made.status, 201);
    }
}

#[tokio::test]
async fn a_running_bot_gets_no_more_deals_by_an_edit() {
    let shop = Shop::open().await;
    let ann = shop.bench.somebody("ann").await;
    let connection = connection(&shop.bench, &ann).await;
    let config = |deals: u32| {
        json!({
            "type": "dca", "base_order": { "unit": "quote", "amount": "100" }, "take_profit": { "percentage": "1.5" },
            "max_active_deals": deals,
        })
    };
    let body = json!({ "connection_id": connection, "name": "DCA", "config": config(2) });
    let bot = id(&post(&shop.bench, &ann, "/api/v1/bots", &body).await);
    let path = format!("/api/v1/bots/{bot}");
    assert_eq!(
        tell(&shop.bench, &ann, &format!("{path}/start"))
            .await
            .status,
        202
    );
    let edit = async |deals: u32, version: u32| {
        let call = shop.bench.call("PATCH", &path).bearer(&ann.access);
        call.json(&json!({ "config": config(deals), "version": version }))
            .send()
            .await
    };
    exceeded(&edit(4, 1).await, "max_active_deals", 3, 2);
    assert_eq!(edit(3, 1).await.status, 200);
    assert_eq!(edit(1, 2).await.status, 200);
}
