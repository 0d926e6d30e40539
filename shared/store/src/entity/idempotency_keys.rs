//! Table `idempotency_keys`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// The answer that a write gave.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// Whose; the nil UUID for anonymous callers.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// Which write.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub route: String,
    /// The caller's key.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// Keyed hash of the body.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub body_hash: Vec<u8>,
    /// The HTTP status that was answered.
    pub status: i32,
    /// The body that was answered, without secrets.
    #[sea_orm(column_type = "JsonBinary")]
    pub answer: Json,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
