//! What becomes of bots when their feed fails: nothing, until somebody mends it or stops them.

use std::path::Path;

use sea_orm::sqlx::{PgConnection, query, query_as, query_scalar};
use serde_json::{Value, json};
use testkit::{paper::PaperAccount, wait_until};
use trading::order::OrderStatus;

use super::{
    commands::tell,
    feed_end::statuses,
    stand::{Stand, backtest, dca, grid, interval},
};

const HEADER: &str = "open_time,open,high,low,close,volume,close_time\n";
const CANDLES: i64 = 200;
/// Candles before the one that is broken.
const GOOD: i64 = 90;

fn file(name: &str) -> Value {
    json!({
        "symbol": "BTC-USDT", "balances": {"USDT": "100000"}, "speed": "flat_out",
        "feed": {"kind": "file", "name": name},
    })
}

/// Minutes that go up and down around 60,000.
fn rows(candles: i64) -> String {
    let price =
        |minute: i64| 60_000 + [0, 400, 900, 300, -500, -900][usize::try_from(minute % 6).unwrap()];
    let row = |minute: i64| {
        let (open, close) = (price(minute), price(minute + 1));
        let (high, low) = (open.max(close), open.min(close));
        let at = minute * 60_000;
        format!("{at},{open},{high},{low},{close},1,{}\n", at + 59_999)
    };
    (0..candles).map(row).collect()
}

fn broken() -> String {
    let at = GOOD * 60_000;
    format!(
        "{HEADER}{}{at},100,99,101,100,1,{}\n",
        rows(GOOD),
        at + 59_999
    )
}

fn whole() -> String {
    format!("{HEADER}{}", rows(CANDLES))
}

fn configs() -> [Value; 3] {
    [dca(), grid("50000", "70000", 20), interval("200")]
}

fn all(status: &str) -> Vec<(String, Option<String>)> {
    vec![(status.to_owned(), None); configs().len()]
}

async fn error_of_command(db: &mut PgConnection, bot: uuid::Uuid) -> Option<String> {
    query_scalar("SELECT error FROM bot_commands WHERE bot_id = $1 ORDER BY position DESC LIMIT 1")
        .bind(bot)
        .fetch_one(db)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_of_a_failed_feed_stay_as_they_are_and_go_on_once_it_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("candles.csv");
    std::fs::write(&path, broken()).unwrap();
    let mut stand = Stand::new().await;
    stand.start(dir.path()).await;
    let spec = file("candles.csv");
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs()).await;
    for (text, says) in [
        (Some(broken()), "line 92: "),
        (None, "there is no candle file"),
        (
            Some(format!("{HEADER}{}", rows(GOOD / 2))),
            "the feed ends at point 180",
        ),
    ] {
        match text {
            Some(text) => std::fs::write(&path, text).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        account.set_feed(&mut stand.db, "running").await;
        let (status, pos, error) = account.played(&mut stand.db).await;
        assert_eq!((status.as_str(), pos), ("error", GOOD * 4), "{says}");
        assert!(error.unwrap().contains(says), "{says}");
        assert_eq!(
            statuses(&mut stand.db, &account).await,
            all("running"),
            "{says}"
        );
    }
    let held = account.ledger(&mut stand.db).await;
    let open = |status| status == OrderStatus::Open;
    assert!(held.orders.iter().any(|order| open(order.status)));
    assert!(
        held.orders
            .iter()
            .filter(|order| !order.fills.is_empty())
            .count()
            > 3
    );

    std::fs::write(&path, whole()).unwrap();
    account.set_feed(&mut stand.db, "running").await;
    let (status, pos, _) = account.played(&mut stand.db).await;
    assert_eq!((status.as_str(), pos), ("finished", CANDLES * 4));
    let expected = backtest(&spec, &configs(), dir.path());
    let ledger = account.ledger(&mut stand.db).await;
    assert_eq!(ledger.difference(&expected), None);
    assert!(ledger.orders.len() > held.orders.len() + 20);
    account.assert_told_in_order(&mut stand.db).await;
    stand.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_of_a_failed_feed_stops_when_it_is_told_to() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("candles.csv"), broken()).unwrap();
    let mut stand = Stand::new().await;
    stand.start(dir.path()).await;
    let spec = file("candles.csv");
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs()).await;
    account.set_feed(&mut stand.db, "running").await;
    assert_eq!(account.played(&mut stand.db).await.0, "error");
    let sell = json!({"command": "stop", "mode": "sell"});
    tell(&mut stand.db, &account, &[0, 1], &sell).await;
    let db = tokio::sync::Mutex::new(&mut stand.db);
    wait_until("two bots stop", || async {
        let found = statuses(&mut **db.lock().await, &account).await;
        found
            .iter()
            .filter(|(status, _)| status == "stopped")
            .count()
            == 2
    })
    .await;
    let found = statuses(&mut stand.db, &account).await;
    let stopped = || ("stopped".to_owned(), None);
    assert_eq!(found, [stopped(), stopped(), ("running".to_owned(), None)]);
    let ledger = account.ledger(&mut stand.db).await;
    let of_stopped = || ledger.orders.iter().filter(|order| order.bot < 2);
    assert!(of_stopped().all(|order| order.status.is_terminal()));
    let sold = |bot| {
        of_stopped()
            .any(|order| order.bot == bot && order.purpose == trading::order::Purpose::Close)
    };
    assert!(sold(0) && sold(1));
    stand.stop().await;
}

/// A link to itself is a file that the system cannot open: neither is it absent, nor is its content wrong.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_for_a_while_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("candles.csv");
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let mut stand = Stand::new().await;
    stand.start(dir.path()).await;
    let spec = file("candles.csv");
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs()).await;
    account.set_feed(&mut stand.db, "running").await;
    let db = tokio::sync::Mutex::new(&mut stand.db);
    // Commands are applied after the file was tried.
    wait_until("the bots are started", || async {
        statuses(&mut **db.lock().await, &account).await == all("running")
    })
    .await;
    for command in ["pause", "resume"] {
        tell(&mut stand.db, &account, &[0], &json!({"command": command})).await;
        let db = tokio::sync::Mutex::new(&mut stand.db);
        wait_until("the command is applied", || async {
            query_scalar::<_, bool>("SELECT bool_and(applied_pos IS NOT NULL) FROM bot_commands")
                .fetch_one(&mut **db.lock().await)
                .await
                .unwrap()
        })
        .await;
    }
    let (status, pos, error) = account.feed(&mut stand.db).await;
    assert_eq!((status.as_str(), pos, error), ("running", 0, None));
    assert_eq!(statuses(&mut stand.db, &account).await, all("running"));

    std::fs::remove_file(&path).unwrap();
    std::fs::write(dir.path().join("new"), whole()).unwrap();
    std::fs::rename(dir.path().join("new"), &path).unwrap();
    let (status, pos, error) = account.played(&mut stand.db).await;
    assert_eq!(
        (status.as_str(), pos, error),
        ("finished", CANDLES * 4, None)
    );
    stand.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_of_an_account_that_cannot_be_loaded_stay_as_they_are_until_it_can() {
    let mut stand = Stand::new().await;
    let dir = Path::new(".");
    let mut spec = super::stand::synthetic(&json!("flat_out"));
    spec["feed"]["candles"] = json!(300);
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs()).await;
    let set_speed = async |db: &mut PgConnection, speed: &str| {
        query("UPDATE connections SET paper = jsonb_set(paper, '{speed}', to_jsonb($2::text)) WHERE id = $1")
            .bind(account.connection)
            .bind(speed)
            .execute(db)
            .await
            .unwrap();
    };
    stand.start(dir).await;
    let db = tokio::sync::Mutex::new(&mut stand.db);
    wait_until("the bots are started", || async {
        statuses(&mut **db.lock().await, &account).await == all("running")
    })
    .await;
    set_speed(&mut stand.db, "of light").await;
    // As the API leaves it: one is to stop.
    query("UPDATE bots SET status = 'stopping' WHERE id = $1")
        .bind(account.bots[1])
        .execute(&mut stand.db)
        .await
        .unwrap();
    let stop = json!({"command": "stop", "mode": "keep"});
    tell(&mut stand.db, &account, &[1], &stop).await;
    tell(&mut stand.db, &account, &[2], &json!({"command": "pause"})).await;
    account.set_feed(&mut stand.db, "running").await;
    let (status, pos, error) = account.played(&mut stand.db).await;
    assert_eq!((status.as_str(), pos), ("error", 0));
    assert!(error.unwrap().contains("the account's settings"));
    for bot in [1, 2] {
        let refused = error_of_command(&mut stand.db, account.bots[bot]).await;
        assert!(refused.unwrap().contains("the account's settings"));
    }
    let found = statuses(&mut stand.db, &account).await;
    let names: Vec<&str> = found.iter().map(|(status, _)| status.as_str()).collect();
    assert_eq!(names, ["running", "stopped", "running"]);
    assert!(
        found[1]
            .1
            .as_ref()
            .unwrap()
            .contains("the account's settings")
    );

    let events: Vec<(String, Value)> =
        query_as("SELECT type, body FROM events WHERE user_id = $1 ORDER BY seq DESC LIMIT 2")
            .bind(stand.user.0)
            .fetch_all(&mut stand.db)
            .await
            .unwrap();
    let (last, before) = (&events[0], &events[1]);
    assert_eq!(
        (last.0.as_str(), &last.1["feed"]["status"]),
        ("connection.updated", &json!("error"))
    );
    assert_eq!(
        (before.0.as_str(), &before.1["id"], &before.1["status"]),
        (
            "bot.status_changed",
            &json!(account.bots[1]),
            &json!("stopped")
        )
    );

    set_speed(&mut stand.db, "flat_out").await;
    account.set_feed(&mut stand.db, "running").await;
    assert_eq!(account.played(&mut stand.db).await.0, "finished");
    let fills = |bot| {
        let bots = account.bots[bot];
        query_scalar::<_, i64>("SELECT count(*) FROM fills WHERE bot_id = $1").bind(bots)
    };
    assert!(fills(0).fetch_one(&mut stand.db).await.unwrap() > 0);
    assert_eq!(fills(1).fetch_one(&mut stand.db).await.unwrap(), 0);
    stand.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_be_loaded_any_more_ends_where_it_was_saved() {
    let mut stand = Stand::new().await;
    let dir = Path::new(".");
    let spec = super::stand::synthetic(&json!(1_200));
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs()).await;
    account.set_feed(&mut stand.db, "running").await;
    stand.start(dir).await;
    account.played_beyond(&mut stand.db, 0).await;
    stand.stop().await;
    let (_, saved, _) = account.feed(&mut stand.db).await;
    query(
        r#"UPDATE connections SET paper = jsonb_set(paper, '{speed}', '"of light"') WHERE id = $1"#,
    )
    .bind(account.connection)
    .execute(&mut stand.db)
    .await
    .unwrap();
    stand.start(dir).await;
    let (status, pos, error) = account.played(&mut stand.db).await;
    assert_eq!((status.as_str(), pos), ("error", saved));
    assert!(error.unwrap().contains("the account's settings"));
    stand.stop().await;
}
