//! What is told of backtests and searches.

use serde::Serialize;
use trading::Symbol;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::backtests::{JobError, JobKind, JobStatus};

/// Data of `backtest.created`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BacktestCreated {
    /// Id of the backtest or search.
    pub id: Uuid,
    /// What it computes.
    pub kind: JobKind,
    /// Where it stands.
    pub status: JobStatus,
    /// What is traded.
    pub symbol: Symbol,
    /// The type of its bot.
    pub bot_type: String,
}

/// Data of `backtest.finished`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BacktestFinished {
    /// Id of the backtest or search.
    pub id: Uuid,
    /// What it computes.
    pub kind: JobKind,
    /// How it ended.
    pub status: JobStatus,
    /// Why it has no result; null where it has one, or was canceled.
    pub error: Option<JobError>,
}

/// Data of `backtest.deleted`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BacktestDeleted {
    /// Id of the backtest or search.
    pub id: Uuid,
}
