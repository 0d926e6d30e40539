use serde::{Deserialize, Serialize};

use super::StrategyConfig;
use crate::amount::Amount;
use crate::deal::{DealTerms, EntryPlan, EntryType, ExitPolicy, StopLoss, TakeProfit, Volume};
use crate::market::MinNotionalPolicy;

/// The rules that a deal of a strategy bot was opened under, and how much it buys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyTerms {
    /// What its first order buys, as it was sized when the deal began.
    pub volume: Volume,
    order_type: EntryType,
    limit_offset: Option<Amount>,
    timeout_s: Option<u32>,
    take_profit: Option<TakeProfit>,
    stop_loss: Option<StopLoss>,
    max_hold_s: Option<u32>,
    min_notional_policy: MinNotionalPolicy,
}

impl StrategyTerms {
    /// Those of a deal that begins now.
    pub(super) fn new(config: &StrategyConfig, volume: Volume) -> Self {
        Self {
            volume,
            order_type: config.order_type,
            limit_offset: config.limit_offset_percentage,
            timeout_s: config.unfilled_timeout_s,
            take_profit: config.take_profit.clone(),
            stop_loss: config.stop_loss.clone(),
            max_hold_s: config.max_hold_s,
            min_notional_policy: config.min_notional_policy,
        }
    }
}

impl StrategyTerms {
    /// Those of a deal that buys nothing and sells what it holds at market.
    pub(super) const fn of_a_sale() -> Self {
        Self {
            volume: Volume::Quote {
                amount: Amount::ZERO,
            },
            order_type: EntryType::Market,
            limit_offset: None,
            timeout_s: None,
            take_profit: None,
            stop_loss: None,
            max_hold_s: None,
            min_notional_policy: MinNotionalPolicy::Reject,
        }
    }
}

impl DealTerms for StrategyTerms {
    fn entries(&self) -> EntryPlan<'_> {
        EntryPlan {
            base_order: self.volume,
            start_order_type: self.order_type,
            limit_offset: self.limit_offset,
            timeout_s: self.timeout_s,
            safety_orders: None,
            min_notional_policy: self.min_notional_policy,
        }
    }

    fn exits(&self) -> ExitPolicy<'_> {
        ExitPolicy {
            take_profit: self.take_profit.as_ref(),
            stop_loss: self.stop_loss.as_ref(),
            max_hold_s: self.max_hold_s,
        }
    }
}
