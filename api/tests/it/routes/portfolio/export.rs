use serde_json::Value;

use crate::{
    bench::{Bench, fields, problem},
    trading::{bot, connection},
};

async fn csv(bench: &Bench, access: &str, kind: &str) -> Vec<String> {
    let path = format!("/api/v1/portfolio/export?kind={kind}");
    let answer = bench.get(&path).bearer(access).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
    answer.text().lines().map(str::to_owned).collect()
}

/// Bought 0.5 at 100, 1.5 at 90 and 2 at 110; sold 1 at 95, 2.2 at 120 and 1 at 100, all with a fee of 0.1 %, a minute each.
async fn fill(bench: &Bench, account: &str, id: &str) {
    let sql = format!(
        "CREATE TEMPORARY TABLE made ON COMMIT DROP AS SELECT n, side, price::numeric, quantity::numeric,
             ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid AS id
         FROM (VALUES (1, 'buy', '100', '0.5'), (2, 'buy', '90', '1.5'), (3, 'buy', '110', '2'),
             (4, 'sell', '95', '1'), (5, 'sell', '120', '2.2'), (6, 'sell', '100', '1')) AS t (n, side, price, quantity);
         INSERT INTO orders (id, client_order_id, connection_id, bot_id, symbol, number, deal, purpose, level, attempt,
             side, type, quantity, status, placed_pos, placed_at)
         SELECT id, 'bbx' || n, '{account}', '{id}', 'SOL-USDT', n, 1, 'base', n, 1, side, 'market', quantity, 'filled',
             1, 1704067200000 FROM made;
         INSERT INTO fills (id, connection_id, bot_id, order_id, symbol, venue_trade_id, side, price, quantity, quote,
             fee_asset, fee, liquidity, at)
         SELECT id, '{account}', '{id}', id, 'SOL-USDT', n::text, side, price, quantity, price * quantity, 'USDT',
             price * quantity / 1000, 'taker', 1704067200000 + n * 60000 FROM made"
    );
    let txn = bench.state.db.begin().await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&txn, &sql)
        .await
        .unwrap();
    txn.commit().await.unwrap();
}

#[tokio::test]
async fn what_was_traded_is_exported_row_by_row_and_lot_by_lot() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    fill(&bench, &account, &id).await;

    let fills = csv(&bench, &ann.access, "fills").await;
    assert_eq!(fills.len(), 7);
    assert!(fills[0].starts_with("filled_at,connection_id,bot_id,"));
    let order = "00000000-0000-7000-8000-000000000002";
    assert_eq!(
        fills[2],
        format!(
            "2024-01-01T00:02:00.000Z,{account},{id},{order},{order},SOL-USDT,buy,90,1.5,135,0.135,USDT,taker,Paper,Grid,SOL,USDT"
        )
    );

    let tax = csv(&bench, &ann.access, "tax").await;
    let short: Vec<String> = tax[1..]
        .iter()
        .map(|row| {
            let fields: Vec<&str> = row.split(',').collect();
            assert_eq!((fields[2], fields[3]), (account.as_str(), "SOL-USDT"));
            let minute = |time: &str| time.get(14..16).unwrap_or("-").to_owned();
            format!(
                "{} {} {}",
                minute(fields[0]),
                minute(fields[1]),
                fields[4..9].join(" ")
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            "04 01 0.5 50.05 47.4525 -2.5975 USDT",
            "04 02 0.5 45.045 47.4525 2.4075 USDT",
            "05 02 1 90.09 119.88 29.79 USDT",
            "05 03 1.2 132.132 143.856 11.724 USDT",
            "06 03 0.8 88.088 79.92 -8.168 USDT",
            "06 - 0.2 0 19.98 19.98 USDT",
        ]
    );
    assert_eq!(csv(&bench, &bob.access, "tax").await.len(), 1);
    for (query, wrong) in [
        ("", "/query/kind required"),
        ("?kind=pdf", "/query/kind one_of"),
        (
            "?kind=fills&year=2024&from=2024-01-01T00:00:00Z",
            "/query/year conflict",
        ),
        (
            "?kind=fills&timezone=Europe/Berlin",
            "/query/timezone conflict",
        ),
        (
            "?kind=fills&year=2024&timezone=Mars",
            "/query/timezone invalid_timezone",
        ),
        ("?kind=fills&year=1", "/query/year out_of_range"),
        (
            "?kind=fills&connection_id=00000000-0000-7000-8000-000000000001",
            "/query/connection_id not_found",
        ),
    ] {
        let path = format!("/api/v1/portfolio/export{query}");
        let answer = bench.get(&path).bearer(&ann.access).send().await;
        let body: Value = problem(&answer, 422, "invalid");
        assert_eq!(fields(&body), [wrong]);
    }
}

#[tokio::test]
async fn programs_that_reckon_taxes_read_it_and_a_year_is_enough() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    fill(&bench, &account, &id).await;
    let order = "00000000-0000-7000-8000-000000000002";
    assert_eq!(
        csv(&bench, &ann.access, "koinly").await[2],
        format!("2024-01-01 00:02:00 UTC,135,USDT,1.5,SOL,0.135,USDT,,Grid,{order}")
    );
    assert_eq!(
        csv(&bench, &ann.access, "coin_tracking").await[4],
        "Trade,95,USDT,1,SOL,0.095,USDT,Paper,Grid,,2024-01-01 00:04:00,00000000-0000-7000-8000-000000000004"
    );
    // Parts of the time: of a sale the lots from before count.
    let rows = async |query: &str| csv(&bench, &ann.access, query).await.len() - 1;
    let minutes = "from=2024-01-01T00:02:00Z&to=2024-01-01T00:05:00Z";
    assert_eq!(rows(&format!("fills&{minutes}")).await, 3);
    assert_eq!(rows(&format!("tax&{minutes}")).await, 2);
    assert_eq!(rows("fills&year=2024").await, 6);
    assert_eq!(rows("fills&year=2023").await, 0);
    // In New York it is still the year before.
    assert_eq!(rows("fills&year=2023&timezone=America/New_York").await, 6);
    assert_eq!(rows(&format!("fills&connection_id={account}")).await, 6);
}
