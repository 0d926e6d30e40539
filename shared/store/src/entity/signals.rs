//! Table `signals`: signals from outside.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::{column::Text, trading::signal_outcome::SignalOutcome};

/// A signal to a bot.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signals")]
pub struct Model {
    /// This signal; the id of its command too, where it was accepted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The order in which signals came, whichever copy of the api took them.
    pub position: i64,
    /// The bot that it is for.
    pub bot_id: Uuid,
    /// What tells a repeat from another signal.
    #[sea_orm(column_type = "Text")]
    pub signal_key: String,
    /// What it asked for.
    #[sea_orm(column_type = "Text")]
    pub action: String,
    /// What else it asked for.
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
    /// When its sender says that it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// What became of it.
    pub outcome: Text<SignalOutcome>,
    /// Why it had no effect.
    #[sea_orm(column_type = "Text")]
    pub reason: Option<String>,
    /// When its outcome was known.
    pub applied_at: Option<DateTime<Utc>>,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
