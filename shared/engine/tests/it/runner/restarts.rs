//! Engines that end between an order's arrival and its fill.

use std::fmt::Write;

use sea_orm::sqlx::query;
use serde_json::{Value, json};
use testkit::paper::PaperAccount;
use trading::{
    Amount,
    backtest::Ledger,
    order::{Liquidity, OrderStatus},
};

use super::stand::{Stand, backtest};

/// A minute's open, high, low and close.
type Minute = [&'static str; 4];

fn rows(minutes: &[Minute]) -> String {
    let mut text = "open_time,open,high,low,close,volume,close_time\n".to_owned();
    for (minute, [open, high, low, close]) in (0_i64..).zip(minutes) {
        let (from, to) = (minute * 60_000, minute * 60_000 + 59_999);
        writeln!(text, "{from},{open},{high},{low},{close},1,{to}").unwrap();
    }
    text
}

fn spec() -> Value {
    json!({
        "symbol": "BTC-USDT", "balances": {"USDT": "100000"}, "speed": "flat_out",
        "fees": {"maker": "0.0015", "taker": "0.0007", "charge": "quote"},
        "feed": {"kind": "file", "name": "minutes.csv"},
    })
}

/// Enters with a limit at the close of the first minute.
fn entering() -> Value {
    json!({
        "type": "dca", "base_order": {"unit": "quote", "amount": "990"}, "start_order_type": "limit",
        "deal_start_delay_s": 59, "take_profit": {"percentage": "50"},
    })
}

/// Plays the minutes; after each of `pauses` of them, another engine goes on.
async fn played(minutes: &[Minute], pauses: &[usize]) -> Ledger {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("minutes.csv");
    let mut stand = Stand::new().await;
    let configs = [entering()];
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec(), &configs).await;
    for end in pauses.iter().copied().chain([minutes.len()]) {
        // The feed ends where the file does, and goes on when there is more of it.
        std::fs::write(&file, rows(&minutes[..end])).unwrap();
        account.set_feed(&mut stand.db, "running").await;
        stand.start(dir.path()).await;
        let (status, pos, error) = account.played(&mut stand.db).await;
        assert_eq!((status.as_str(), error), ("finished", None));
        assert_eq!(usize::try_from(pos).unwrap(), end * 4);
        stand.stop().await;
        // The end of its file has stopped the bot: it had not, where the feed goes on.
        query("UPDATE bots SET status = 'running', status_reason = NULL WHERE connection_id = $1")
            .bind(account.connection)
            .execute(&mut stand.db)
            .await
            .unwrap();
    }
    let live = account.ledger(&mut stand.db).await;
    let expected = backtest(&spec(), &configs, dir.path());
    assert_eq!(live.difference(&expected), None);
    assert_eq!(live, expected);
    live
}

/// Price, liquidity and fee of the entry's fill.
fn entry(ledger: &Ledger) -> (Amount, Liquidity, Amount) {
    let order = &ledger.orders[0];
    assert_eq!(order.status, OrderStatus::Filled);
    assert_eq!(order.kind.limit(), Some("99".parse().unwrap()));
    let fill = &order.fills[0];
    (fill.price, fill.liquidity, fill.fee)
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// The limit arrives with the last price of this minute, and is marketable there.
const ARRIVES: Minute = ["100", "101", "98.5", "99"];

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_rested_before_a_restart_makes_at_its_limit_after_it() {
    let minutes = [
        ARRIVES,
        ["100", "102", "99.5", "100"],
        ["100", "101", "99.2", "100"],
        ["98", "98.5", "97", "98"],
    ];
    // 990 at 99, of which a maker pays 0.15 %.
    let expected = (amount("99"), Liquidity::Maker, amount("1.485"));
    assert_eq!(entry(&played(&minutes, &[2]).await), expected);
    assert_eq!(entry(&played(&minutes, &[1, 2, 3]).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_had_just_arrived_before_a_restart_takes_at_the_next_price() {
    let minutes = [ARRIVES, ["98", "98.5", "97", "98"]];
    // 980 at 98, of which a taker pays 0.07 %.
    let expected = (amount("98"), Liquidity::Taker, amount("0.686"));
    assert_eq!(entry(&played(&minutes, &[1]).await), expected);
    assert_eq!(entry(&played(&minutes, &[]).await), expected);
}
