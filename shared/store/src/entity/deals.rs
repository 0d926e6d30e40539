//! Table `deals`: the deals of bots.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::column::Numeric;

/// A deal of a bot.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deals")]
pub struct Model {
    /// This deal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The bot that it belongs to.
    pub bot_id: Uuid,
    /// Its number within the bot, from 1.
    pub number: i32,
    /// When it began, in milliseconds on the clock of the data.
    pub opened_at: i64,
    /// When it ended, in milliseconds on the clock of the data.
    pub closed_at: Option<i64>,
    /// Why it ended.
    #[sea_orm(column_type = "Text")]
    pub close_reason: Option<String>,
    /// Quote spent on it.
    pub invested: Option<Numeric>,
    /// Quote earned by it, fees off.
    pub realised: Option<Numeric>,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
