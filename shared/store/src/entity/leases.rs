//! Table `leases`: who writes for which shard of users.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// The lease of a shard.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "leases")]
pub struct Model {
    /// The shard, 0 to 63.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shard: i16,
    /// The engine that holds it.
    pub node: Option<Uuid>,
    /// Rises with every take-over.
    pub epoch: i64,
    /// When it was last taken.
    pub taken_at: Option<DateTime<Utc>>,
    /// The newest format of any bot state saved under it: engines that know only older ones must not take it.
    pub state_format: i32,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
