//! Table `plan_prices`: every price that a plan ever had.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A price that a plan has or had.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_prices")]
pub struct Model {
    /// The price at Stripe.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub stripe_price_id: String,
    /// The plan; subscriptions keep the price that they began with.
    #[sea_orm(column_type = "Text")]
    pub plan_id: String,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
