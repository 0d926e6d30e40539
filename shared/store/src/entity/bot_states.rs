//! Table `bot_states`: the saved state of each bot.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// The saved state of a bot.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bot_states")]
pub struct Model {
    /// The bot that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub bot_id: Uuid,
    /// Raised by each save.
    pub version: i64,
    /// Version of the state's form.
    pub state_format: i32,
    /// The state.
    #[sea_orm(column_type = "JsonBinary")]
    pub state: Json,
    /// Points that had been played when it was saved.
    pub input_pos: i64,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
