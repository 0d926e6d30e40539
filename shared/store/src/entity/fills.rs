//! Table `fills`: executions of orders.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use trading::{
    Asset, Symbol,
    order::{Liquidity, Side},
};

use crate::column::{Numeric, Text};

/// An execution of an order.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "fills")]
pub struct Model {
    /// This fill.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The connection that it belongs to.
    pub connection_id: Uuid,
    /// The bot that it belongs to.
    pub bot_id: Uuid,
    /// The order that was executed.
    pub order_id: Uuid,
    /// What was traded.
    pub symbol: Text<Symbol>,
    /// Identity of the trade within connection and market: the venue's own, or on paper that of the order and a number.
    #[sea_orm(column_type = "Text")]
    pub venue_trade_id: String,
    /// `buy` or `sell`.
    pub side: Text<Side>,
    /// Price in quote.
    pub price: Numeric,
    /// Base that changed hands, before fees.
    pub quantity: Numeric,
    /// Quote that changed hands, before fees.
    pub quote: Numeric,
    /// In what the fee was charged.
    pub fee_asset: Text<Asset>,
    /// The fee, in `fee_asset`.
    pub fee: Numeric,
    /// The fee as a share of the trade, where known.
    pub fee_rate: Option<Numeric>,
    /// Quote per unit of a third `fee_asset`.
    pub fee_conversion: Option<Numeric>,
    /// Whether the fee was computed here and not reported by the venue.
    pub fee_is_estimated: bool,
    /// `maker` or `taker`.
    pub liquidity: Text<Liquidity>,
    /// When, in milliseconds on the clock of the data.
    pub at: i64,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
