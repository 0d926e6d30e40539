//! What is told of orders and fills. Their times are those of the data's clock.

use chrono::{DateTime, Utc};
use serde::Serialize;
use trading::{
    Amount, Asset,
    market::RejectCode,
    order::{Liquidity, OrderStatus, OrderType, Purpose, Side},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// Data of `order.created`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OrderCreated {
    /// Id of the order.
    pub id: Uuid,
    /// The bot that placed it.
    pub bot_id: Uuid,
    /// Its id at the venue, given by us.
    pub client_order_id: String,
    /// What it trades.
    pub symbol: String,
    /// Its number within the bot.
    #[schema(minimum = 1)]
    pub number: u64,
    /// Number of its deal.
    pub deal: u32,
    /// Why it exists.
    pub purpose: Purpose,
    /// Which of its purpose.
    pub level: u32,
    /// Counts the orders of the same deal, purpose and level from 1.
    #[schema(minimum = 1)]
    pub attempt: u32,
    /// Whether it buys or sells.
    pub side: Side,
    /// How it is priced.
    pub order_type: OrderType,
    /// Base asked for; null where quote is.
    pub quantity: Option<Amount>,
    /// Quote asked for, of a market buy.
    pub quote_quantity: Option<Amount>,
    /// When it was placed.
    #[serde(with = "platform::time::wire")]
    pub placed_at: DateTime<Utc>,
}

/// Data of `order.filled`: one fill.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OrderFilled {
    /// Id of the order.
    pub id: Uuid,
    /// The bot that placed it.
    pub bot_id: Uuid,
    /// Id of the fill.
    pub fill_id: Uuid,
    /// What was traded.
    pub symbol: String,
    /// Number of the order within the bot.
    #[schema(minimum = 1)]
    pub number: u64,
    /// Whether it bought or sold.
    pub side: Side,
    /// Price, in quote.
    pub price: Amount,
    /// Quantity filled, in base.
    pub quantity: Amount,
    /// Price times quantity, in quote.
    pub quote: Amount,
    /// Fee charged, in the fee asset.
    pub fee: Amount,
    /// In what it was charged.
    pub fee_asset: Asset,
    /// Whether it waited in the book.
    pub liquidity: Liquidity,
    /// Whether the order has nothing left to fill.
    pub is_last: bool,
    /// When it was filled.
    #[serde(with = "platform::time::wire")]
    pub filled_at: DateTime<Utc>,
}

/// Data of `order.cancelled`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OrderCancelled {
    /// Id of the order.
    pub id: Uuid,
    /// The bot that placed it.
    pub bot_id: Uuid,
    /// Its number within the bot.
    #[schema(minimum = 1)]
    pub number: u64,
    /// Where it stands.
    pub status: OrderStatus,
    /// Always null: it was not refused.
    pub reject_code: Option<RejectCode>,
    /// When it ended.
    #[serde(with = "platform::time::wire")]
    pub ended_at: DateTime<Utc>,
}

/// Data of `order.rejected`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OrderRejected {
    /// Id of the order.
    pub id: Uuid,
    /// The bot that placed it.
    pub bot_id: Uuid,
    /// Its number within the bot.
    #[schema(minimum = 1)]
    pub number: u64,
    /// Where it stands.
    pub status: OrderStatus,
    /// Why it was refused.
    pub reject_code: RejectCode,
    /// When it ended.
    #[serde(with = "platform::time::wire")]
    pub ended_at: DateTime<Utc>,
}
