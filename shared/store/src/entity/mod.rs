//! One entity a table, as the migrations make it.

pub mod idempotency_keys;
pub mod login_failures;
pub mod security_log;
pub mod sessions;
pub mod settings;
pub mod users;
