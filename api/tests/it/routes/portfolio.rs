mod export;

use serde_json::{Value, json};

use crate::{
    bench::{Bench, Somebody, fields, problem},
    trading::{bot, connection, get, post, tell},
};

const BALANCES: &str = "/api/v1/portfolio/balances";
const EQUITY: &str = "/api/v1/portfolio/equity";
const PNL: &str = "/api/v1/portfolio/pnl";
const STOP_ALL: &str = "/api/v1/portfolio/stop-all";

async fn run(bench: &Bench, sql: &str) {
    sea_orm::ConnectionTrait::execute_unprepared(bench.state.db.conn(), sql)
        .await
        .unwrap();
}

async fn refused(bench: &Bench, who: &Somebody, path: &str) -> Vec<String> {
    let answer = bench.get(path).bearer(&who.access).send().await;
    fields(&problem(&answer, 422, "invalid"))
}

#[tokio::test]
async fn balances_are_those_of_the_users_own_connections() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let id = connection(&bench, &ann).await;
    assert_eq!(
        get(&bench, &ann, BALANCES).await,
        json!({ "data": [{ "connection_id": id, "asset": "USDT", "free": "10000", "reserved": "0" }] })
    );
    assert_eq!(get(&bench, &bob, BALANCES).await, json!({ "data": [] }));
    let colour = format!("{BALANCES}?colour=red");
    assert_eq!(
        refused(&bench, &ann, &colour).await,
        ["/query/colour unknown_field"]
    );
}

#[tokio::test]
async fn the_equity_curve_of_a_connection_has_pages() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let account = connection(&bench, &ann).await;
    let path = format!("{EQUITY}?connection_id={account}");
    assert_eq!(
        get(&bench, &ann, &path).await,
        json!({ "data": [], "next_cursor": null })
    );
    run(
        &bench,
        &format!(
            "INSERT INTO equity (user_id, connection_id, at, asset, amount)
             SELECT '{}', '{account}', 1704067200000 + n * 3600000, 'USDT', 10000 + n FROM generate_series(1, 3) n",
            ann.id
        ),
    )
    .await;
    let first = get(&bench, &ann, &format!("{path}&limit=2")).await;
    let amounts = |page: &Value| -> Vec<Value> {
        let rows = page["data"].as_array().unwrap();
        rows.iter().map(|row| row["amount"].clone()).collect()
    };
    assert_eq!(amounts(&first), ["10001", "10002"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = get(&bench, &ann, &format!("{path}&limit=2&cursor={cursor}")).await;
    assert_eq!(
        rest,
        json!({
            "data": [{
                "connection_id": account, "at": "2024-01-01T03:00:00.000Z", "asset": "USDT", "amount": "10003",
            }],
            "next_cursor": null,
        })
    );

    let foreign = bench.get(&path).bearer(&bob.access).send().await;
    problem(&foreign, 404, "not_found");
    // A cursor belongs to the curve of one connection.
    let bobs = connection(&bench, &bob).await;
    let other = format!("{EQUITY}?connection_id={bobs}&cursor={cursor}");
    assert_eq!(
        refused(&bench, &bob, &other).await,
        ["/query/cursor format"]
    );
    for (query, said) in [
        ("", "/query/connection_id required"),
        ("?connection_id=x", "/query/connection_id format"),
    ] {
        let path = format!("{EQUITY}{query}");
        assert_eq!(refused(&bench, &ann, &path).await, [said]);
    }
    assert_eq!(
        refused(&bench, &ann, &format!("{path}&limit=0")).await,
        ["/query/limit out_of_range"]
    );
}

#[tokio::test]
async fn earnings_are_added_up_by_bot_and_day_newest_first() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    run(
        &bench,
        &format!(
            "INSERT INTO trades (bot_id, deal, at, cost, proceeds)
             SELECT '{id}', n, 1704067260000 + n / 3 * 86400000, 100, 100 + n - 1.5 FROM generate_series(1, 3) n"
        ),
    )
    .await;
    let day = |day: &str, trades: u32, wins: u32, realised: &str| {
        json!({
            "bot_id": id, "symbol": "SOL-USDT", "day": day, "trades": trades, "wins": wins, "realised": realised,
        })
    };
    let days = json!([day("2024-01-02", 1, 1, "1.5"), day("2024-01-01", 2, 1, "0"),]);
    let one = format!("{PNL}?bot_id={id}");
    for path in [PNL, one.as_str()] {
        assert_eq!(get(&bench, &ann, path).await["data"], days);
        assert_eq!(get(&bench, &bob, path).await["data"], json!([]));
    }
    let other = format!("{PNL}?bot_id={account}");
    assert_eq!(get(&bench, &ann, &other).await["data"], json!([]));
    assert_eq!(
        refused(&bench, &ann, &format!("{PNL}?bot_id=x&colour=red")).await,
        ["/query/bot_id format", "/query/colour unknown_field"]
    );
}

#[tokio::test]
async fn stop_all_stops_what_runs() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    let none = tell(&bench, &ann, STOP_ALL).await;
    assert_eq!(
        (none.status.as_u16(), none.json()),
        (202, json!({ "bots": [] }))
    );
    tell(&bench, &ann, &format!("/api/v1/bots/{id}/start")).await;
    let bobs = tell(&bench, &bob, STOP_ALL).await;
    assert_eq!(bobs.json(), json!({ "bots": [] }));
    bench.advance(chrono::Duration::milliseconds(5));
    let stopped = tell(&bench, &ann, STOP_ALL).await;
    assert_eq!(stopped.json(), json!({ "bots": [id] }));
    let shown = get(&bench, &ann, &format!("/api/v1/bots/{id}")).await;
    assert_eq!(shown["status"], "stopping");
    let told = "SELECT string_agg(command ->> 'mode', ' ') FROM bot_commands WHERE command ->> 'command' = 'stop'";
    assert_eq!(bench.text(told).await, "keep");
}

#[tokio::test]
async fn stop_all_ends_bots_as_the_body_says() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    tell(&bench, &ann, &format!("/api/v1/bots/{id}/start")).await;
    for (body, said) in [
        (json!({ "mode": "burn" }), "/mode one_of"),
        (json!({ "how": "sell" }), "/how unknown_field"),
    ] {
        let answer = post(&bench, &ann, STOP_ALL, &body).await;
        assert_eq!(fields(&problem(&answer, 422, "invalid")), [said]);
    }
    let stopped = post(&bench, &ann, STOP_ALL, &json!({ "mode": "sell" })).await;
    assert_eq!(stopped.json(), json!({ "bots": [id] }));
    let told = "SELECT string_agg(command ->> 'mode', ' ') FROM bot_commands WHERE command ->> 'command' = 'stop'";
    assert_eq!(bench.text(told).await, "sell");
}
