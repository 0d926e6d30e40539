use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;
use crate::market::MinNotionalPolicy;

/// What a deal buys: its first order, and those that average down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryPlan<'a> {
    /// Size of the first order.
    pub base_order: Volume,
    /// How the first order is priced.
    pub start_order_type: EntryType,
    /// Percent below that price at which a limit rests; at the price itself where it is absent.
    pub limit_offset: Option<Amount>,
    /// Seconds after which what is not filled of the first order is cancelled.
    pub timeout_s: Option<u32>,
    /// Orders that average down.
    pub safety_orders: Option<&'a SafetyOrders>,
    /// What to do when an order is below the market's smallest.
    pub min_notional_policy: MinNotionalPolicy,
}

/// Size of the first order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "unit", rename_all = "snake_case", deny_unknown_fields)]
pub enum Volume {
    /// A sum of quote.
    Quote {
        /// How much, fee not counted.
        amount: Amount,
    },
    /// A quantity of base.
    Base {
        /// The quantity, in base.
        amount: Amount,
    },
    /// A part of the free quote.
    Percent {
        /// Percent, above 0 and at most 100.
        amount: Amount,
    },
}

/// How the first order is priced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryType {
    /// At market.
    #[default]
    Market,
    /// A limit at the price that opened the deal.
    Limit,
}

/// Orders that average down below the first one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SafetyOrders {
    /// Quote of the first safety order, fee not counted.
    pub volume: Amount,
    /// Percent between the first order and the first safety order, 0.1–50.
    pub step_percentage: Amount,
    /// How many, 0–200.
    #[schema(maximum = 200)]
    pub max_count: u32,
    /// How many rest in the book at once; all when absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 200)]
    pub active_count: Option<u32>,
    /// Each volume is the one before times this, 0.1–10.
    #[serde(default = "unit")]
    pub volume_coefficient: Amount,
    /// Each step is the one before times this, 0.1–10.
    #[serde(default = "unit")]
    pub step_coefficient: Amount,
    /// In place of volume, step, count and coefficients: every order by itself.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub custom_steps: Option<Vec<CustomStep>>,
    /// From what each step is measured.
    #[serde(default)]
    pub deviation_reference: DeviationReference,
}

const fn unit() -> Amount {
    Amount::ONE
}

/// One safety order by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomStep {
    /// Percent below the first order, above 0 and below 100.
    pub deviation: Amount,
    /// Quote to spend, fee not counted.
    pub size: Amount,
}

/// From what the deviation of a safety order is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviationReference {
    /// Steps add up and are taken off the first order's price.
    #[default]
    Base,
    /// Each step is taken off the price of the safety order before.
    Previous,
}

impl EntryPlan<'_> {
    /// Safety orders that may rest at once.
    pub(crate) fn active_count(&self) -> usize {
        let configured = self.safety_orders.and_then(|orders| orders.active_count);
        configured.map_or(usize::MAX, |count| {
            usize::try_from(count).unwrap_or(usize::MAX)
        })
    }

    /// Safety orders of a deal, those that a person adds not counted.
    pub(super) fn safety_order_count(&self) -> usize {
        self.safety_orders.map_or(0, |orders| {
            orders.custom_steps.as_ref().map_or_else(
                || usize::try_from(orders.max_count).unwrap_or(usize::MAX),
                Vec::len,
            )
        })
    }
}
