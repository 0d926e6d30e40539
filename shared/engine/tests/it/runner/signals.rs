//! Signals from outside: each has its effect once, in order, where it arrived, or is refused by the time that it took.

use std::path::Path;

use sea_orm::sqlx::{PgConnection, query, query_as, query_scalar};
use serde_json::{Value, json};
use testkit::{paper::PaperAccount, wait_until};
use trading::backtest::ScheduledCommand;

use super::stand::{MONTH, Stand, backtest_with, synthetic, times};

fn signalled() -> Value {
    json!({
        "type": "signal", "size": {"unit": "quote", "amount": "300"}, "in_position": "add", "max_active_deals": 3,
        "take_profit": {"percentage": "0.4"}, "stop_loss": {"percentage": "0.6"},
    })
}

/// Deals of a bot that averages down, opened by signals.
fn averaging() -> Value {
    json!({
        "type": "dca", "base_order": {"unit": "quote", "amount": "200"}, "start_condition": "signal",
        "safety_orders": {"volume": "200", "step_percentage": "0.5", "max_count": 3},
        "take_profit": {"percentage": "0.5"}, "max_active_deals": 2,
    })
}

/// Leaves a signal as the API does, sent so many seconds ago.
async fn send(db: &mut PgConnection, account: &PaperAccount, bot: usize, action: &str, age_s: i32) {
    query(
        "WITH made AS (SELECT gen_random_uuid() AS id), stored AS (
             INSERT INTO signals (id, bot_id, signal_key, action, data, received_at, outcome)
             SELECT id, $1, id::text, $2, '{}', now() - make_interval(secs => $3), 'accepted' FROM made
         )
         INSERT INTO bot_commands (id, connection_id, bot_id, command, created_at)
         SELECT made.id, b.connection_id, b.id, jsonb_build_object('command', 'signal', 'signal',
             jsonb_build_object('id', made.id, 'action', $2)), now() - make_interval(secs => $3)
         FROM made, bots b WHERE b.id = $1",
    )
    .bind(account.bots[bot])
    .bind(action)
    .bind(age_s)
    .execute(db)
    .await
    .unwrap();
}

async fn outcomes(db: &mut PgConnection) -> Vec<(String, Option<String>, i64)> {
    query_as("SELECT outcome, reason, count(*) FROM signals GROUP BY 1, 2 ORDER BY 1, 2")
        .fetch_all(db)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_have_their_effect_once_where_they_arrived_whatever_engines_come_and_go() {
    let (dir, spec) = (Path::new("."), synthetic(&json!("flat_out")));
    let configs = [signalled(), averaging()];
    let mut stand = Stand::new().await;
    stand.start(dir).await;
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    account.set_feed(&mut stand.db, "running").await;
    let points = i64::try_from(MONTH).unwrap() * 4;
    let mut late = 0;
    for turn in 1..24 {
        let beyond = points * turn / 25;
        account.played_beyond(&mut stand.db, beyond).await;
        let is_away = turn % 5 == 0;
        if is_away {
            stand.stop().await;
        }
        let action = match turn % 8 {
            3 => "exit_long",
            5 => "close_at_market",
            7 => "disable",
            0 => "enable",
            _ => "enter_long",
        };
        for bot in 0..configs.len() {
            send(&mut stand.db, &account, bot, action, 0).await;
        }
        // One that was sent two minutes ago, while nobody was there.
        if is_away {
            send(&mut stand.db, &account, 0, "enter_long", 120).await;
            late += 1;
            stand.start(dir).await;
        }
    }
    let (status, pos, error) = account.played(&mut stand.db).await;
    assert_eq!((status.as_str(), pos, error), ("finished", points, None));

    let applied: Vec<(i32, i64, Option<String>, Value, String)> = query_as(
        "SELECT array_position($1, c.bot_id) - 1, c.applied_pos, c.error, c.command, s.outcome
         FROM bot_commands c JOIN signals s ON s.id = c.id WHERE c.bot_id = ANY($1) ORDER BY c.applied_pos, c.position",
    )
    .bind(&account.bots)
    .fetch_all(&mut stand.db)
    .await
    .unwrap();
    assert_eq!(applied.len(), 2 * 23 + late);
    assert!(
        applied
            .iter()
            .all(|row| row.2.is_none() && row.4 != "accepted")
    );
    let told = outcomes(&mut stand.db).await;
    let too_late = told
        .iter()
        .find(|row| row.1.as_deref() == Some("signal_too_late"));
    assert_eq!(
        too_late.map(|row| row.2),
        i64::try_from(late).ok(),
        "{told:?}"
    );
    assert!(
        told.iter().any(|row| row.0 == "applied" && row.2 > 10),
        "{told:?}"
    );

    // What was too late is none of the backtest's.
    let times = times(&spec);
    let stale: Vec<String> =
        query_scalar("SELECT id::text FROM signals WHERE reason = 'signal_too_late'")
            .fetch_all(&mut stand.db)
            .await
            .unwrap();
    let on_time = applied
        .iter()
        .filter(|row| !stale.contains(&row.3["signal"]["id"].as_str().unwrap().to_owned()));
    let commands = on_time.map(|(bot, pos, _, command, _)| ScheduledCommand {
        at: times[usize::try_from(*pos).unwrap()],
        bot: u32::try_from(*bot).unwrap(),
        command: serde_json::from_value(command.clone()).unwrap(),
    });
    let expected = backtest_with(&spec, &configs, dir, commands.collect());
    let fills: usize = expected.orders.iter().map(|order| order.fills.len()).sum();
    assert!(fills > 20, "{fills} fills are too few to tell");
    let live = account.ledger(&mut stand.db).await;
    assert_eq!(live.difference(&expected), None);
    assert_eq!(live, expected);
    account.assert_told_in_order(&mut stand.db).await;

    // Decisions name the signals that they are about.
    let unnamed: i64 = query_scalar(
        "SELECT count(*) FROM decisions WHERE code IN ('deal_start', 'exit_signal', 'signal_too_late')
         AND data->>'signal' IS NULL",
    )
    .fetch_one(&mut stand.db)
    .await
    .unwrap();
    assert_eq!(unnamed, 0);
    stand.stop().await;
}

/// Prices come every quarter of an hour here: nothing but the signal wakes the account.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_is_applied_long_before_the_next_price() {
    let mut spec = synthetic(&json!(1));
    spec["feed"]["interval"] = json!("1h");
    let mut stand = Stand::new().await;
    stand.start(Path::new(".")).await;
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &[signalled()]).await;
    account.set_feed(&mut stand.db, "running").await;
    account.played_beyond(&mut stand.db, 0).await;
    send(&mut stand.db, &account, 0, "enter_long", 0).await;
    let db = tokio::sync::Mutex::new(&mut stand.db);
    wait_until("its order is there", || async {
        let orders: i64 = query_scalar("SELECT count(*) FROM orders")
            .fetch_one(&mut **db.lock().await)
            .await
            .unwrap();
        orders == 1
    })
    .await;
    assert_eq!(
        outcomes(&mut stand.db).await,
        [("applied".to_owned(), None, 1)]
    );
    stand.stop().await;
}

/// Where a feed has ended nothing is bought any more, and nothing waits for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_after_the_last_price_is_refused() {
    let mut spec = synthetic(&json!("flat_out"));
    spec["feed"]["candles"] = json!(10);
    let mut stand = Stand::new().await;
    stand.start(Path::new(".")).await;
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &[signalled()]).await;
    account.set_feed(&mut stand.db, "running").await;
    account.played(&mut stand.db).await;
    send(&mut stand.db, &account, 0, "enter_long", 0).await;
    let db = tokio::sync::Mutex::new(&mut stand.db);
    wait_until("its outcome is known", || async {
        outcomes(&mut **db.lock().await).await[0].0 == "refused"
    })
    .await;
    stand.stop().await;
}
