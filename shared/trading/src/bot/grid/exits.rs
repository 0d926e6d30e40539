use super::GridConfig;
use crate::bot::{CloseReason, Facts, Limit, Quote};

/// Why a grid would end at a price.
pub(super) fn exit_at(config: &GridConfig, quote: &Quote) -> Option<CloseReason> {
    if config.stop_loss_price.is_some_and(|stop| quote.bid <= stop) {
        return Some(CloseReason::LowerExit);
    }
    let take = config.take_profit_price;
    take.is_some_and(|take| quote.bid >= take)
        .then_some(CloseReason::UpperExit)
}

/// The exit price of a grid that a price has reached.
pub(super) fn exit_facts(config: &GridConfig, reason: CloseReason, quote: &Quote) -> Facts {
    let (limit, exit) = if reason == CloseReason::LowerExit {
        (Limit::StopLossPrice, config.stop_loss_price)
    } else {
        (Limit::TakeProfitPrice, config.take_profit_price)
    };
    Facts {
        limit_value: exit,
        ..Facts::limit(limit, quote.bid, quote.bid)
    }
}
