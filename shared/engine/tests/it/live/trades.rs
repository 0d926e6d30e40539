//! What bots ask for reaches the exchange, and what the exchange does reaches the bots.

use serde_json::json;

use super::stand::Stand;
use crate::runner::stand::{dca, grid};

#[tokio::test]
async fn a_dca_bot_buys_takes_its_profit_and_stops() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.start().await;
    let bot = stand.bot(&dca()).await;
    stand.becomes(bot, "running").await;
    // The entry is filled; five safety orders and the take-profit rest.
    stand.counts("filled", 1).await;
    stand.counts("open", 6).await;
    stand.agrees().await;

    stand.price("59650");
    stand.counts("filled", 2).await;
    stand.agrees().await;

    stand.price("60700");
    // The take-profit is filled, the safety orders are cancelled, and the next deal begins.
    stand.counts("filled", 4).await;
    stand.agrees().await;

    stand
        .command(bot, &json!({"command": "stop", "mode": "sell"}))
        .await;
    stand.becomes(bot, "stopped").await;
    stand.counts("open", 0).await;
    stand.agrees().await;
    stand.stop().await;
}

#[tokio::test]
async fn a_grid_trades_its_lines_under_two_engines() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.start().await;
    let bot = stand.bot(&grid("59000", "61000", 10)).await;
    stand.becomes(bot, "running").await;
    stand.counts("filled", 1).await;
    stand.counts("open", 10).await;
    stand.price("59750");
    stand.counts("filled", 2).await;
    stand.agrees().await;
    stand.stop().await;

    // Nobody looks while a line is filled.
    stand.price("60250");
    stand.start().await;
    stand.agrees().await;
    stand.price("59350");
    stand.agrees().await;
    stand
        .command(bot, &json!({"command": "stop", "mode": "keep"}))
        .await;
    stand.becomes(bot, "stopped").await;
    stand.agrees().await;
    stand.stop().await;
}
