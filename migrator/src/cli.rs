//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use platform::build::{GIT_SHA, VERSION};

use crate::Timings;

/// Brings the schema of the database at DIRECT_URL up, and says what it did by its exit code.
///
/// 0 done; 1 a migration failed and is rolled back, or lint found something; 2 configuration; 3 migrations are pending
/// (check); 4 an applied migration was edited; 5 the database is ahead of this binary (up: by more than expand steps); 6 another migrator holds the
/// lock; 7 a migration did not get its table locks; 69 the database is unreachable; 78 DIRECT_URL leads to a pooler.
#[derive(Debug, Parser)]
#[command(name = "migrator")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Read the migrations from this directory instead of the ones in the binary (refused in production).
    #[arg(long, global = true, value_name = "PATH")]
    pub dir: Option<PathBuf>,
    /// Waits and limits.
    #[command(flatten)]
    pub waits: Waits,
}

impl Cli {
    /// Reads the arguments of the process; ends it after `--help`, `--version` or a mistake (exit code 2).
    pub fn from_process() -> Self {
        let version: &'static str = format!("{VERSION} ({GIT_SHA})").leak();
        let matches = Self::command().version(version).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Apply what is pending.
    Up {
        /// Apply contract steps too: only when no service of an older release runs or may come back.
        #[arg(long)]
        contract: bool,
    },
    /// Take back the last migrations, the last applied first.
    Down {
        /// How many.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
        /// Yes, and with them the data that only they hold.
        #[arg(long, required = true)]
        yes: bool,
    },
    /// Show every migration and where it stands.
    Status {
        /// For scripts.
        #[arg(long)]
        json: bool,
    },
    /// Succeed only when the database is what this binary would make of it.
    Check {
        /// Count contract steps too.
        #[arg(long)]
        contract: bool,
    },
    /// Wait until the database answers.
    Wait,
    /// Drop everything and apply all expand steps (refused in production).
    Fresh,
    /// Look for migrations that are unsafe beside running services.
    Lint,
    /// Begin a migration: an up file and a down file with the next number.
    New {
        /// Lower case, digits and underscores.
        name: String,
        /// A contract step instead of an expand step.
        #[arg(long)]
        contract: bool,
    },
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// What to do with the configuration.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Print what is in effect, redacted; fail with every problem.
    Check,
}

/// Waits and limits, in milliseconds where they are times.
#[derive(Debug, Args)]
#[command(next_help_heading = "Waits and limits")]
pub struct Waits {
    /// Attempts to reach the database.
    #[arg(long, global = true, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    connect_attempts: u32,
    /// Between two attempts.
    #[arg(long, global = true, default_value_t = 2_000)]
    connect_interval_ms: u64,
    /// For another migrator to finish.
    #[arg(long, global = true, default_value_t = 120_000)]
    lock_wait_ms: u64,
    /// Between two looks at its lock.
    #[arg(long, global = true, default_value_t = 500)]
    lock_poll_ms: u64,
    /// lock_timeout of a migration that does not set its own.
    #[arg(long, global = true, default_value_t = 3_000)]
    lock_timeout_ms: u64,
    /// Retries of a migration that ran into lock_timeout.
    #[arg(long, global = true, default_value_t = 5)]
    lock_retries: u32,
    /// Before the first retry; the n-th waits n times as long.
    #[arg(long, global = true, default_value_t = 1_000)]
    retry_pause_ms: u64,
    /// statement_timeout of a migration that does not set its own.
    #[arg(long, global = true, default_value_t = 60_000)]
    statement_timeout_ms: u64,
    /// lock_timeout of a CONCURRENTLY whose migration does not set its own.
    #[arg(long, global = true, default_value_t = 1_800_000)]
    concurrent_lock_timeout_ms: u64,
    /// statement_timeout of a CONCURRENTLY whose migration does not set its own.
    #[arg(long, global = true, default_value_t = 21_600_000)]
    concurrent_statement_timeout_ms: u64,
}

impl From<&Waits> for Timings {
    fn from(waits: &Waits) -> Self {
        Self {
            connect_attempts: waits.connect_attempts,
            connect_interval: Duration::from_millis(waits.connect_interval_ms),
            lock_wait: Duration::from_millis(waits.lock_wait_ms),
            lock_poll: Duration::from_millis(waits.lock_poll_ms),
            lock_timeout: Duration::from_millis(waits.lock_timeout_ms),
            lock_retries: waits.lock_retries,
            retry_pause: Duration::from_millis(waits.retry_pause_ms),
            statement_timeout: Duration::from_millis(waits.statement_timeout_ms),
            concurrent_lock_timeout: Duration::from_millis(waits.concurrent_lock_timeout_ms),
            concurrent_statement_timeout: Duration::from_millis(
                waits.concurrent_statement_timeout_ms,
            ),
        }
    }
}
