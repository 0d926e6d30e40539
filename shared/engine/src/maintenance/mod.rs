//! What one engine does for all users, beside trading.

pub mod account_deletions;
pub mod gauges;
pub mod plan_downgrades;
pub mod pruner;
