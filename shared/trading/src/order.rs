//! Orders and fills, as every venue knows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::{Amount, AmountError, Rounding};
use crate::market::RejectCode;
use crate::symbol::{Asset, Symbol};

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;

/// Number of an order within its bot, from 1.
pub type OrderNumber = u64;

/// Number of a deal within its bot, from 1.
pub type DealNumber = u32;

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
    /// The deal it belongs to.
    pub deal: DealNumber,
    /// Why it exists.
    pub purpose: Purpose,
    /// Safety order, take-profit step, grid line or purchase; 0 where there is one only.
    pub level: u32,
    /// Counts the orders of the same deal, purpose and level from 1: retries, replacements, grid cycles.
    pub attempt: u32,
    /// Which way.
    pub side: Side,
    /// Price rule.
    #[serde(rename = "order_type")]
    pub kind: OrderType,
    /// How much.
    pub size: OrderSize,
    /// The scheduled time that a purchase stands for: a second one for the same time is a duplicate.
    pub scheduled_at: Option<Millis>,
}

/// Whether a fill waited in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Liquidity {
    /// It rested and was hit.
    Maker,
    /// It took what was there.
    Taker,
}

/// What a venue charged for a fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// In which it was charged.
    pub asset: Asset,
    /// Positive is paid, negative a rebate.
    pub amount: Amount,
    /// Share of the trade, 0.001 for 0.1 %, where known.
    pub rate: Option<Amount>,
    /// Not reported by the venue but computed here.
    pub is_estimated: bool,
    /// Quote per unit of `asset` at fill time; needed when the asset is neither base nor quote.
    pub conversion: Option<Amount>,
}

/// One execution of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// The order, by its number within the bot.
    pub order: OrderNumber,
    /// The venue's identity of the trade; a second fill of the same identity is the same fill.
    pub trade: String,
    /// Price in quote.
    pub price: Amount,
    /// Base that changed hands, before fees.
    pub quantity: Amount,
    /// Quote that changed hands, before fees: price × quantity, or what the venue says.
    pub quote: Amount,
    /// What it cost.
    pub fee: Fee,
    /// Maker or taker.
    pub liquidity: Liquidity,
    /// The order has nothing left to fill.
    pub is_last: bool,
}

/// What a fill does to the books: the fee of any asset is in here once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Legs {
    /// Change of base, fee included.
    pub base: Amount,
    /// Change of quote, fee included.
    pub quote: Amount,
    /// Value in quote of a fee that is not taken from base: part of the cost, or off the proceeds.
    pub fee_not_in_base: Amount,
    /// Value in quote of the whole fee, for reports.
    pub fee_value: Amount,
}

/// A fill whose fee cannot be valued or counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LegsError {
    /// The fee is in a third asset and its price at fill time is missing.
    #[error("the fee's asset has no price in quote")]
    NoConversion,
    /// The sums have no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl Fill {
    /// Changes of base and quote for a fill on `side` of `symbol`.
    ///
    /// # Errors
    /// When the fee has no known value in quote, or a sum no exact form.
    pub fn legs(&self, side: Side, symbol: &Symbol) -> Result<Legs, LegsError> {
        let (mut base, mut quote) = match side {
            Side::Buy => (self.quantity, self.quote.negated()),
            Side::Sell => (self.quantity.negated(), self.quote),
        };
        let fee = self.fee.amount;
        let (fee_value, fee_not_in_base);
        if self.fee.asset == *symbol.quote() {
            quote = quote.minus(fee)?;
            fee_value = fee;
            fee_not_in_base = fee;
        } else if self.fee.asset == *symbol.base() {
            base = base.minus(fee)?;
            fee_value =
                fee.mul_rounded(self.price, crate::amount::MAX_DECIMALS, Rounding::HalfEven)?;
            fee_not_in_base = Amount::ZERO;
        } else {
            let price = self.fee.conversion.ok_or(LegsError::NoConversion)?;
            fee_value = fee.mul_rounded(price, crate::amount::MAX_DECIMALS, Rounding::HalfEven)?;
            fee_not_in_base = fee_value;
        }
        Ok(Legs {
            base,
            quote,
            fee_not_in_base,
            fee_value,
        })
    }

    /// The changes without the fee, for a fill whose fee cannot be counted.
    pub fn legs_without_fee(&self, side: Side) -> Legs {
        let (base, quote) = match side {
            Side::Buy => (self.quantity, self.quote.negated()),
            Side::Sell => (self.quantity.negated(), self.quote),
        };
        Legs {
            base,
            quote,
            fee_not_in_base: Amount::ZERO,
            fee_value: Amount::ZERO,
        }
    }
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Durable, not yet confirmed by the venue.
    Sending,
    /// In the book.
    Open,
    /// In the book, part of it filled.
    PartiallyFilled,
    /// Filled whole.
    Filled,
    /// A cancel is on its way.
    Canceling,
    /// Cancelled, with or without fills.
    Canceled,
    /// Ended by the venue: time in force, self-trade prevention.
    Expired,
    /// Refused for good; nothing happened.
    Rejected,
    /// The venue's answer is ambiguous; it is looked up.
    Unknown,
    /// Proven never to have existed; the intent may be issued again.
    Absent,
}

impl OrderStatus {
    /// Nothing more can happen but a late fill.
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Filled | Self::Canceled | Self::Expired | Self::Rejected | Self::Absent => true,
            Self::Sending
            | Self::Open
            | Self::PartiallyFilled
            | Self::Canceling
            | Self::Unknown => false,
        }
    }
}

/// News of an order that is not a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderUpdate {
    /// The order, by its number within the bot.
    pub order: OrderNumber,
    /// Its new status.
    pub status: OrderStatus,
    /// Why it was refused.
    pub reject: Option<RejectCode>,
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
