//! Orders of which it is not known whether the exchange has them: one order there, one fill here, nothing sent twice.

use emulator::{Fault, Target};

use super::stand::Stand;
use crate::runner::stand::dca;

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
