//! Table `bots`: bots.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use trading::{Symbol, bot::BotStatus};

use crate::column::Text;

/// A bot.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bots")]
pub struct Model {
    /// This bot.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// The connection that it trades through.
    pub connection_id: Uuid,
    /// The user's name for it; ends in its id once it is deleted.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The type of its configuration.
    #[sea_orm(column_name = "type", column_type = "Text")]
    pub kind: String,
    /// What it trades.
    pub symbol: Text<Symbol>,
    /// What it does, tagged by its type.
    #[sea_orm(column_type = "JsonBinary")]
    pub config: Json,
    /// Where it stands.
    pub status: Text<BotStatus>,
    /// Why it stands there, when there is more to say.
    #[sea_orm(column_type = "Text")]
    pub status_reason: Option<String>,
    /// Raised by each edit.
    pub version: i32,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was deleted: it is hidden then, and what it has traded stays.
    pub deleted_at: Option<DateTime<Utc>>,
    /// What signals to it prove themselves with, sealed.
    pub signal_secret: Option<Vec<u8>>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
