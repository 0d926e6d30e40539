//! Table `backtest_trades`: the fills of backtests.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use trading::order::{Liquidity, Side};

use crate::column::{Numeric, Text};

/// A fill of a backtest.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "backtest_trades")]
pub struct Model {
    /// The backtest that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub backtest_id: Uuid,
    /// Its place by time, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// Number of its order.
    pub order_number: i64,
    /// Number of its deal.
    pub deal: i32,
    /// Why the order existed.
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    /// Which order of its purpose.
    pub level: i64,
    /// `buy` or `sell`.
    pub side: Text<Side>,
    /// Price in quote.
    pub price: Numeric,
    /// Base that changed hands.
    pub quantity: Numeric,
    /// Quote that changed hands.
    pub quote: Numeric,
    /// The fee, in `fee_asset`.
    pub fee: Numeric,
    /// In what the fee was charged.
    #[sea_orm(column_type = "Text")]
    pub fee_asset: String,
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
