//! Words about backtests and searches.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a job computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// One bot, once.
    Backtest,
    /// One bot with many configurations.
    Search,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Waits for an engine.
    Queued,
    /// An engine computes it.
    Running,
    /// It has a result.
    Finished,
    /// It has none, and will not have one.
    Failed,
    /// Its user stopped it.
    Canceled,
}

impl JobStatus {
    /// Whether it stays as it is.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Canceled)
    }
}

/// Why there is no result, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobErrorCode {
    /// The request does not fit its candles, or this version does not know it.
    Invalid,
    /// A candle is missing or wrong.
    UnusableCandles,
    /// A number has no exact form.
    Calculation,
    /// What computed it failed, or kept going away.
    Interrupted,
    /// It needed more memory than the operator lets a backtest have.
    OutOfMemory,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobError {
    /// What went wrong, for programs.
    pub code: JobErrorCode,
    /// What went wrong, for people.
    pub message: String,
}
