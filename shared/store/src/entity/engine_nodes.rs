//! Table `engine_nodes`: the engines that take part in the division of shards.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// An engine that takes part in the division of shards.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "engine_nodes")]
pub struct Model {
    /// This engine; an id that is gone never comes back.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the operator calls it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The newest bot state format that it can read.
    pub state_format: i32,
    /// When it entered.
    pub started_at: DateTime<Utc>,
    /// When its life ends unless it is prolonged, on Postgres' clock.
    pub alive_until: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
