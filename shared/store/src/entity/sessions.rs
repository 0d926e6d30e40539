//! Table `sessions`: one row for each generation of a refresh token.

use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A generation of a session's refresh token.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// This generation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub user_id: Uuid,
    /// The session that its user sees: `sid` in access tokens.
    pub family: Uuid,
    /// SHA-256 of the token; the token itself is random, so a fast hash is enough.
    #[sea_orm(column_type = "VarBinary(StringLen::None)", unique)]
    pub refresh_hash: Vec<u8>,
    /// The token's end.
    pub expires_at: DateTime<Utc>,
    /// When the next generation replaced this one.
    pub rotated_at: Option<DateTime<Utc>>,
    /// When the session was ended.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why it was ended.
    #[sea_orm(column_type = "Text", nullable)]
    pub revoke_reason: Option<String>,
    /// Where the caller was.
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    /// What the caller was.
    #[sea_orm(column_type = "Text", nullable)]
    pub agent: Option<String>,
    /// When this generation was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: DateTime<Utc>,
    /// When a second factor was last given in this session.
    pub stepped_up_at: Option<DateTime<Utc>>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("id", &self.id)
            .field("family", &self.family)
            .finish_non_exhaustive()
    }
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
