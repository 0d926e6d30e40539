//! Table `backtests`: backtests and searches, the jobs of the engines.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use trading::Symbol;
use views::backtests::{JobKind, JobStatus};

use crate::column::Text;

/// A backtest or a search for the best configuration.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "backtests")]
pub struct Model {
    /// This backtest.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// `backtest` or `search`.
    pub kind: Text<JobKind>,
    /// What is traded.
    pub symbol: Text<Symbol>,
    /// The type of its bot.
    #[sea_orm(column_type = "Text")]
    pub bot_type: String,
    /// What was asked for.
    #[sea_orm(column_type = "JsonBinary")]
    pub spec: Json,
    /// `queued`, `running`, `finished`, `failed` or `canceled`.
    pub status: Text<JobStatus>,
    /// How much of it is done, 0 to 100.
    pub percent: i16,
    /// How often it was begun and not given back.
    pub attempts: i16,
    /// Named by the engine that runs it; a write that names another one is not done.
    pub claim: Option<Uuid>,
    /// When the engine that runs it was last alive, on Postgres' clock.
    pub heartbeat_at: Option<DateTime<Utc>>,
    /// What it came to.
    #[sea_orm(column_type = "JsonBinary")]
    pub result: Option<Json>,
    /// Why it has no result.
    #[sea_orm(column_type = "JsonBinary")]
    pub error: Option<Json>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was first begun.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
