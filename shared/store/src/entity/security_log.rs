//! Table `security_log`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// Something that matters for the safety of an account.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "security_log")]
pub struct Model {
    /// This entry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose account; none for unknown ones and after deletion.
    pub user_id: Option<Uuid>,
    /// What happened.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Where the caller was.
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    /// What the caller was.
    #[sea_orm(column_type = "Text", nullable)]
    pub agent: Option<String>,
    /// More about it; never a secret.
    #[sea_orm(column_type = "JsonBinary")]
    pub detail: Json,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
