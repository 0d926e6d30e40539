//! Table `schema_history`: the migrations that were applied, written by the migrator.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A migration that was applied.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schema_history")]
pub struct Model {
    /// Its number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// Its name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Hash of its text.
    #[sea_orm(column_type = "Text")]
    pub sha256: String,
    /// `expand` or `contract`.
    #[sea_orm(column_type = "Text")]
    pub phase: String,
    /// The commit that the migrator was built from.
    #[sea_orm(column_type = "Text")]
    pub app_sha: String,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// When it ended.
    pub applied_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
