use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::amount::Amount;
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

/// What opens a deal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartCondition {
    /// As soon as there is room for one.
    #[default]
    Immediate,
    /// An `enter_long` signal. Nothing delivers signals yet, so that configurations with it are refused; bots that were
    /// saved with it can be read.
    Signal,
}

/// Names what configurations may ask for, not what can be read.
impl PartialSchema for StartCondition {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .enum_values(Some(["immediate"]))
            .description(Some(
                "What opens a deal. `immediate`: as soon as there is room for one.",
            ))
            .into()
    }
}

impl ToSchema for StartCondition {}

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

/// When to sell with a profit. Exactly one of `percentage` and `steps`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeProfit {
    /// Percent of profit after fees, above 0 and at most 1000.
    #[serde(default)]
    pub percentage: Option<Amount>,
    /// Of what the percentage is.
    #[serde(default)]
    pub reference: TakeProfitReference,
    /// Sells in parts: one after the other, lowest first.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub steps: Vec<TakeProfitStep>,
    /// Follows the price up once the profit is reached, and sells when it falls so many percent, 0.1–50, from its peak.
    #[serde(default)]
    pub trailing_deviation: Option<Amount>,
}

/// A part of the take-profit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeProfitStep {
    /// Percent of profit after fees, above 0 and at most 1000.
    pub percentage: Amount,
    /// Percent of the position to sell; all steps make 100.
    pub share: Amount,
}

/// Of what the take-profit percentage is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TakeProfitReference {
    /// Of all that the deal spent.
    #[default]
    Total,
    /// Of what the first order spent.
    Base,
}

/// When to sell with a loss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopLoss {
    /// Percent below the reference, above 0 and below 100.
    pub percentage: Amount,
    /// The price that the loss is measured from.
    #[serde(default)]
    pub reference: StopReference,
    /// What becomes of the bot.
    #[serde(default)]
    pub action: StopAction,
    /// Seconds that the price must stay there, 0–86,400. They begin anew when the price recovers or the stop moves.
    #[serde(default)]
    #[schema(maximum = 86_400)]
    pub timeout_s: u32,
    /// Follows the price up, always `percentage` below its peak.
    #[serde(default)]
    pub trailing: bool,
    /// Moves to break-even once a take-profit step is sold whole.
    #[serde(default)]
    pub to_breakeven: bool,
}

/// Below what the stop-loss lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopReference {
    /// The average cost of the deal.
    #[default]
    Average,
    /// The price of the first order.
    Base,
}

/// What becomes of the bot after a stop-loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopAction {
    /// It opens further deals.
    #[default]
    StopLoss,
    /// It stops.
    StopLossAndDisableBot,
}

impl DcaConfig {
    /// Safety orders that may rest at once.
    pub(crate) fn active_count(&self) -> usize {
        let configured = self
            .safety_orders
            .as_ref()
            .and_then(|orders| orders.active_count);
        configured.map_or(usize::MAX, |count| {
            usize::try_from(count).unwrap_or(usize::MAX)
        })
    }
}

impl TakeProfit {
    /// Percentage and share of a step; a plain take-profit has one step of everything.
    pub(crate) fn step(&self, index: usize) -> Option<TakeProfitStep> {
        match self.percentage {
            Some(percentage) if index == 0 => Some(TakeProfitStep {
                percentage,
                share: Amount::HUNDRED,
            }),
            Some(_) => None,
            None => self.steps.get(index).copied(),
        }
    }
}
