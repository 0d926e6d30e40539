//! People who change their minds while the feed plays: commands are recorded where they arrived, and the kernel alone,
//! told the same at the same places, does the same.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use events::Publisher;
use platform::redis::Redis;
use sea_orm::sqlx::{PgConnection, query, query_as, query_scalar};
use serde_json::{Value, json};
use testkit::{paper::PaperAccount, wait_until};
use trading::backtest::ScheduledCommand;

use super::{
    feed_end::statuses,
    stand::{MONTH, Stand, backtest_with, dca, grid, interval, synthetic, times},
};

/// Leaves commands as the API does, in one statement.
pub(super) async fn tell(
    db: &mut PgConnection,
    account: &PaperAccount,
    bots: &[usize],
    command: &Value,
) {
    let bots: Vec<_> = bots.iter().map(|bot| account.bots[*bot]).collect();
    query(
        "WITH told AS (
             INSERT INTO bot_commands (id, connection_id, bot_id, command, config_before)
             SELECT gen_random_uuid(), connection_id, id, $2, CASE $2->>'command' WHEN 'configure' THEN config END
             FROM bots WHERE id = ANY($1) ORDER BY id
         ) UPDATE bots SET config = $2->'config' WHERE id = ANY($1) AND $2->>'command' = 'configure'",
    )
    .bind(bots)
    .bind(command)
    .execute(db)
    .await
    .unwrap();
}

async fn open_deal(db: &mut PgConnection, account: &PaperAccount, bot: usize) -> Option<i32> {
    query_scalar("SELECT max(number) FROM deals WHERE bot_id = $1 AND closed_at IS NULL")
        .bind(account.bots[bot])
        .fetch_one(db)
        .await
        .unwrap()
}

/// What the bots are told, and when: percent of the points played, bots by number, the command.
fn script() -> Vec<(i64, &'static [usize], Value)> {
    const DCA: usize = 0;
    const GRID: usize = 1;
    let stop = |mode: &str| json!({"command": "stop", "mode": mode});
    let word = |word: &str| json!({"command": word});
    let edit = |field: &str, value: Value| {
        let mut config = dca();
        config[field] = value;
        json!({"command": "configure", "config": config})
    };
    let profit = edit("take_profit", json!({"percentage": "0.3"}));
    let deals = edit("max_active_deals", json!(3));
    vec![
        (5, &[DCA], word("pause")),
        (10, &[GRID], word("pause")),
        (15, &[DCA], word("resume")),
        (20, &[GRID], word("resume")),
        (22, &[DCA], profit),
        (25, &[GRID], stop("keep")),
        (30, &[DCA], deals),
        (30, &[GRID], word("start")),
        (35, &[DCA], stop("finish")),
        (40, &[DCA], word("start")),
        (45, &[DCA], stop("sell")),
        (50, &[DCA, GRID], word("start")),
        (52, &[DCA], edit("cooldown_s", json!(3600))),
        (53, &[DCA], json!({"command": "add_funds", "amount": "150"})),
        (55, &[DCA], word("close_deal")),
        (
            58,
            &[DCA],
            json!({"command": "add_funds", "amount": "90", "price": "90000"}),
        ),
        (60, &[DCA], word("cancel_deal")),
        (
            62,
            &[DCA],
            json!({"command": "take_over", "quantity": "0.001", "price": "61000"}),
        ),
        (65, &[0, 1, 2], stop("keep")),
        (70, &[0, 1, 2], word("start")),
        (75, &[GRID], word("close_deal")),
        (90, &[0, 1, 2], stop("sell")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_take_effect_where_they_arrived() {
    let (dir, spec) = (Path::new("."), synthetic(&json!("flat_out")));
    let configs = [dca(), grid("50000", "70000", 100), interval("200")];
    let mut stand = Stand::new().await;
    stand.start(dir).await;
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    account.set_feed(&mut stand.db, "running").await;
    let points = i64::try_from(MONTH).unwrap() * 4;
    for (percent, bots, mut command) in script() {
        account
            .played_beyond(&mut stand.db, points * percent / 100)
            .await;
        let word = command["command"].as_str().unwrap();
        if word.ends_with("_deal") || word == "add_funds" {
            let Some(deal) = open_deal(&mut stand.db, &account, bots[0]).await else {
                continue;
            };
            command["deal"] = json!(deal);
        }
        // Some are given while no engine runs, and found by the next one.
        let is_between = percent % 20 == 10;
        if is_between {
            stand.stop().await;
        }
        tell(&mut stand.db, &account, bots, &command).await;
        if is_between {
            stand.start(dir).await;
        }
    }
    let (status, pos, error) = account.played(&mut stand.db).await;
    assert_eq!((status.as_str(), pos, error), ("finished", points, None));

    let applied: Vec<(i32, i64, Option<String>, Value)> = query_as(
        "SELECT array_position($1, bot_id) - 1, applied_pos, error, command FROM bot_commands
         WHERE bot_id = ANY($1) ORDER BY applied_pos, position",
    )
    .bind(&account.bots)
    .fetch_all(&mut stand.db)
    .await
    .unwrap();
    assert!(applied.iter().all(|(_, _, error, _)| error.is_none()));
    let places = |pos: i64| (0 < pos && pos < points).then_some(pos);
    let mut inside: Vec<i64> = applied.iter().filter_map(|row| places(row.1)).collect();
    inside.dedup();
    assert!(inside.len() >= 12, "{inside:?} are too few places to tell");
    let times = times(&spec);
    // Every bot is started before the first point: that the backtest does by itself.
    let commands = applied.iter().filter(|row| row.1 > 0);
    let commands = commands.map(|(bot, pos, _, command)| ScheduledCommand {
        at: times[usize::try_from(*pos).unwrap()],
        bot: u32::try_from(*bot).unwrap(),
        command: serde_json::from_value(command.clone()).unwrap(),
    });
    let expected = backtest_with(&spec, &configs, dir, commands.collect());
    let fills: usize = expected.orders.iter().map(|order| order.fills.len()).sum();
    assert!(fills > 100, "{fills} fills are too few to tell");
    let live = account.ledger(&mut stand.db).await;
    assert_eq!(live.difference(&expected), None);
    assert_eq!(live, expected);
    account.assert_told_in_order(&mut stand.db).await;
    let reserved: bool = query_scalar("SELECT bool_or(reserved <> 0) FROM balances")
        .fetch_one(&mut stand.db)
        .await
        .unwrap();
    assert!(!reserved, "all was stopped");
    stand.stop().await;
}

/// Prices come every quarter of an hour here: nothing but its command wakes the account.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_applied_long_before_the_next_price() {
    let mut spec = synthetic(&json!(1));
    spec["feed"]["interval"] = json!("1h");
    let mut stand = Stand::new().await;
    stand.start(Path::new(".")).await;
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &[dca()]).await;
    account.set_feed(&mut stand.db, "running").await;
    account.played_beyond(&mut stand.db, 0).await;
    for (word, status) in [("pause", "paused"), ("resume", "running")] {
        tell(&mut stand.db, &account, &[0], &json!({"command": word})).await;
        let db = tokio::sync::Mutex::new(&mut stand.db);
        wait_until(&format!("the bot is {status}"), || async {
            statuses(&mut **db.lock().await, &account).await[0].0 == status
        })
        .await;
    }
    stand.stop().await;
}

/// Although no feed plays, and whatever becomes of the bot: a command is answered once.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_cannot_be_given_is_answered() {
    let mut stand = Stand::new().await;
    let spec = synthetic(&json!("flat_out"));
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &[dca(), dca()]).await;
    stand.start(Path::new(".")).await;
    let errors = async |db: &mut PgConnection| -> Vec<Option<String>> {
        let db = tokio::sync::Mutex::new(db);
        wait_until("all commands are answered", || async {
            query_scalar::<_, bool>("SELECT bool_and(applied_pos IS NOT NULL) FROM bot_commands")
                .fetch_one(&mut **db.lock().await)
                .await
                .unwrap()
        })
        .await;
        query_scalar("SELECT error FROM bot_commands ORDER BY position")
            .fetch_all(&mut **db.lock().await)
            .await
            .unwrap()
    };
    assert_eq!(errors(&mut stand.db).await, [None, None]);
    stand.stop().await;
    // A newer release has saved the second: this one leaves it alone.
    query("UPDATE bots SET status = 'error' WHERE id = $1")
        .bind(account.bots[1])
        .execute(&mut stand.db)
        .await
        .unwrap();
    query("UPDATE bot_states SET state_format = 1000 WHERE bot_id = $1")
        .bind(account.bots[1])
        .execute(&mut stand.db)
        .await
        .unwrap();
    stand.start(Path::new(".")).await;
    for (bot, command, says) in [
        (0, "resume", None),
        (0, "dance", Some("the command cannot be read: ")),
        (1, "start", Some("the bot cannot be told anything")),
    ] {
        tell(
            &mut stand.db,
            &account,
            &[bot],
            &json!({"command": command}),
        )
        .await;
        let errors = errors(&mut stand.db).await;
        let said = errors.last().unwrap().as_deref();
        let fits = match says {
            Some(says) => said.is_some_and(|said| said.starts_with(says)),
            None => said.is_none(),
        };
        assert!(fits, "{command}: {said:?}");
    }
    stand.stop().await;
}

/// The engine looks for commands twice a second, and at once when it is woken.
#[tokio::test(flavor = "multi_thread")]
async fn a_wake_brings_a_command_before_the_next_look() {
    let mut spec = synthetic(&json!(1));
    spec["feed"]["interval"] = json!("1h");
    let mut stand = Stand::new().await;
    stand.start(Path::new(".")).await;
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &[dca()]).await;
    account.set_feed(&mut stand.db, "running").await;
    account.played_beyond(&mut stand.db, 0).await;
    let publisher = Publisher::new(Redis::connect(&stand.redis_config()));
    let mut quickest = Duration::MAX;
    for (word, status) in [("pause", "paused"), ("resume", "running")].repeat(5) {
        let told = Instant::now();
        tell(&mut stand.db, &account, &[0], &json!({"command": word})).await;
        // The first ones may come before Redis is reached.
        drop(publisher.wake(stand.user.shard()).await);
        let db = tokio::sync::Mutex::new(&mut stand.db);
        wait_until(&format!("the bot is {status}"), || async {
            statuses(&mut **db.lock().await, &account).await[0].0 == status
        })
        .await;
        quickest = quickest.min(told.elapsed());
    }
    assert!(quickest < Duration::from_millis(250), "{quickest:?}");
    stand.stop().await;
}
