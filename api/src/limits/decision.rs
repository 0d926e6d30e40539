//! The answer to a request for a place.

use std::time::Duration;

/// What became of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may go on.
    pub allowed: bool,
    /// Requests a minute.
    pub limit: u32,
    /// Requests that may follow at once.
    pub remaining: u32,
    /// When the whole burst is there again.
    pub reset: Duration,
    /// When the next request may come; zero if at once.
    pub retry_after: Duration,
}
