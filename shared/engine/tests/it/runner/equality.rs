//! A month on paper, through Postgres, is the month that a backtest computes.
#![expect(
    clippy::print_stderr,
    reason = "what was measured, and what was not tested"
)]

use std::{path::Path, time::Instant};

use sea_orm::sqlx::{query_as, query_scalar};
use serde_json::{Value, json};
use testkit::paper::PaperAccount;

use super::stand::{MONTH, Stand, dca, grid, report, strategy, synthetic};

async fn live_is_backtest(spec: &Value, configs: &[Value], dir: &Path, points: usize) {
    let (report, expected) = report(spec, configs, dir, Vec::new());
    let fills: usize = expected.orders.iter().map(|order| order.fills.len()).sum();
    assert!(fills > 100, "{fills} fills are too few to tell");

    let mut stand = Stand::new().await;
    stand.start(dir).await;
    let account = PaperAccount::create(&mut stand.db, stand.user, spec, configs).await;
    let started = Instant::now();
    account.set_feed(&mut stand.db, "running").await;
    let (status, pos, error) = account.played(&mut stand.db).await;
    let took = started.elapsed();
    assert_eq!((status.as_str(), error), ("finished", None));
    assert_eq!(usize::try_from(pos).unwrap(), points);

    let live = account.ledger(&mut stand.db).await;
    assert_eq!(live.difference(&expected), None);
    assert_eq!(live, expected);

    // Every closed trade is there, each on its day: a grid's rounds as they close.
    let (trades, wins, realised): (i64, i64, String) = query_as(
        "SELECT count(*), count(*) FILTER (WHERE proceeds > cost), trim_scale(sum(proceeds - cost))::text FROM trades",
    )
    .fetch_one(&mut stand.db)
    .await
    .unwrap();
    let stats = report.accounts[0].figures.unwrap().trades;
    let sum = stats.gross_profit.minus(stats.gross_loss).unwrap();
    assert_eq!(
        (u64::try_from(trades), u64::try_from(wins), realised),
        (Ok(stats.count), Ok(stats.wins), sum.to_string())
    );

    // The legs of all fills lead from the first balances to the last.
    let (wrong,): (i64,) = query_as(
        "SELECT count(*) FROM balances b
         WHERE b.connection_id = $1 AND b.free + b.reserved <> coalesce(($2->>b.asset)::numeric, 0) + coalesce((
             SELECT sum(delta) FROM ledger l JOIN fills f ON f.id = l.fill_id
             WHERE f.connection_id = $1 AND l.asset = b.asset), 0)",
    )
    .bind(account.connection)
    .bind(&spec["balances"])
    .fetch_one(&mut stand.db)
    .await
    .unwrap();
    assert_eq!(wrong, 0);
    account.assert_told_in_order(&mut stand.db).await;

    // Rows have what their fills add up to, and a cancel is decided in the step that asked for it.
    let (canceled, wrong): (i64, i64) = query_as(
        "SELECT count(*) FILTER (WHERE status = 'canceled'), count(*) FILTER (WHERE
             (filled_quantity, filled_quote) <> (SELECT coalesce(sum(quantity), 0), coalesce(sum(quote), 0) FROM fills
                 WHERE order_id = o.id)
             OR (status = 'canceled' AND cancel_requested_at IS DISTINCT FROM ended_at)
             OR (status IN ('canceled', 'filled')) <> (ended_at IS NOT NULL)
             OR (status <> 'rejected') <> (reserved > 0))
         FROM orders o",
    )
    .fetch_one(&mut stand.db)
    .await
    .unwrap();
    assert!(canceled > 0, "a take-profit is replaced");
    assert_eq!(wrong, 0);
    let events: i64 = query_scalar("SELECT count(*) FROM events WHERE user_id = $1")
        .bind(stand.user.0)
        .fetch_one(&mut stand.db)
        .await
        .unwrap();
    let orders = live.orders.len();
    eprintln!("{points} points, {orders} orders, {fills} fills, {events} events: {took:?}");
    stand.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synthetic_month() {
    let configs = [dca(), grid("50000", "70000", 100), strategy()];
    let spec = synthetic(&json!("flat_out"));
    live_is_backtest(&spec, &configs, Path::new("."), MONTH * 4).await;
}

/// Recorded candles, where the environment names their folder.
#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_month() {
    let Some(folder) = std::env::var_os("BLOCKBOTX_TEST_DATA") else {
        eprintln!(
            "\n*** NOT TESTED: BLOCKBOTX_TEST_DATA is unset, so no recorded month was played ***\n"
        );
        return;
    };
    let dir = Path::new(&folder).join("candles");
    let name = "BTCUSD-1m-2022-01.csv";
    let rows = std::fs::read_to_string(dir.join(name))
        .unwrap()
        .lines()
        .count()
        - 1;
    let spec = json!({
        "symbol": "BTC-USDT", "balances": {"USDT": "100000"}, "speed": "flat_out",
        "fees": {"maker": "0.0015", "taker": "0.0007", "charge": "quote"},
        "feed": {"kind": "file", "name": name},
    });
    let configs = [dca(), grid("33000", "48000", 60), strategy()];
    live_is_backtest(&spec, &configs, &dir, rows * 4).await;
}
