//! Table `bot_commands`: what people and the platform tell bots.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A command to a bot.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bot_commands")]
pub struct Model {
    /// This command.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The order in which commands were given, whichever copy of the api wrote them.
    pub position: i64,
    /// The bot's connection.
    pub connection_id: Uuid,
    /// The bot that it is for.
    pub bot_id: Uuid,
    /// The command.
    #[sea_orm(column_type = "JsonBinary")]
    pub command: Json,
    /// Points that had been played when the bot was told; none while it waits.
    pub applied_pos: Option<i64>,
    /// When the bot was told.
    pub applied_at: Option<DateTime<Utc>>,
    /// Why it had no effect.
    #[sea_orm(column_type = "Text")]
    pub error: Option<String>,
    /// When it was given.
    pub created_at: DateTime<Utc>,
    /// Why, where the platform gave it: the status that follows shows it.
    #[sea_orm(column_type = "Text")]
    pub reason: Option<String>,
    /// Of a command that changes the configuration: what the bot goes by until it is told.
    #[sea_orm(column_type = "JsonBinary")]
    pub config_before: Option<Json>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
