//! Deals, orders and fills of all bots.

use serde_json::{Value, json};

use crate::{
    bench::{Bench, fields, problem},
    trading::{bot, connection, get, grid, post},
};

fn ids(page: &Value) -> Vec<Value> {
    let rows = page["data"].as_array().unwrap();
    rows.iter().map(|row| row["id"].clone()).collect()
}

/// Two bots with three deals, orders and fills each, an hour apart, taking turns.
async fn trades(bench: &Bench, account: &str, bots: [&str; 2]) {
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

#[tokio::test]
async fn lists_go_across_bots_newest_first() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let account = connection(&bench, &ann).await;
    let one = bot(&bench, &ann, &account).await;
    let body = json!({ "connection_id": account, "name": "Two", "config": grid() });
    let two = post(&bench, &ann, "/api/v1/bots", &body).await.json();
    let two = two["id"].as_str().unwrap().to_owned();
    trades(&bench, &account, [&one, &two]).await;
    for (list, status, closed) in [
        ("deals", "status=open", "status=closed"),
        ("orders", "status=open", "status=filled"),
        ("fills", "liquidity=taker", "liquidity=maker"),
    ] {
        let path = format!("/api/v1/{list}");
        let whole = get(&bench, &ann, &path).await;
        let all = ids(&whole);
        assert_eq!(all.len(), 6, "{list}");
        assert!(all.is_sorted_by_key(|id| std::cmp::Reverse(id.as_str().unwrap().to_owned())));
        assert_eq!(whole["data"][0]["bot_id"], two);
        assert_eq!(ids(&get(&bench, &bob, &path).await), Vec::<Value>::new());
        let mut walked = Vec::new();
        let mut next = format!("{path}?limit=4");
        loop {
            let page = get(&bench, &ann, &next).await;
            walked.extend(ids(&page));
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            next = format!("{path}?limit=4&cursor={cursor}");
        }
        assert_eq!(walked, all, "{list}");
        for (query, found) in [
            (format!("bot_id={one}"), 3),
            ("symbol=SOL-USDT".to_owned(), 6),
            ("symbol=ADA-USDT".to_owned(), 0),
            (status.to_owned(), 2),
            (closed.to_owned(), 4),
            ("from=2024-01-01T04:00:00Z".to_owned(), 4),
            ("to=2024-01-01T04:00:00Z".to_owned(), 2),
            (
                "from=2024-01-01T04:00:00.001Z&to=2024-01-01T07:00:00Z".to_owned(),
                2,
            ),
            (format!("bot_id={two}&{status}"), 1),
        ] {
            let page = get(&bench, &ann, &format!("{path}?{query}")).await;
            assert_eq!(ids(&page).len(), found, "{list}?{query}");
        }
        let bad =
            format!("{path}?bot_id=x&from=yesterday&symbol=sol&limit=0&cursor=abc&colour=red");
        let refused = bench.get(&bad).bearer(&ann.access).send().await;
        let refused = fields(&problem(&refused, 422, "invalid"));
        assert_eq!(
            refused
                .iter()
                .map(|field| field.split(' ').next().unwrap())
                .collect::<Vec<_>>(),
            [
                "/query/bot_id",
                "/query/colour",
                "/query/from",
                "/query/limit",
                "/query/symbol"
            ],
            "{list}"
        );
    }
}
