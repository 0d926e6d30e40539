//! Bots that cannot go on: their orders leave the book, what fills until then is booked, and the others trade on.

use serde_json::json;

use super::stand::Stand;
use crate::runner::stand::{dca, grid};

#[tokio::test]
async fn the_orders_of_a_bot_whose_state_is_lost_are_cancelled_and_their_fills_booked() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.start().await;
    let lost = stand.bot(&grid("59000", "61000", 10)).await;
    let other = stand.bot(&dca()).await;
    stand.counts("open", 16).await;
    stand.stop().await;
    stand
        .execute("UPDATE bot_states SET state = '{}' WHERE bot_id = $1", lost)
        .await;
    // Two of its orders are filled while nobody looks.
    stand.price("59550");

    stand.start().await;
    stand.becomes(lost, "error").await;
    stand.bot_counts(lost, "open", 0).await;
    stand.bot_counts(lost, "canceled", 8).await;
    stand.agrees().await;
    assert_eq!(stand.status(other).await.0, "running");
    assert_eq!(
        stand.bot_count(lost, "filled").await,
        3,
        "its base and two lines"
    );

    // All that it had bought is its own still, also what was in its sell orders: it can be sold, and the bot stopped.
    assert_eq!(stand.owned(lost).await, "0.06993");
    stand
        .command(lost, &json!({"command": "stop", "mode": "sell"}))
        .await;
    stand.becomes(lost, "stopped").await;
    stand.agrees().await;
    stand.bot_counts(lost, "filled", 4).await;
    assert_eq!(stand.sold(lost).await, "0.06993");
    stand.stop().await;
}
