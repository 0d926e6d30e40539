use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why an order was not accepted, by us or by the venue.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RejectCode {
    /// Price is no multiple of the tick.
    PriceOffTick,
    /// Price is outside the venue's band around the market.
    PriceOutsideBand,
    /// Price is zero or below.
    PriceNotPositive,
    /// Quantity is no multiple of the lot.
    QuantityOffLot,
    /// Quantity is below the smallest.
    BelowMinQuantity,
    /// Quantity is above the largest.
    AboveMaxQuantity,
    /// Price × quantity is below the smallest.
    BelowMinNotional,
    /// Price × quantity is above the largest.
    AboveMaxNotional,
    /// As many orders are open as the venue allows.
    TooManyOrders,
    /// The account has less free than the order needs.
    InsufficientBalance,
    /// A post-only order would have filled at once.
    WouldTake,
    /// The market does not trade now.
    MarketClosed,
    /// The venue refused for a reason of its own.
    Refused,
}

impl RejectCode {
    /// The code as it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PriceOffTick => "price_off_tick",
            Self::PriceOutsideBand => "price_outside_band",
            Self::PriceNotPositive => "price_not_positive",
            Self::QuantityOffLot => "quantity_off_lot",
            Self::BelowMinQuantity => "below_min_quantity",
            Self::AboveMaxQuantity => "above_max_quantity",
            Self::BelowMinNotional => "below_min_notional",
            Self::AboveMaxNotional => "above_max_notional",
            Self::TooManyOrders => "too_many_orders",
            Self::InsufficientBalance => "insufficient_balance",
            Self::WouldTake => "would_take",
            Self::MarketClosed => "market_closed",
            Self::Refused => "refused",
        }
    }
}

impl RejectCode {
    /// Whether the order is smaller than the market takes: more of the same would do.
    pub const fn is_too_small(self) -> bool {
        matches!(self, Self::BelowMinQuantity | Self::BelowMinNotional)
    }
}
