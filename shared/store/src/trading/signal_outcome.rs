use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalOutcome {
    /// It waits for the engine, or for a price.
    Accepted,
    /// It did what it asked for.
    Applied,
    /// It had no effect; the reason says why.
    Refused,
}
