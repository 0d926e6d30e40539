//! Table `api_tokens`: personal API tokens, as their hashes.

use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A personal API token.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    /// This token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// What its user calls it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// SHA-256 of the token; the token itself is random, so a fast hash is enough.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub hash: Vec<u8>,
    /// The end of the token.
    #[sea_orm(column_type = "Text")]
    pub hint: String,
    /// What it is good for: `read`, `trade`, `admin`.
    pub scopes: Vec<String>,
    /// Networks as CIDR from which it is taken; empty: all.
    pub allowlist: Vec<String>,
    /// The token's end.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// From where it was then used.
    #[sea_orm(column_type = "Text")]
    pub last_used_address: Option<String>,
    /// When it was last refused because of its allowlist, to the minute.
    pub last_refused_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
