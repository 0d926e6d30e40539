//! Table `events`: the log of private events.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A private event.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// Its place in the user's stream, from 1, without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// What happened, as `noun.verb_past`.
    #[sea_orm(column_name = "type", column_type = "Text")]
    pub kind: String,
    /// What clients see as `data`.
    #[sea_orm(column_type = "JsonBinary")]
    pub body: Json,
    /// Whether it was published.
    pub relayed: bool,
    /// When it happened.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
