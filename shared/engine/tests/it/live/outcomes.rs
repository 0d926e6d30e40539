//! Orders of which it is not known whether the exchange has them, and news that are lost, doubled or out of order: one order
//! there, one fill here, nothing sent twice.

use emulator::{Action, Fault, Target};
use serde_json::json;
use testkit::wait_until;

use super::stand::{Stand, amount};
use crate::runner::stand::{dca, grid};

fn new_order() -> Target {
    Target {
        route: Some("POST /api/v3/order".to_owned()),
        user: None,
    }
}

#[tokio::test]
async fn an_order_that_was_carried_out_without_an_answer_is_found() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    let fault = Fault::TimeoutAfterAccept { hang_ms: 0 };
    stand.inject(fault, new_order());
    stand.start().await;
    let bot = stand.bot(&dca()).await;
    stand.becomes(bot, "running").await;
    stand.counts("open", 6).await;
    stand.agrees().await;
    stand.stop().await;
}

#[tokio::test]
async fn an_order_of_which_nothing_is_told_is_looked_up_and_not_sent_again() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.inject(Fault::TimeoutAfterAccept { hang_ms: 0 }, new_order());
    stand.act(Action::Inject {
        fault: Fault::SilentStream,
        target: Target::default(),
        times: None,
    });
    stand.start().await;
    let bot = stand.bot(&dca()).await;
    stand.becomes(bot, "running").await;
    stand.counts("open", 6).await;
    stand.agrees().await;
    stand.stop().await;
}

#[tokio::test]
async fn an_engine_that_dies_before_the_answer_leaves_one_order() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    // The exchange fills the order, and the engine hears of it neither in the answer nor from the stream.
    let fault = Fault::TimeoutAfterAccept { hang_ms: 60_000 };
    stand.inject(fault, new_order());
    stand.act(Action::Inject {
        fault: Fault::SilentStream,
        target: Target::default(),
        times: None,
    });
    stand.start().await;
    let bot = stand.bot(&dca()).await;
    wait_until("the exchange has the order", || async {
        !stand.emulator.books().orders.is_empty()
    })
    .await;
    stand.counts("sending", 1).await;
    stand.crash().await;
    stand.act(Action::ClearFaults {});

    stand.start().await;
    stand.counts("open", 6).await;
    assert_eq!(stand.status(bot).await.0, "running");
    stand.agrees().await;
    stand.stop().await;
}

#[tokio::test]
async fn fills_whose_news_are_lost_doubled_or_swapped_are_booked_once() {
    for fault in [Fault::DropStream, Fault::DuplicateEvent, Fault::SwapEvents] {
        let mut stand = Stand::new().await;
        stand.price("60000");
        stand.start().await;
        let bot = stand.bot(&grid("59000", "61000", 10)).await;
        stand.becomes(bot, "running").await;
        stand.counts("open", 10).await;
        stand.inject(fault, Target::default());
        stand.price("59750");
        stand.counts("filled", 2).await;
        stand.price("59350");
        stand.agrees().await;
        assert_eq!(stand.status(bot).await.0, "running");
        stand.stop().await;
    }
}

#[tokio::test]
async fn an_order_that_fills_in_parts_is_booked_in_parts() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.start().await;
    let shares = vec![amount("0.3"), amount("0.3")];
    stand.inject(Fault::PartialFills { shares }, new_order());
    let bot = stand.bot(&dca()).await;
    stand.becomes(bot, "running").await;
    for price in ["60001", "60002", "60003"] {
        stand.price(price);
    }
    stand.agrees().await;
    stand
        .command(bot, &json!({"command": "stop", "mode": "sell"}))
        .await;
    stand.becomes(bot, "stopped").await;
    stand.agrees().await;
    stand.stop().await;
}

#[tokio::test]
async fn bots_pause_when_their_keys_are_revoked() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.start().await;
    let bot = stand.bot(&dca()).await;
    stand.counts("open", 6).await;
    stand.act(Action::RevokeKey {
        user: "ann".to_owned(),
        is_revoked: true,
    });
    stand.becomes(bot, "paused").await;
    let (_, reason) = stand.status(bot).await;
    assert_eq!(reason.as_deref(), Some("exchange_keys_refused"));
    stand.agrees().await;
    stand.stop().await;
}

#[tokio::test]
async fn keys_that_are_revoked_while_nobody_looks_are_told_at_the_next_start() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.start().await;
    let bot = stand.bot(&dca()).await;
    stand.counts("open", 6).await;
    stand.stop().await;
    stand.act(Action::RevokeKey {
        user: "ann".to_owned(),
        is_revoked: true,
    });

    stand.start().await;
    let told = Some("exchange_keys_refused".to_owned());
    wait_until("the bot says why it does not trade", || async {
        stand.status(bot).await == ("running".to_owned(), told.clone())
    })
    .await;
    assert_eq!(stand.feed().await, "running", "it stands by for others");
    stand.stop().await;
}
