use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DealNumber, LegId, Millis, OrderNumber};
use crate::amount::Amount;

/// Which way base moves.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Base comes in, quote goes out.
    Buy,
    /// Base goes out, quote comes in.
    Sell,
}

/// How an order is priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum OrderType {
    /// At whatever the market gives.
    Market,
    /// At `price` or better.
    Limit {
        /// The worst price accepted, in quote.
        price: Amount,
        /// How long it may wait.
        time_in_force: TimeInForce,
    },
}

/// How long a limit order may wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    /// Until it is cancelled.
    #[default]
    GoodTillCancelled,
    /// What is not filled at once is cancelled.
    ImmediateOrCancel,
    /// Refused when it would fill at once.
    PostOnly,
}

/// How much an order asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderSize {
    /// A quantity of base.
    Base(Amount),
    /// Market buys only: the quote to spend, fee not counted.
    Quote(Amount),
}

/// Why a bot wants an order; with deal, level and attempt it is the order's unique key within the bot.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A scheduled buy.
    Interval,
    /// The first entry of a deal.
    Base,
    /// A safety order.
    Safety,
    /// The take-profit.
    TakeProfit,
    /// The exit of a trailing take-profit.
    Trailing,
    /// The exit of a stop-loss.
    StopLoss,
    /// An exit that a person or a signal asked for.
    Close,
    /// Base that a grid buys for its first sell lines.
    GridStart,
    /// A buy line of a grid.
    GridBuy,
    /// A sell line of a grid.
    GridSell,
}

/// An order that a bot wants. It must be durable before it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderIntent {
    /// Number within the bot.
    pub number: OrderNumber,
    /// The leg that it trades on.
    #[serde(default, skip_serializing_if = "LegId::is_first")]
    pub leg: LegId,
    /// The deal it belongs to.
    pub deal: DealNumber,
    /// Why it exists.
    pub purpose: Purpose,
    /// Safety order, take-profit step, grid line or purchase; 0 where there is one only.
    pub level: u32,
    /// Counts the orders of the same deal, purpose and level from 1: retries, replacements, grid cycles.
    pub attempt: u32,
    /// Whether base is bought or sold.
    pub side: Side,
    /// At market, or at which limit.
    #[serde(rename = "order_type")]
    pub kind: OrderType,
    /// How much base is traded, or quote spent.
    pub size: OrderSize,
    /// The scheduled time that a purchase stands for: a second one for the same time is a duplicate.
    pub scheduled_at: Option<Millis>,
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
}

impl OrderType {
    /// The limit, when there is one.
    pub const fn limit(self) -> Option<Amount> {
        match self {
            Self::Limit { price, .. } => Some(price),
            Self::Market => None,
        }
    }
}
