//! Table `plans`: what can be subscribed to.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::column::Numeric;

/// A plan.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plans")]
pub struct Model {
    /// This plan.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub id: String,
    /// What people call it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// What it is for.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// Where it stands among the others, smallest first.
    pub position: i32,
    /// Whether it can be subscribed to; who has it keeps it.
    pub is_offered: bool,
    /// Bots there may be, and bots that may work at once; none: no limit.
    pub max_bots: Option<i32>,
    /// Deals that the working bots may have open together; none: no limit.
    pub max_active_deals: Option<i32>,
    /// Exchange connections and paper accounts; none: no limit.
    pub max_connections: Option<i32>,
    /// Whether bots may work with real money.
    pub live_trading: bool,
    /// Backtests begun within 24 hours; none: no limit.
    pub backtests_per_day: Option<i32>,
    /// Candles of one backtest; none: no limit.
    pub backtest_candles: Option<i32>,
    /// Its price at Stripe; none: it cannot be bought.
    #[sea_orm(column_type = "Text")]
    pub stripe_price_id: Option<String>,
    /// What it costs, as Stripe said when the price was set.
    pub price: Option<Numeric>,
    /// In what: three small letters, such as `eur`.
    #[sea_orm(column_type = "Text")]
    pub currency: Option<String>,
    /// `day`, `week`, `month` or `year`.
    #[sea_orm(column_type = "Text")]
    pub billing_interval: Option<String>,
    /// Every how many intervals it is paid.
    pub interval_count: Option<i32>,
    /// Raised by each edit.
    pub version: i32,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
