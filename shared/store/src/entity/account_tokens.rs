//! Table `account_tokens`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// What a link in a mail proves.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account_tokens")]
pub struct Model {
    /// This token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose account.
    pub user_id: Uuid,
    /// What it allows.
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// Where the link was sent.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// Its end.
    pub expires_at: DateTime<Utc>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("id", &self.id)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
