//! What the lists across all bots have in common.

use serde_json::{Value, json};

use crate::{
    bench::{Bench, Somebody, fields, problem},
    trading::{bot, connection, get, grid, post},
};

/// Somebody with two bots that have traded.
pub(crate) struct Traded {
    pub(crate) who: Somebody,
    pub(crate) bots: [String; 2],
}

impl Traded {
    /// Two bots with three deals, orders and fills each, an hour apart, taking turns.
    pub(crate) async fn on(bench: &Bench) -> Self {
        let who = bench.somebody("ann").await;
        let account = connection(bench, &who).await;
        let one = bot(bench, &who, &account).await;
        let body = json!({ "connection_id": account, "name": "Two", "config": grid() });
        let two = post(bench, &who, "/api/v1/bots", &body).await.json();
        let two = two["id"].as_str().unwrap().to_owned();
        let bots = [one, two];
        write_trades(bench, &account, &bots).await;
        Self { who, bots }
    }
}

/// As the engine writes them.
async fn write_trades(bench: &Bench, account: &str, bots: &[String; 2]) {
    let sql = format!(
        "CREATE TEMPORARY TABLE made ON COMMIT DROP AS
         SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(10 * n + p), 12, '0'))::uuid AS id, n, p,
             CASE p WHEN 0 THEN '{0}'::uuid ELSE '{1}'::uuid END AS bot, 1704067200000 + (2 * n + p) * 3600000 AS at
         FROM generate_series(1, 3) n, generate_series(0, 1) p;
         INSERT INTO deals (id, bot_id, number, opened_at, closed_at)
         SELECT id, bot, n, at, CASE n WHEN 3 THEN NULL ELSE at + 60000 END FROM made;
         INSERT INTO orders (id, client_order_id, connection_id, bot_id, symbol, number, deal, purpose, level, attempt,
             side, type, price, time_in_force, quantity, status, placed_pos, placed_at)
         SELECT id, 'bbx' || id, '{account}', bot, 'SOL-USDT', n, n, 'base', n, 1, 'buy', 'limit', 98,
             'good_till_cancelled', 0.5, CASE n WHEN 3 THEN 'open' ELSE 'filled' END, 1, at FROM made;
         INSERT INTO fills (id, connection_id, bot_id, order_id, symbol, venue_trade_id, side, price, quantity, quote,
             fee_asset, fee, liquidity, at)
         SELECT id, '{account}', bot, id, 'SOL-USDT', id::text, 'buy', 98, 0.5, 49, 'SOL', 0.0005,
             CASE n WHEN 3 THEN 'taker' ELSE 'maker' END, at FROM made;",
        bots[0], bots[1],
    );
    let txn = bench.state.db.begin().await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&txn, &sql)
        .await
        .unwrap();
    txn.commit().await.unwrap();
}

fn ids(page: &Value) -> Vec<Value> {
    let rows = page["data"].as_array().unwrap();
    rows.iter().map(|row| row["id"].clone()).collect()
}

/// The list at `path` goes across the bots of its user and of nobody else, newest first and in pages.
pub(crate) async fn goes_across_bots(bench: &Bench, traded: &Traded, path: &str) {
    let ann = &traded.who;
    let whole = get(bench, ann, path).await;
    let all = ids(&whole);
    assert_eq!(all.len(), 6, "{path}");
    assert!(all.is_sorted_by_key(|id| std::cmp::Reverse(id.as_str().unwrap().to_owned())));
    assert_eq!(whole["data"][0]["bot_id"], traded.bots[1]);
    let mut walked = Vec::new();
    let mut next = format!("{path}?limit=4");
    loop {
        let page = get(bench, ann, &next).await;
        walked.extend(ids(&page));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        next = format!("{path}?limit=4&cursor={cursor}");
    }
    assert_eq!(walked, all, "{path}");

    let bob = bench.somebody("bob").await;
    for query in [String::new(), format!("?bot_id={}", traded.bots[0])] {
        let page = get(bench, &bob, &format!("{path}{query}")).await;
        assert_eq!(page, json!({ "data": [], "next_cursor": null }), "{query}");
    }
}

/// The list has as many rows as are said for each query.
pub(crate) async fn has_rows(
    bench: &Bench,
    traded: &Traded,
    path: &str,
    queries: &[(&str, usize)],
) {
    let [one, two] = &traded.bots;
    for (query, rows) in queries {
        let query = query.replace("{one}", one).replace("{two}", two);
        let page = get(bench, &traded.who, &format!("{path}?{query}")).await;
        assert_eq!(ids(&page).len(), *rows, "{path}?{query}");
    }
}

/// The filters that every list across bots has.
pub(crate) const FILTERS: [(&str, usize); 6] = [
    ("bot_id={one}", 3),
    ("symbol=SOL-USDT", 6),
    ("symbol=ADA-USDT", 0),
    ("from=2024-01-01T04:00:00Z", 4),
    ("to=2024-01-01T04:00:00Z", 2),
    ("from=2024-01-01T04:00:00.001Z&to=2024-01-01T07:00:00Z", 2),
];

/// Every wrong parameter of the list is named at once; `own` is a wrong one that only this list has, and how it is refused.
pub(crate) async fn names_wrong_parameters(
    bench: &Bench,
    traded: &Traded,
    path: &str,
    [own, own_refused]: [&str; 2],
) {
    let refused = async |query: &str| {
        let call = bench.get(&format!("{path}?{query}"));
        let answer = call.bearer(&traded.who.access).send().await;
        fields(&problem(&answer, 422, "invalid"))
    };
    let common = "bot_id=x&from=yesterday&symbol=sol&limit=0&cursor=abc&colour=red";
    let pointers: Vec<String> = refused(common)
        .await
        .iter()
        .map(|field| field.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        pointers,
        [
            "/query/bot_id",
            "/query/colour",
            "/query/from",
            "/query/limit",
            "/query/symbol"
        ],
    );
    assert_eq!(refused(own).await, [own_refused]);
    assert_eq!(refused("limit=101").await, ["/query/limit out_of_range"]);
    let bots = get(bench, &traded.who, "/api/v1/bots?limit=1").await;
    let foreign = format!("cursor={}", bots["next_cursor"].as_str().unwrap());
    assert_eq!(refused(&foreign).await, ["/query/cursor format"]);
}
