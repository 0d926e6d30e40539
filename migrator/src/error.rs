//! What can go wrong, and the exit code of each.

use std::time::Duration;

use platform::config::ConfigError;
use sea_orm::DbErr;

use crate::{lint::Finding, set::SetError};

/// Why the migrator stopped. [`MigrateError::exit_code`] is what the process answers.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The environment is not usable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server refused the user, the password or the database of `DIRECT_URL`.
    #[error("the server refuses DIRECT_URL: {0}")]
    Refused(String),
    /// The command may not run as it was given.
    #[error("{0}")]
    Usage(String),
    /// The migration files themselves are not usable.
    #[error(transparent)]
    Files(#[from] SetError),
    /// Logging could not be turned on.
    #[error(transparent)]
    Telemetry(#[from] platform::telemetry::TelemetryError),
    /// A file could not be written or read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A migration failed; what it did is rolled back (unless it declares `no-transaction`).
    #[error("migration {migration} failed: {source}")]
    Failed {
        /// `NNNN_name`.
        migration: String,
        /// What Postgres said.
        source: DbErr,
    },
    /// Reading or writing the migrator's own tables failed.
    #[error("database error: {0}")]
    Database(#[from] DbErr),
    /// `lint` found something.
    #[error("{} finding(s) in the migrations", .0.len())]
    Lint(Vec<Finding>),
    /// A signal arrived; what was running is rolled back.
    #[error("interrupted")]
    Interrupted,
    /// `check`: some migrations are not applied.
    #[error("pending: {}", .0.join(", "))]
    Pending(Vec<String>),
    /// An applied migration is not what this binary holds under its number.
    #[error("edited after they were applied: {}", .0.join(", "))]
    Edited(Vec<String>),
    /// The database has migrations that this binary does not know.
    #[error("the database is ahead of this binary: {}", .0.join(", "))]
    Ahead(Vec<String>),
    /// Another migrator holds the lock.
    #[error("another migrator holds the lock; waited {waited:?}")]
    Locked {
        /// How long was waited.
        waited: Duration,
    },
    /// The lock was lost while migrating: its connection is gone.
    #[error("the connection that held the lock is gone: {0}")]
    LockLost(DbErr),
    /// A migration could not get its table locks within `lock_timeout`, however often it was tried.
    #[error("migration {migration} did not get its locks in {attempts} attempts: {source}")]
    LockTimeout {
        /// `NNNN_name`.
        migration: String,
        /// First try and retries.
        attempts: u32,
        /// What Postgres said last.
        source: DbErr,
    },
    /// What others own of the schema could not be handed over to the role that migrations run as.
    #[error("a table could not be handed over to {role} in {attempts} attempts: {source}")]
    HandOver {
        /// `MIGRATOR_DB_USER`.
        role: String,
        /// First try and retries.
        attempts: u32,
        /// What Postgres said last.
        source: DbErr,
    },
    /// The database did not answer.
    #[error("database unreachable after {attempts} attempts: {reason}")]
    Unreachable {
        /// How often was tried.
        attempts: u32,
        /// What the last attempt said.
        reason: String,
    },
    /// The connection goes through a pooler, or may not be used.
    #[error("DIRECT_URL must reach PostgreSQL itself: {0}")]
    Pooled(String),
}

impl MigrateError {
    /// The exit code of the process.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed { .. }
            | Self::Database(_)
            | Self::Lint(_)
            | Self::Io { .. }
            | Self::Interrupted => 1,
            Self::Config(_)
            | Self::Refused(_)
            | Self::Usage(_)
            | Self::Files(_)
            | Self::Telemetry(_) => 2,
            Self::Pending(_) => 3,
            Self::Edited(_) => 4,
            Self::Ahead(_) => 5,
            Self::Locked { .. } | Self::LockLost(_) => 6,
            Self::LockTimeout { .. } | Self::HandOver { .. } => 7,
            Self::Unreachable { .. } => 69,
            Self::Pooled(_) => 78,
        }
    }
}
