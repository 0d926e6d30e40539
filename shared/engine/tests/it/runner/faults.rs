//! What goes wrong: broken files, bots that cannot go on, engines that come and go, people who change their minds.

use std::path::Path;

use sea_orm::sqlx::{AssertSqlSafe, query, query_as, query_scalar};
use serde_json::{Value, json};
use testkit::{paper::PaperAccount, wait_until};
use trading::{
    Amount,
    backtest::{Ledger, LedgerOrder},
    bot::STATE_FORMAT,
    order::OrderStatus,
};

use super::{
    commands::tell,
    feed_end::statuses,
    stand::{MONTH, Stand, backtest, dca, grid, synthetic, times},
};

fn file(name: &str) -> Value {
    json!({
        "symbol": "BTC-USDT", "balances": {"USDT": "100000"}, "speed": "flat_out",
        "feed": {"kind": "file", "name": name},
    })
}

/// A minute at 100 and upwards.
fn row(minute: i64) -> String {
    let open = minute * 60_000;
    format!("{open},100,101,99,100,1,{}\n", open + 59_999)
}

const HEADER: &str = "open_time,open,high,low,close,volume,close_time\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_row_ends_the_feed_and_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let rows = format!(
        "{HEADER}{}{}120000,100,99,101,100,1,179999\n",
        row(0),
        row(1)
    );
    std::fs::write(dir.path().join("broken.csv"), rows).unwrap();
    let mut stand = Stand::new().await;
    stand.start(dir.path()).await;
    for (name, pos, says) in [
        ("broken.csv", 8, "line 4: "),
        ("absent.csv", 0, "there is no candle file"),
        ("../broken.csv", 0, "without directories"),
    ] {
        let account = PaperAccount::create(&mut stand.db, stand.user, &file(name), &[]).await;
        account.set_feed(&mut stand.db, "running").await;
        let (status, found, error) = account.played(&mut stand.db).await;
        assert_eq!((status.as_str(), found), ("error", pos), "{name}");
        assert!(error.unwrap().contains(says), "{name}");
    }
    stand.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_candles_are_recorded_once() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = [0, 1, 5, 6].into_iter().map(row).collect();
    std::fs::write(dir.path().join("gap.csv"), format!("{HEADER}{rows}")).unwrap();
    let mut stand = Stand::new().await;
    stand.start(dir.path()).await;
    let account = PaperAccount::create(&mut stand.db, stand.user, &file("gap.csv"), &[]).await;
    account.set_feed(&mut stand.db, "running").await;
    assert_eq!(account.played(&mut stand.db).await.0, "finished");
    let gaps: Value = query_scalar("SELECT gaps FROM feeds WHERE connection_id = $1")
        .bind(account.connection)
        .fetch_one(&mut stand.db)
        .await
        .unwrap();
    assert_eq!(
        gaps,
        json!([{"from": 120_000, "to": 300_000, "missing": 3}])
    );
    stand.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_cannot_go_on_leaves_the_others_alone() {
    // The next fill of an order in the book is one that the bot never asked for.
    leaves_the_others_alone("number = number + 100000", "is not known to this bot").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_whose_orders_cannot_be_recorded_leaves_the_others_alone() {
    // Whatever fills an order next, its row has too much already.
    let change = "status = 'partially_filled', filled_quantity = quantity * 0.9, filled_quote = 1";
    leaves_the_others_alone(change, "more than was asked for").await;
}

/// The orders in the book of one of two bots are changed before their account plays on.
async fn leaves_the_others_alone(change: &str, says: &str) {
    let mut stand = Stand::new().await;
    let (dir, spec) = (Path::new("."), synthetic(&json!("flat_out")));
    let configs = [grid("50000", "70000", 20), dca()];
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    account.set_feed(&mut stand.db, "running").await;
    stand.start(dir).await;
    account.played_beyond(&mut stand.db, 10_000).await;
    account.set_feed(&mut stand.db, "paused").await;
    stand.stop().await;
    let change = format!("UPDATE orders SET {change} WHERE bot_id = $1 AND status = 'open'");
    query(AssertSqlSafe(change))
        .bind(account.bots[0])
        .execute(&mut stand.db)
        .await
        .unwrap();
    account.set_feed(&mut stand.db, "running").await;
    stand.start(dir).await;
    let (status, _, error) = account.played(&mut stand.db).await;
    assert_eq!((status.as_str(), error), ("finished", None));

    let (status, reason): (String, Option<String>) =
        query_as("SELECT status, status_reason FROM bots WHERE id = $1")
            .bind(account.bots[0])
            .fetch_one(&mut stand.db)
            .await
            .unwrap();
    assert_eq!(status, "error");
    let reason = reason.unwrap();
    assert!(reason.contains(says), "{reason}");
    let ledger = account.ledger(&mut stand.db).await;
    let of = |bot: u32| ledger.orders.iter().filter(move |order| order.bot == bot);
    assert!(of(0).all(|order| order.status.is_terminal()));
    let canceled = |order: &&LedgerOrder| order.status == OrderStatus::Canceled;
    assert!(of(0).filter(canceled).count() > 10);
    // What the other one did is what it does alone.
    let alone = backtest(&spec, &configs[1..], dir);
    let others: Vec<_> = of(1)
        .cloned()
        .map(|mut order| {
            order.bot = 0;
            order
        })
        .collect();
    assert_eq!(others, alone.orders);
    let reserved = |ledger: &Ledger| -> Vec<Amount> {
        let balances = ledger.balances[0].values();
        balances.map(|balance| balance.reserved).collect()
    };
    assert_eq!(reserved(&ledger), reserved(&alone));
    stand.stop().await;
}

/// Their states are sound when they are loaded, and so full that the next sum does not fit: the first fill that they are
/// given is one input too many.
#[expect(
    clippy::too_many_lines,
    reason = "one account from its bots to its ledger"
)]
#[tokio::test(flavor = "multi_thread")]
async fn bots_that_fail_while_they_play_end_there_and_the_others_play_on() {
    const SOUND: usize = 2;
    let mut stand = Stand::new().await;
    let (dir, mut spec) = (Path::new("."), synthetic(&json!("flat_out")));
    spec["feed"]["candles"] = json!(6000);
    let configs = [
        grid("50000", "70000", 100),
        dca(),
        dca(),
        grid("50000", "70000", 40),
    ];
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    account.set_feed(&mut stand.db, "running").await;
    stand.start(dir).await;
    account.played_beyond(&mut stand.db, 8_000).await;
    account.set_feed(&mut stand.db, "paused").await;
    // Until the engine has seen that, it plays on: where the feed is, is known when the engine has ended.
    stand.stop().await;
    let (_, edited_at, _) = account.feed(&mut stand.db).await;
    assert!(
        edited_at < 20_000,
        "{edited_at} is too late for what follows"
    );
    for bot in [0, 1, 3] {
        let most = "9".repeat(28);
        query("UPDATE bot_states SET state = jsonb_set(state, '{core,fees}', to_jsonb($2::text)) WHERE bot_id = $1")
            .bind(account.bots[bot])
            .bind(most)
            .execute(&mut stand.db)
            .await
            .unwrap();
    }
    account.set_feed(&mut stand.db, "running").await;
    stand.start(dir).await;
    let (status, pos, error) = account.played(&mut stand.db).await;
    assert_eq!((status.as_str(), pos, error), ("finished", 24_000, None));

    let said: Vec<(String, Option<String>)> =
        query_as("SELECT status, status_reason FROM bots WHERE connection_id = $1 ORDER BY id")
            .bind(account.connection)
            .fetch_all(&mut stand.db)
            .await
            .unwrap();
    let told: Vec<(String, i64)> = query_as(
        "SELECT body->>'id', count(*) FROM events WHERE type = 'bot.status_changed' AND body->>'status' = 'error'
         GROUP BY 1 ORDER BY 1",
    )
    .fetch_all(&mut stand.db)
    .await
    .unwrap();
    let failed = [0, 1, 3].map(|bot| (account.bots[bot].to_string(), 1));
    assert_eq!(told, failed, "each says so once");
    let ledger = account.ledger(&mut stand.db).await;
    let (expected, times) = (backtest(&spec, &configs, dir), times(&spec));
    let place = |pos: i64| times[usize::try_from(pos).unwrap()];
    let mut canceled = 0;
    for (bot, (status, reason)) in said.iter().enumerate() {
        let mine = |ledger: &Ledger| -> Vec<LedgerOrder> {
            let orders = ledger.orders.iter();
            let of = |order: &&LedgerOrder| usize::try_from(order.bot) == Ok(bot);
            orders.filter(of).cloned().collect()
        };
        if bot == SOUND {
            assert_eq!(
                (status.as_str(), reason.as_deref()),
                ("stopped", Some("feed_ended"))
            );
            continue;
        }
        assert_eq!(status, "error", "bot {bot}");
        assert!(reason.is_some(), "bot {bot}");
        // What it could not take is booked all the same, and ends everything that rested in the book.
        let mut orders = mine(&expected);
        let fills = orders.iter().flat_map(|order| &order.fills);
        let last = fills
            .map(|fill| fill.at)
            .filter(|at| *at >= place(edited_at));
        let last = last.min().unwrap();
        orders.retain(|order| order.placed_at < last);
        for order in &mut orders {
            if order.ended_at.is_none_or(|at| at > last) {
                (order.status, order.ended_at) = (OrderStatus::Canceled, Some(last));
                order.fills.clear();
            }
        }
        let ends = |order: &&LedgerOrder| {
            (order.status, order.ended_at) == (OrderStatus::Canceled, Some(last))
        };
        canceled += orders.iter().filter(ends).count();
        assert_eq!(mine(&ledger), orders, "bot {bot}");
    }
    assert!(canceled > 100, "{canceled} orders were in the book");
    // What the other one did is what it does alone.
    let alone = backtest(&spec, &configs[SOUND..=SOUND], dir);
    let others = ledger.orders.iter().filter(|order| order.bot == 2).cloned();
    let others: Vec<_> = others
        .map(|mut order| {
            order.bot = 0;
            order
        })
        .collect();
    assert_eq!(others, alone.orders);
    let fills: usize = others.iter().map(|order| order.fills.len()).sum();
    assert!(fills > 20, "{fills} fills are too few to tell");
    account.assert_told_in_order(&mut stand.db).await;
    stand.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn states_that_contradict_their_orders_are_the_fault_of_their_bots() {
    let mut stand = Stand::new().await;
    let dir = Path::new(".");
    let mut spec = synthetic(&json!("flat_out"));
    spec["feed"]["candles"] = json!(6000);
    let one = || grid("50000", "70000", 20);
    let configs = [one(), one(), one(), one(), dca()];
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    account.set_feed(&mut stand.db, "running").await;
    stand.start(dir).await;
    account.played_beyond(&mut stand.db, 2000).await;
    account.set_feed(&mut stand.db, "paused").await;
    stand.stop().await;
    for (bot, change, says) in [
        (
            0,
            "jsonb_set(state, '{core,orders}', '[]')",
            "contradicts itself",
        ),
        (
            1,
            "jsonb_set(state, '{strategy,cells}', '[]')",
            "contradicts itself",
        ),
        (
            2,
            "jsonb_set(state, '{strategy,lines}', '[]')",
            "contradicts itself",
        ),
        (
            3,
            "(SELECT state FROM bot_states ORDER BY bot_id DESC LIMIT 1)",
            "another type of bot",
        ),
    ] {
        let sql = format!("UPDATE bot_states SET state = {change} WHERE bot_id = $1");
        query(sea_orm::sqlx::AssertSqlSafe(sql))
            .bind(account.bots[bot])
            .execute(&mut stand.db)
            .await
            .unwrap();
        account.set_feed(&mut stand.db, "running").await;
        stand.start(dir).await;
        wait_until("the bot is left out", || async {
            let said: (String, Option<String>) =
                query_as("SELECT status, status_reason FROM bots WHERE id = $1")
                    .bind(account.bots[bot])
                    .fetch_one(&mut stand.test.connect().await)
                    .await
                    .unwrap();
            said.0 == "error" && said.1.is_some_and(|reason| reason.contains(says))
        })
        .await;
        account.set_feed(&mut stand.db, "paused").await;
        stand.stop().await;
    }
    account.set_feed(&mut stand.db, "running").await;
    stand.start(dir).await;
    let (status, _, error) = account.played(&mut stand.db).await;
    assert_eq!((status.as_str(), error), ("finished", None));
    let ledger = account.ledger(&mut stand.db).await;
    let of = |bot: u32| ledger.orders.iter().filter(move |order| order.bot == bot);
    assert!((0..4).all(|bot| of(bot).all(|order| order.status.is_terminal())));
    // What the other one did is what it does alone.
    let alone = backtest(&spec, &configs[4..], dir);
    let others: Vec<_> = of(4)
        .cloned()
        .map(|mut order| {
            order.bot = 0;
            order
        })
        .collect();
    assert_eq!(others, alone.orders);
    stand.stop().await;
}

/// Base that the fills of a bot left, fees off.
async fn net_base(stand: &mut Stand, account: &PaperAccount, bot: usize) -> Amount {
    let net: String = query_scalar(
        "SELECT coalesce(sum(l.delta), 0)::text FROM ledger l JOIN fills f ON f.id = l.fill_id
         WHERE f.bot_id = $1 AND l.asset = 'BTC'",
    )
    .bind(account.bots[bot])
    .fetch_one(&mut stand.db)
    .await
    .unwrap();
    net.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_whose_states_are_lost_are_sold_out_left_or_begin_anew() {
    let mut stand = Stand::new().await;
    let (dir, mut spec) = (Path::new("."), synthetic(&json!("flat_out")));
    spec["feed"]["candles"] = json!(6000);
    let configs: Vec<Value> = (0..3).map(|_| grid("50000", "70000", 20)).collect();
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    account.set_feed(&mut stand.db, "running").await;
    stand.start(dir).await;
    account.played_beyond(&mut stand.db, 4000).await;
    account.set_feed(&mut stand.db, "paused").await;
    stand.stop().await;
    query("UPDATE bot_states SET state = '{\"core\": {}}'")
        .execute(&mut stand.db)
        .await
        .unwrap();
    let mut held = Vec::new();
    for bot in 0..3 {
        held.push(net_base(&mut stand, &account, bot).await);
    }
    assert!(held.iter().all(|held| held.is_positive()), "{held:?}");
    let stop = |mode: &str| json!({"command": "stop", "mode": mode});
    tell(&mut stand.db, &account, &[0], &stop("sell")).await;
    tell(&mut stand.db, &account, &[1], &stop("keep")).await;
    tell(&mut stand.db, &account, &[2], &json!({"command": "start"})).await;
    stand.start(dir).await;
    let db = tokio::sync::Mutex::new(&mut stand.db);
    wait_until("all were told", || async {
        let found = statuses(&mut **db.lock().await, &account).await;
        let found: Vec<String> = found.into_iter().map(|(status, _)| status).collect();
        found == ["stopping", "stopped", "running"]
    })
    .await;
    account.set_feed(&mut stand.db, "running").await;
    let (status, pos, error) = account.played(&mut stand.db).await;
    assert_eq!((status.as_str(), pos, error), ("finished", 24_000, None));
    let ends: Vec<String> = statuses(&mut stand.db, &account)
        .await
        .into_iter()
        .map(|(status, _)| status)
        .collect();
    assert_eq!(ends, ["stopped", "stopped", "stopped"]);
    assert_eq!(net_base(&mut stand, &account, 0).await, Amount::ZERO);
    assert_eq!(net_base(&mut stand, &account, 1).await, held[1]);
    assert!(net_base(&mut stand, &account, 2).await >= held[2]);
    let failed: i64 = query_scalar(
        "SELECT count(*) FROM deals WHERE close_reason = 'bot_failed' AND closed_at IS NOT NULL",
    )
    .fetch_one(&mut stand.db)
    .await
    .unwrap();
    assert_eq!(failed, 3);
    account.assert_told_in_order(&mut stand.db).await;
    stand.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_that_come_and_go_and_pauses_change_nothing() {
    let mut stand = Stand::new().await;
    let (dir, spec) = (Path::new("."), synthetic(&json!("flat_out")));
    let configs = [dca(), grid("50000", "70000", 100)];
    let expected = backtest(&spec, &configs, dir);
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    account.set_feed(&mut stand.db, "running").await;
    let mut last = 0;
    for round in 0..4 {
        stand.start(dir).await;
        let beyond = last + i64::try_from(MONTH).unwrap() / 4;
        account.played_beyond(&mut stand.db, beyond).await;
        if round % 2 == 0 {
            account.set_feed(&mut stand.db, "paused").await;
            account.played(&mut stand.db).await;
            account.set_feed(&mut stand.db, "running").await;
        }
        stand.stop().await;
        // Another copy of this release needed its newest form meanwhile.
        query("UPDATE bot_states SET state_format = $1")
            .bind(i32::from(STATE_FORMAT))
            .execute(&mut stand.db)
            .await
            .unwrap();
        last = account.feed(&mut stand.db).await.1;
    }
    stand.start(dir).await;
    assert_eq!(account.played(&mut stand.db).await.0, "finished");
    assert_eq!(account.ledger(&mut stand.db).await, expected);
    account.assert_told_in_order(&mut stand.db).await;
    stand.stop().await;
}
