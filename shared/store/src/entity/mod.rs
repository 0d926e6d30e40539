//! One entity a table, as the migrations make it.

pub mod account_deletions;
pub mod account_tokens;
pub mod idempotency_keys;
pub mod login_failures;
pub mod mails;
pub mod security_log;
pub mod sessions;
pub mod settings;
pub mod users;
