//! What one engine does for all users, beside trading.

mod account_deletions;
mod gauges;
mod plan_downgrades;
mod pruner;
