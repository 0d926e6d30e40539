//! Table `users`.

use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// An account.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Normalised, unique without regard to case.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// When the owner of the address answered.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// argon2id, as a PHC string; `sealed` where that is in `password_sealed`; empty where the account is closed.
    #[sea_orm(column_type = "Text")]
    pub password_hash: String,
    /// The PHC string, sealed for its user. Counts only where `password_hash` is `sealed`.
    pub password_sealed: Option<Vec<u8>>,
    /// What others see; may be empty.
    #[sea_orm(column_type = "Text")]
    pub display_name: String,
    /// `user`, `admin` or `superadmin`.
    #[sea_orm(column_type = "Text")]
    pub role: String,
    /// `active`, `suspended` or `banned`.
    #[sea_orm(column_type = "Text")]
    pub status: String,
    /// The lease that covers this user, 0 to 63.
    pub shard: i16,
    /// The user's own settings.
    #[sea_orm(column_type = "JsonBinary")]
    pub preferences: Json,
    /// Raised by each edit.
    pub version: i32,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Why an admin changed the status; the user is told.
    #[sea_orm(column_type = "Text")]
    pub status_reason: Option<String>,
    /// When all logins ended last.
    pub logins_void_at: Option<DateTime<Utc>>,
    /// `sid` of gateway tokens that sessions of the frontend ask for; none: the id of the user.
    pub frontend_login: Option<Uuid>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("id", &self.id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
