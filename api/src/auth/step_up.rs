//! A fresh second factor, for what a stolen session must not be enough for.

use chrono::{DateTime, Duration, Utc};

/// How long one is fresh.
pub const TTL: Duration = Duration::minutes(10);

/// Whether one that was given then still is.
pub fn is_fresh(given_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    given_at.is_some_and(|at| now < at + TTL)
}
