//! Table `ledger`: what each fill moved.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use trading::Asset;

use crate::column::{Numeric, Text};

/// What a fill moved of an asset.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger")]
pub struct Model {
    /// The fill.
    #[sea_orm(primary_key, auto_increment = false)]
    pub fill_id: Uuid,
    /// `base`, `quote` or `fee`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub leg: String,
    /// What was moved.
    pub asset: Text<Asset>,
    /// By how much: below zero where it went away.
    pub delta: Numeric,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
