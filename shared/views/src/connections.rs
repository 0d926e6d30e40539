//! Words about exchange connections and paper accounts.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a feed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedStatus {
    /// Not playing. Every feed begins so.
    Paused,
    /// Playing.
    Running,
    /// Played to its end.
    Finished,
    /// It cannot go on: `error` says why. Once that is mended, start it again.
    Error,
}

impl fmt::Display for FeedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Paused => "paused",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Error => "error",
        })
    }
}
