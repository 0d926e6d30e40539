//! What one engine does for all users, beside trading.

mod account_deletions;
mod plan_downgrades;
