//! Table `connections`: exchange connections and paper accounts.

use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use trading::Venue;

use crate::column::Text;

/// A connection to an exchange, or a paper account.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "connections")]
pub struct Model {
    /// This connection.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// Where its orders go.
    pub venue: Text<Venue>,
    /// Whether it is the venue's playground.
    pub testnet: bool,
    /// The user's name for it; ends in its id once it is deleted.
    #[sea_orm(column_type = "Text")]
    pub label: String,
    /// The keys, sealed for this connection of its user.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub credentials: Option<Vec<u8>>,
    /// Which key of ours opens the credentials.
    #[sea_orm(column_type = "Text")]
    pub key_id: Option<String>,
    /// The end of the venue's key.
    #[sea_orm(column_type = "Text")]
    pub key_hint: Option<String>,
    /// The account's id at the venue; none where the venue has not told it.
    #[sea_orm(column_type = "Text")]
    pub venue_account: Option<String>,
    /// When its user agreed that bots trade real money through it.
    pub live_confirmed_at: Option<DateTime<Utc>>,
    /// The settings of a paper account; none for an exchange.
    #[sea_orm(column_type = "JsonBinary")]
    pub paper: Option<Json>,
    /// Raised by each edit.
    pub version: i32,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was deleted: it is hidden then, without keys, and what was traded through it stays.
    pub deleted_at: Option<DateTime<Utc>>,
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
