//! Entities and repositories over Postgres, through PgBouncer in transaction mode.

pub mod account_tokens;
pub mod admin;
pub mod api_tokens;
pub mod backtests;
pub mod billing;
pub mod column;
pub mod credentials;
pub mod db;
pub mod deletions;
pub mod entitlements;
pub mod entity;
pub mod error;
pub mod events;
pub mod export;
pub mod factors;
pub mod gateway_logins;
pub mod idempotency;
pub mod labels;
pub mod leases;
pub mod login_failures;
pub mod mail_budgets;
pub mod mails;
pub mod preferences;
pub mod retention;
pub mod revocations;
pub mod schema;
pub mod sealed;
pub mod security_log;
pub mod selftest;
pub mod sessions;
pub mod settings;
pub mod switches;
pub mod trading;
pub mod users;

mod sql;

pub use db::{Db, Txn};
pub use error::StoreError;
