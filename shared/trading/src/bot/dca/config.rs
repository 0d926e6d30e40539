use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::{Amount, AmountError, MAX_DECIMALS, Rounding};
use crate::deal::{
    DealTerms, EntryPlan, EntryType, ExitPolicy, SafetyOrders, StopLoss, TakeProfit, Volume,
};
use crate::market::MinNotionalPolicy;

/// Configuration of a bot that opens deals and averages down with safety orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DcaConfig {
    /// Size of the first order of a deal.
    pub base_order: Volume,
    /// How the first order is priced.
    #[serde(default)]
    pub start_order_type: EntryType,
    /// What opens a deal.
    #[serde(default)]
    pub start_condition: StartCondition,
    /// Orders that average down.
    #[serde(default)]
    pub safety_orders: Option<SafetyOrders>,
    /// When to sell with a profit.
    pub take_profit: TakeProfit,
    /// When to sell with a loss.
    #[serde(default)]
    pub stop_loss: Option<StopLoss>,
    /// Deals open at once, 1–199.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 199, default = 1)]
    pub max_active_deals: u32,
    /// Seconds between the end of a deal and the next, 0–2,592,000.
    #[serde(default)]
    #[schema(maximum = 2_592_000)]
    pub cooldown_s: u32,
    /// Seconds between the condition of a deal and its first order, 0–2,592,000.
    #[serde(default)]
    #[schema(maximum = 2_592_000)]
    pub deal_start_delay_s: u32,
    /// Opens deals only at or above this price.
    #[serde(default)]
    pub min_price: Option<Amount>,
    /// Opens deals only at or below this price.
    #[serde(default)]
    pub max_price: Option<Amount>,
    /// Opens deals only while at least so much quote was traded in the last 24 hours, as far as the bot has seen their
    /// candles.
    #[serde(default)]
    pub min_volume_24h: Option<Amount>,
    /// Stops the bot after so many deals.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub disable_after_deals_count: Option<u32>,
    /// Percent of every profit added to the capital of later deals, 0–100: to each its share, one of `max_active_deals`.
    #[serde(default)]
    pub reinvesting_percentage: Amount,
    /// Percent of every loss taken off the capital of later deals, 0–100: off each its share, one of `max_active_deals`.
    #[serde(default)]
    pub risk_reduction_percentage: Amount,
    /// What to do when an order is below the market's smallest.
    #[serde(default)]
    pub min_notional_policy: MinNotionalPolicy,
}

const fn one() -> u32 {
    1
}

/// What opens a deal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartCondition {
    /// As soon as there is room for one.
    #[default]
    Immediate,
    /// An `enter_long` signal.
    Signal,
}

impl DealTerms for DcaConfig {
    fn entries(&self) -> EntryPlan<'_> {
        EntryPlan {
            base_order: self.base_order,
            start_order_type: self.start_order_type,
            limit_offset: None,
            timeout_s: None,
            safety_orders: self.safety_orders.as_ref(),
            min_notional_policy: self.min_notional_policy,
        }
    }

    fn exits(&self) -> ExitPolicy<'_> {
        ExitPolicy {
            take_profit: Some(&self.take_profit),
            stop_loss: self.stop_loss.as_ref(),
            max_hold_s: None,
        }
    }
}

/// Quote that one deal can spend, fees not counted: the first order and all safety orders.
///
/// `reference` values a first order in base; `free` is what a percentage is of.
///
/// # Errors
/// When a sum does not fit.
pub fn capital(config: &DcaConfig, reference: Amount, free: Amount) -> Result<Amount, AmountError> {
    config.entries().capital(reference, free)
}

impl DcaConfig {
    /// Safety orders that may rest at once.
    pub(crate) fn active_count(&self) -> usize {
        self.entries().active_count()
    }

    /// The lowest price at which a deal that begins at `price` is sold: its stop-loss, or `price` where it has none.
    pub(super) fn lowest_exit(&self, price: Amount) -> Result<Amount, AmountError> {
        let Some(stop) = self.exits().stop_loss else {
            return Ok(price);
        };
        let left = Amount::ONE.minus(stop.percentage.percent()?)?;
        price.mul_rounded(left, MAX_DECIMALS, Rounding::Down)
    }
}
