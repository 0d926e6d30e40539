mod check;
mod control;
mod create;
mod deals;
mod history;
mod performance;
mod presets;
mod preview;
pub(crate) mod signals;
mod strategy;
mod update;

use serde_json::{Value, json};

use crate::{
    bench::{Bench, Somebody, problem},
    exchange::Trading,
    trading::{bot, connection, get, grid, paper, post},
};

const BOTS: &str = "/api/v1/bots";
const CONNECTIONS: &str = "/api/v1/exchange-connections";

async fn run(bench: &Bench, sql: &str) {
    let txn = bench.state.db.begin().await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&txn, sql)
        .await
        .unwrap();
    txn.commit().await.unwrap();
}

/// Two bots in turns on one account: the first buys at 100 and 90, the second sells at 120 and 105, a minute apart. The
/// ids fall as time goes on, as those of an engine whose clock is behind that of the engine before it.
async fn trade(bench: &Bench, user: &str, account: &str, [buyer, seller]: [&str; 2]) {
    let sql = format!(
        "CREATE TEMPORARY TABLE made ON COMMIT DROP AS SELECT n, bot::uuid, side, price::numeric, quantity::numeric,
             ('00000000-0000-7000-8000-' || lpad((100 - n)::text, 12, '0'))::uuid AS id
         FROM (VALUES (1, '{buyer}', 'buy', '100', '1'), (2, '{buyer}', 'buy', '90', '1'),
             (3, '{seller}', 'sell', '120', '0.5'), (4, '{seller}', 'sell', '105', '1'))
             AS t (n, bot, side, price, quantity);
         INSERT INTO orders (id, client_order_id, connection_id, bot_id, symbol, number, deal, purpose, level, attempt,
             side, type, quantity, status, placed_pos, placed_at)
         SELECT id, 'bbx' || n, '{account}', bot, 'SOL-USDT', n, 1, 'base', n, 1, side, 'market', quantity, 'filled',
             n, 1704067200000 + n * 60000 FROM made;
         INSERT INTO deals (id, bot_id, number, opened_at) SELECT id, bot, n, 1704067200000 + n * 60000 FROM made;
         INSERT INTO fills (id, connection_id, bot_id, order_id, symbol, venue_trade_id, side, price, quantity, quote,
             fee_asset, fee, liquidity, at)
         SELECT id, '{account}', bot, id, 'SOL-USDT', n::text, side, price, quantity, price * quantity, 'USDT',
             0, 'taker', 1704067200000 + n * 60000 FROM made;
         INSERT INTO trades (bot_id, deal, at, cost, proceeds)
         SELECT bot, 1, 1704067200000 + n * 60000, 100, 100 + n FROM made;
         INSERT INTO equity (user_id, connection_id, at, asset, amount)
         VALUES ('{user}', '{account}', 1704070800000, 'USDT', 10001);
         INSERT INTO bot_states (bot_id, state_format, state, input_pos) SELECT DISTINCT bot, 1, '{{}}'::jsonb, 0 FROM made",
    );
    run(bench, &sql).await;
}

async fn csv(bench: &Bench, who: &Somebody, kind: &str) -> Vec<String> {
    let path = format!("/api/v1/portfolio/export?kind={kind}");
    let answer = bench.get(&path).bearer(&who.access).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().lines().skip(1).map(str::to_owned).collect()
}

async fn remove(bench: &Bench, who: &Somebody, path: &str) {
    let gone = bench.call("DELETE", path).bearer(&who.access).send().await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    let gone = bench.call("DELETE", path).bearer(&who.access).send().await;
    problem(&gone, 404, "not_found");
}

fn length(page: &Value) -> usize {
    page["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn what_a_deleted_bot_has_traded_stays_in_every_sum() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let account = connection(&bench, &ann).await;
    let one = bot(&bench, &ann, &account).await;
    let body = json!({ "connection_id": account, "name": "Two", "config": grid() });
    let two = post(&bench, &ann, BOTS, &body).await.json();
    let two = two["id"].as_str().unwrap().to_owned();
    trade(&bench, &ann.id, &account, [&one, &two]).await;

    let (fills, tax) = (
        csv(&bench, &ann, "fills").await,
        csv(&bench, &ann, "tax").await,
    );
    let sides: Vec<&str> = fills
        .iter()
        .map(|row| row.split(',').nth(6).unwrap())
        .collect();
    assert_eq!(sides, ["buy", "buy", "sell", "sell"], "{fills:#?}");
    // First in, first out: half of the lot at 100, its other half, then half of the one at 90.
    let gains: Vec<&str> = tax
        .iter()
        .map(|row| row.split(',').nth(7).unwrap())
        .collect();
    assert_eq!(gains, ["10", "2.5", "7.5"], "{tax:#?}");
    let equity_path = format!("/api/v1/portfolio/equity?connection_id={account}");
    let sums = async || {
        let pnl = get(&bench, &ann, "/api/v1/portfolio/pnl").await;
        (pnl, get(&bench, &ann, &equity_path).await)
    };
    let before = sums().await;
    assert_eq!((length(&before.0), length(&before.1)), (2, 1));

    let path = format!("{BOTS}/{one}");
    let others = bench.call("DELETE", &path).bearer(&bob.access).send().await;
    problem(&others, 404, "not_found");
    remove(&bench, &ann, &path).await;
    assert_eq!(csv(&bench, &ann, "fills").await, fills);
    assert_eq!(csv(&bench, &ann, "tax").await, tax);
    assert_eq!(sums().await, before);
    for list in ["deals", "orders", "fills"] {
        let all = get(&bench, &ann, &format!("/api/v1/{list}")).await;
        assert_eq!(length(&all), 4, "{list}");
        let of_one = get(&bench, &ann, &format!("/api/v1/{list}?bot_id={one}")).await;
        assert_eq!(length(&of_one), 2, "{list}");
    }

    // It is in no list, answers to nothing, and another may have its name.
    assert_eq!(length(&get(&bench, &ann, BOTS).await), 1);
    let shown = get(&bench, &ann, &format!("{CONNECTIONS}/{account}")).await;
    assert_eq!(shown["bots"], 1);
    for way in [
        "",
        "/state",
        "/deals",
        "/orders",
        "/fills",
        "/decisions",
        "/performance",
    ] {
        let answer = bench
            .get(&format!("{path}{way}"))
            .bearer(&ann.access)
            .send()
            .await;
        problem(&answer, 404, "not_found");
    }
    for way in ["start", "stop", "pause", "resume", "panic-close", "clone"] {
        let body = if way == "clone" {
            json!({ "name": "x" })
        } else {
            json!({})
        };
        let body = if way == "stop" {
            json!({ "mode": "keep" })
        } else {
            body
        };
        let answer = match way {
            "clone" | "stop" => post(&bench, &ann, &format!("{path}/{way}"), &body).await,
            _ => {
                bench
                    .post(&format!("{path}/{way}"))
                    .bearer(&ann.access)
                    .send()
                    .await
            }
        };
        problem(&answer, 404, "not_found");
    }
    let again = bot(&bench, &ann, &account).await;
    assert_ne!(again, one);
    assert_eq!(bench.count("SELECT count(*) FROM bot_states").await, 1);
    remove(&bench, &ann, &format!("{BOTS}/{again}")).await;
}

#[tokio::test]
async fn what_a_deleted_connection_has_traded_stays_in_every_sum() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    trade(&bench, &ann.id, &account, [&id, &id]).await;
    let equity_path = format!("/api/v1/portfolio/equity?connection_id={account}");
    let sums = async || {
        let pnl = get(&bench, &ann, "/api/v1/portfolio/pnl").await;
        let equity = get(&bench, &ann, &equity_path).await;
        (pnl, equity, csv(&bench, &ann, "tax").await)
    };
    let before = sums().await;
    assert_eq!(before.2.len(), 3);
    let path = format!("{CONNECTIONS}/{account}");
    let used = bench.call("DELETE", &path).bearer(&ann.access).send().await;
    problem(&used, 409, "connection_in_use");
    remove(&bench, &ann, &format!("{BOTS}/{id}")).await;
    remove(&bench, &ann, &path).await;
    assert_eq!(sums().await, before);
    assert_eq!(length(&get(&bench, &ann, CONNECTIONS).await), 0);
    assert_eq!(
        length(&get(&bench, &ann, "/api/v1/portfolio/balances").await),
        0
    );
    let others = bench.get(&equity_path).bearer(&bob.access).send().await;
    problem(&others, 404, "not_found");
    let body = json!({ "connection_id": account, "name": "Three", "config": grid() });
    let refused = post(&bench, &ann, BOTS, &body).await;
    problem(&refused, 422, "invalid");
    let label = post(&bench, &ann, CONNECTIONS, &paper("Paper")).await;
    assert_eq!(label.status, 201, "its label is free: {}", label.text());
    let user = platform::ids::UserId(ann.id.parse().unwrap());
    let usage = store::entitlements::usage(bench.state.db.conn(), user)
        .await
        .unwrap();
    assert_eq!((usage.bots, usage.connections), (0, 1));
}

/// Data of another millennium was taken once. It is shown with the last time that there is a form for.
#[tokio::test]
async fn times_beyond_the_year_9999_are_shown_and_deleted() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    trade(&bench, &ann.id, &account, [&id, &id]).await;
    for (place, millis) in [
        (1, 457_793_164_800_000_i64),
        (2, i64::MAX - 1),
        (3, i64::MIN + 1),
    ] {
        let sql = format!(
            "UPDATE feeds SET data_time = {millis};
             UPDATE deals SET opened_at = {millis}, closed_at = {millis} WHERE number = {place};
             UPDATE orders SET placed_at = {millis}, ended_at = {millis} WHERE number = {place};
             UPDATE fills SET at = {millis} WHERE venue_trade_id = '{place}';
             UPDATE trades SET at = {millis} WHERE proceeds = 100 + {place};
             INSERT INTO decisions (bot_id, at, code) VALUES ('{id}', {millis}, 'deal_start');
             INSERT INTO equity (user_id, connection_id, at, asset, amount)
             VALUES ('{user}', '{account}', {millis}, 'USDT', {place});",
            user = ann.id
        );
        run(&bench, &sql).await;
    }
    let own = format!("{BOTS}/{id}");
    let shown = get(&bench, &ann, CONNECTIONS).await;
    assert_eq!(
        shown["data"][0]["feed"]["data_time"],
        "0001-01-01T00:00:00.000Z"
    );
    for path in [
        format!("{CONNECTIONS}/{account}"),
        format!("{own}/deals"),
        format!("{own}/orders"),
        format!("{own}/fills"),
        format!("{own}/decisions"),
        format!("{own}/performance"),
        "/api/v1/deals".to_owned(),
        "/api/v1/orders".to_owned(),
        "/api/v1/fills".to_owned(),
        "/api/v1/fills?from=2024-01-01T00:00:00Z&to=9999-12-31T23:59:59.999Z".to_owned(),
        "/api/v1/portfolio/pnl".to_owned(),
        format!("/api/v1/markets/{account}/ticker"),
    ] {
        if path.ends_with("performance") {
            run(&bench, "DELETE FROM bot_states").await;
        }
        get(&bench, &ann, &path).await;
    }
    let fills = get(&bench, &ann, "/api/v1/fills").await;
    let times: Vec<&str> = fills["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fill| fill["filled_at"].as_str().unwrap())
        .collect();
    assert_eq!(
        times
            .iter()
            .filter(|at| at.starts_with("9999-12-31T23:59:59."))
            .count(),
        2
    );
    // Pages go on behind times that look the same.
    let (mut seen, mut cursor) = (0, String::new());
    loop {
        let path = format!("/api/v1/portfolio/equity?connection_id={account}&limit=1{cursor}");
        let page = get(&bench, &ann, &path).await;
        seen += length(&page);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, 4);
    assert_eq!(csv(&bench, &ann, "fills").await.len(), 4);
    csv(&bench, &ann, "tax").await;
    get(&bench, &ann, "/api/v1/me/export").await;
    remove(&bench, &ann, &own).await;
    remove(&bench, &ann, &format!("{CONNECTIONS}/{account}")).await;
}

#[tokio::test]
async fn a_bot_whose_orders_are_at_the_exchange_is_not_deleted() {
    let desk = Trading::open().await;
    let account = desk.testnet().await;
    let bot = desk.grid_path(&account).await;
    desk.note_in_book(&bot, "bbx1").await;
    let delete = async |path: &str| {
        let request = desk.bench.call("DELETE", path).bearer(&desk.ann.access);
        request.send().await
    };
    for status in [
        "sending",
        "open",
        "partially_filled",
        "canceling",
        "unknown",
    ] {
        run(
            &desk.bench,
            &format!("UPDATE orders SET status = '{status}'"),
        )
        .await;
        problem(&delete(&bot).await, 409, "bot_status_conflict");
        problem(&delete(&account).await, 409, "connection_in_use");
    }
    run(&desk.bench, "UPDATE orders SET status = 'canceled'").await;
    assert_eq!(delete(&bot).await.status, 204);
    assert_eq!(delete(&account).await.status, 204);
}
