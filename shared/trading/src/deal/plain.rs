use serde::{Deserialize, Serialize};

use super::{DealTerms, EntryPlan, EntryType, ExitPolicy, StopLoss, TakeProfit, Volume};
use crate::amount::Amount;
use crate::market::MinNotionalPolicy;

/// The rules that a deal without safety orders was opened under, and how much it buys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainTerms {
    /// What its first order buys, as it was sized when the deal began.
    pub volume: Volume,
    pub(crate) order_type: EntryType,
    pub(crate) limit_offset: Option<Amount>,
    pub(crate) timeout_s: Option<u32>,
    pub(crate) take_profit: Option<TakeProfit>,
    pub(crate) stop_loss: Option<StopLoss>,
    pub(crate) max_hold_s: Option<u32>,
    pub(crate) min_notional_policy: MinNotionalPolicy,
}

impl PlainTerms {
    /// Those of a deal that buys nothing and sells what it holds at market.
    pub(crate) const fn of_a_sale() -> Self {
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

impl DealTerms for PlainTerms {
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
