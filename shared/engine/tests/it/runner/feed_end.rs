//! What becomes of bots when there are no more prices.

use std::path::Path;

use sea_orm::sqlx::{PgConnection, query, query_as, query_scalar};
use serde_json::{Value, json};
use testkit::{paper::PaperAccount, wait_until};
use trading::{
    Amount,
    order::{OrderStatus, Purpose},
};

use super::{
    commands::tell,
    stand::{Stand, backtest, dca, grid, interval, synthetic, times as times_of},
};

fn short() -> Value {
    let mut spec = synthetic(&json!("flat_out"));
    spec["feed"]["candles"] = json!(300);
    spec
}

pub(super) async fn statuses(
    db: &mut PgConnection,
    account: &PaperAccount,
) -> Vec<(String, Option<String>)> {
    query_as("SELECT status, status_reason FROM bots WHERE connection_id = $1 ORDER BY id")
        .bind(account.connection)
        .fetch_all(db)
        .await
        .unwrap()
}

fn ended() -> (String, Option<String>) {
    ("stopped".to_owned(), Some("feed_ended".to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_stop_with_their_feed_and_their_books_stay_as_they_are() {
    let (dir, spec) = (Path::new("."), short());
    let configs = [dca(), grid("50000", "70000", 20), interval("200")];
    let mut stand = Stand::new().await;
    stand.start(dir).await;
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    account.set_feed(&mut stand.db, "running").await;
    assert_eq!(account.played(&mut stand.db).await.0, "finished");
    let found = statuses(&mut stand.db, &account).await;
    assert_eq!(found, [ended(), ended(), ended()]);
    let ledger = account.ledger(&mut stand.db).await;
    let open = |status| status == OrderStatus::Open;
    assert!(ledger.orders.iter().any(|order| open(order.status)));
    assert_eq!(ledger.difference(&backtest(&spec, &configs, dir)), None);
    stand.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_after_the_end_happens_at_the_time_of_the_last_price() {
    let (dir, spec) = (Path::new("."), short());
    let mut stand = Stand::new().await;
    stand.start(dir).await;
    let configs = [grid("50000", "70000", 20)];
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    account.set_feed(&mut stand.db, "running").await;
    account.played(&mut stand.db).await;
    let stop = json!({"command": "stop", "mode": "keep"});
    tell(&mut stand.db, &account, &[0], &stop).await;
    let applied = "SELECT count(*) FROM bot_commands WHERE bot_id = $1 AND applied_pos IS NULL";
    let db = tokio::sync::Mutex::new(&mut stand.db);
    wait_until("the bot is stopped again", || async {
        let waiting = query_scalar::<_, i64>(applied).bind(account.bots[0]);
        waiting.fetch_one(&mut **db.lock().await).await.unwrap() == 0
    })
    .await;
    let times: Vec<i64> = query_scalar(
        "SELECT DISTINCT ended_at FROM orders
         WHERE bot_id = $1 AND status = 'canceled'",
    )
    .bind(account.bots[0])
    .fetch_all(&mut stand.db)
    .await
    .unwrap();
    assert_eq!(times, [*times_of(&spec).last().unwrap()]);
    stand.stop().await;
}

/// As when they arrive while the last price is played: whoever gave them hears that nothing comes of them.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_price_is_refused_after_the_end() {
    let (dir, spec) = (Path::new("."), short());
    let mut stand = Stand::new().await;
    stand.start(dir).await;
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &[dca()]).await;
    account.set_feed(&mut stand.db, "running").await;
    account.played(&mut stand.db).await;
    let before = account.ledger(&mut stand.db).await;
    let deal: i32 = query_scalar("SELECT max(number) FROM deals WHERE bot_id = $1")
        .bind(account.bots[0])
        .fetch_one(&mut stand.db)
        .await
        .unwrap();
    for (command, error) in [
        (json!({"command": "start"}), Some("feed_ended")),
        (
            json!({"command": "add_funds", "deal": deal, "amount": "100"}),
            Some("feed_ended"),
        ),
        (
            json!({"command": "take_over", "quantity": "0.001", "price": "60000"}),
            Some("feed_ended"),
        ),
        (
            json!({"command": "close_deal", "deal": deal}),
            Some("feed_ended"),
        ),
        (json!({"command": "resume"}), Some("feed_ended")),
        (json!({"command": "pause"}), None),
    ] {
        tell(&mut stand.db, &account, &[0], &command).await;
        let db = tokio::sync::Mutex::new(&mut stand.db);
        wait_until("the command is answered", || async {
            let waiting = "SELECT count(*) FROM bot_commands WHERE applied_pos IS NULL";
            let waiting = query_scalar::<_, i64>(waiting);
            waiting.fetch_one(&mut **db.lock().await).await.unwrap() == 0
        })
        .await;
        let answer = "SELECT error FROM bot_commands ORDER BY position DESC LIMIT 1";
        let answer: Option<String> = query_scalar(answer).fetch_one(&mut stand.db).await.unwrap();
        assert_eq!(answer.as_deref(), error, "{command}");
        assert_eq!(statuses(&mut stand.db, &account).await, [ended()]);
    }
    assert_eq!(account.ledger(&mut stand.db).await, before);
    stand.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_asked_for_after_the_end_is_made_at_the_last_price() {
    let (dir, spec) = (Path::new("."), short());
    let configs = [dca(), grid("50000", "70000", 20), interval("200")];
    let mut stand = Stand::new().await;
    stand.start(dir).await;
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    account.set_feed(&mut stand.db, "running").await;
    account.played(&mut stand.db).await;
    // An earlier release left them running: the first two are told to sell, the other one to keep what it has.
    query("UPDATE bots SET status = 'stopping', status_reason = NULL WHERE connection_id = $1")
        .bind(account.connection)
        .execute(&mut stand.db)
        .await
        .unwrap();
    tell(
        &mut stand.db,
        &account,
        &[0, 1],
        &json!({"command": "stop", "mode": "sell"}),
    )
    .await;
    tell(
        &mut stand.db,
        &account,
        &[2],
        &json!({"command": "stop", "mode": "keep"}),
    )
    .await;
    let db = tokio::sync::Mutex::new(&mut stand.db);
    wait_until("the bots stop", || async {
        let found = statuses(&mut **db.lock().await, &account).await;
        found.iter().all(|(status, _)| status == "stopped")
    })
    .await;
    let ledger = account.ledger(&mut stand.db).await;
    assert!(ledger.orders.iter().all(|order| order.status.is_terminal()));
    for bot in 0..2 {
        let mut held = Amount::ZERO;
        let mut sale = None;
        for order in ledger.orders.iter().filter(|order| order.bot == bot) {
            for fill in &order.fills {
                let bought = order.side == trading::order::Side::Buy;
                let change = if bought {
                    fill.quantity
                } else {
                    fill.quantity.negated()
                };
                held = held.plus(change).unwrap();
                if fill.fee_asset.to_string() == "BTC" {
                    held = held.minus(fill.fee).unwrap();
                }
            }
            if order.purpose == Purpose::Close {
                sale = order.fills.first();
            }
        }
        assert!(held < "0.0001".parse().unwrap(), "bot {bot} holds {held}");
        assert!(bot == 0 || sale.is_some(), "bot {bot}");
    }
    stand.stop().await;
}
