use serde::Serialize;
use utoipa::ToSchema;

use crate::amount::{Amount, AmountError};
use crate::order::{OrderType, Purpose, Side};
use crate::paper::{AccountError, SessionError};
use crate::symbol::Asset;

/// One order of a preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PreviewLevel)]
pub struct Level {
    /// Why the order exists.
    pub purpose: Purpose,
    /// Safety order, grid line or purchase; 0 where there is one only.
    pub level: u32,
    /// Whether it buys or sells.
    pub side: Side,
    /// How its price is set.
    #[serde(rename = "order_type")]
    pub kind: OrderType,
    /// Limit, or the price now for a market order.
    pub price: Amount,
    /// Quantity in base.
    pub quantity: Amount,
    /// Value in quote, price × quantity.
    pub quote: Amount,
    /// Fee of its fill.
    pub fee: Amount,
    /// Asset of the fee.
    pub fee_asset: Asset,
    /// Whether it is placed at the start; the others follow as those before them fill.
    pub is_placed_at_start: bool,
    /// Average price of what the deal holds once this order is filled, at 18 decimals: only for entries of deals.
    pub average: Option<Amount>,
    /// Orders that would then wait to sell it.
    pub exits: Vec<Exit>,
}

/// An order that waits to sell what a deal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PreviewExit)]
pub struct Exit {
    /// Limit price at which it sells.
    pub price: Amount,
    /// Quantity that it sells, in base.
    pub quantity: Amount,
}

/// Why a configuration that was found sound cannot be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PreviewError {
    /// The simulation failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The account of the simulation cannot be made.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A sum has no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}
