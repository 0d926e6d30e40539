//! Table `balances`: what an account holds of each asset.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use trading::Asset;

use crate::column::{Numeric, Text};

/// What an account holds of an asset.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "balances")]
pub struct Model {
    /// The connection that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    /// The asset.
    #[sea_orm(primary_key, auto_increment = false)]
    pub asset: Text<Asset>,
    /// How much of it is not set aside.
    pub free: Numeric,
    /// How much of it is set aside for open orders.
    pub reserved: Numeric,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
