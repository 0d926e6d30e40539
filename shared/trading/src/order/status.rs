use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{OrderIntent, OrderNumber};
use crate::amount::Amount;
use crate::market::RejectCode;

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

    /// Whether the venue may not have the order: it was not confirmed yet.
    pub const fn is_unconfirmed(self) -> bool {
        matches!(self, Self::Sending | Self::Unknown)
    }
}

/// What an exchange decided about a new order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed<'a> {
    /// What was asked for.
    pub intent: &'a OrderIntent,
    /// Set aside for it by the simulated exchange: quote of a buy, base of a sell.
    pub reserved: Amount,
    /// The simulated exchange fills it at the next point's price, if its limit allows.
    pub is_marketable: bool,
    /// Where it stands.
    pub status: OrderStatus,
    /// Why it was refused.
    pub reject: Option<RejectCode>,
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
