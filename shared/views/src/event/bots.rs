//! What is told of bots and their deals.

use chrono::{DateTime, Utc};
use serde::Serialize;
use trading::{
    Amount, Symbol,
    bot::{BotStatus, CloseReason},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// Data of `bot.created`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BotCreated {
    /// Id of the bot.
    pub id: Uuid,
    /// The connection that it trades through.
    pub connection_id: Uuid,
    /// What its user calls it.
    pub name: String,
    /// The type of its configuration.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it trades.
    pub symbol: Symbol,
    /// Where it stands.
    pub status: BotStatus,
    /// Raised by each edit.
    pub version: i32,
}

/// Data of `bot.updated`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BotUpdated {
    /// Id of the bot.
    pub id: Uuid,
    /// What its user calls it.
    pub name: String,
    /// Raised by each edit.
    pub version: i32,
}

/// Data of `bot.deleted`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BotDeleted {
    /// Id of the bot.
    pub id: Uuid,
}

/// Data of `bot.status_changed`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BotStatusChanged {
    /// Id of the bot.
    pub id: Uuid,
    /// Where it stands.
    pub status: BotStatus,
    /// Why, when there is more to say.
    pub status_reason: Option<String>,
}

/// Data of `deal.opened`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DealOpened {
    /// Id of the deal.
    pub id: Uuid,
    /// The bot that opened it.
    pub bot_id: Uuid,
    /// Its number within the bot.
    #[schema(minimum = 1)]
    pub number: u32,
    /// When it began, on the clock of the data.
    #[serde(with = "platform::time::wire")]
    pub opened_at: DateTime<Utc>,
}

/// Data of `deal.closed`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DealClosed {
    /// The bot that opened it.
    pub bot_id: Uuid,
    /// Its number within the bot.
    #[schema(minimum = 1)]
    pub number: u32,
    /// When it ended, on the clock of the data.
    #[serde(with = "platform::time::wire")]
    pub closed_at: DateTime<Utc>,
    /// Why it ended.
    pub close_reason: CloseReason,
    /// Quote spent on it.
    pub invested: Amount,
    /// Quote earned, fees off.
    pub realised: Amount,
}
