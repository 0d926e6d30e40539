//! How long the migrator waits for what.

use std::time::Duration;

/// Waits and limits of a run. A migration may override the timeouts in its header.
#[derive(Debug, Clone)]
pub struct Timings {
    /// Attempts to reach the database.
    pub connect_attempts: u32,
    /// Between two attempts.
    pub connect_interval: Duration,
    /// How long to wait for another migrator.
    pub lock_wait: Duration,
    /// Between two looks at the lock.
    pub lock_poll: Duration,
    /// `lock_timeout` of a migration: how long it may hold up the queue for a table.
    pub lock_timeout: Duration,
    /// Retries of a migration that ran into `lock_timeout`.
    pub lock_retries: u32,
    /// Before the first retry; the n-th waits n times as long.
    pub retry_pause: Duration,
    /// `statement_timeout` of a migration.
    pub statement_timeout: Duration,
    /// `lock_timeout` of a statement that is `CONCURRENTLY`: how long it may wait for transactions that are older than it,
    /// such as a backup. It holds up nobody meanwhile.
    pub concurrent_lock_timeout: Duration,
    /// `statement_timeout` of a statement that is `CONCURRENTLY`.
    pub concurrent_statement_timeout: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            connect_attempts: 30,
            connect_interval: Duration::from_secs(2),
            lock_wait: Duration::from_mins(2),
            lock_poll: Duration::from_millis(500),
            lock_timeout: Duration::from_secs(3),
            lock_retries: 5,
            retry_pause: Duration::from_secs(1),
            statement_timeout: Duration::from_mins(1),
            concurrent_lock_timeout: Duration::from_mins(30),
            concurrent_statement_timeout: Duration::from_hours(6),
        }
    }
}
