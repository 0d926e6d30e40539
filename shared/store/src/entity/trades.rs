//! Table `trades`: buys matched with sells.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::column::Numeric;

/// A buy that was matched with a sell.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trades")]
pub struct Model {
    /// Its place among all.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The bot that it belongs to.
    pub bot_id: Uuid,
    /// Number of the deal that it belongs to.
    pub deal: i32,
    /// When, in milliseconds on the clock of the data.
    pub at: i64,
    /// Quote spent on what was sold, fees included.
    pub cost: Numeric,
    /// Quote that it brought, fees off.
    pub proceeds: Numeric,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
