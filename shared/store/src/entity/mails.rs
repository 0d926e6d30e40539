//! Table `mails`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A mail to be sent, or that was.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mails")]
pub struct Model {
    /// This mail.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// About whose account; none where that is still to be found out.
    pub user_id: Option<Uuid>,
    /// To whom.
    #[sea_orm(column_type = "Text")]
    pub recipient: String,
    /// What it says.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// What goes into the text; never a secret.
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
    /// `waiting`, `sent`, `dropped` or `failed`.
    #[sea_orm(column_type = "Text")]
    pub status: String,
    /// How often it was tried.
    pub attempts: i32,
    /// The next attempt.
    pub due_at: DateTime<Utc>,
    /// Why the last attempt failed.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
    /// When it was sent or given up.
    pub ended_at: Option<DateTime<Utc>>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
