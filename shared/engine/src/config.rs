//! What the engine needs to know.

use std::path::PathBuf;

use exchange::venues::VenuesConfig;
use platform::config::{DatabaseConfig, HttpConfig, Reader, RedisConfig, VaultConfig};

use crate::spec::FeedDir;

/// The port of the health check.
const DEFAULT_PORT: u16 = 3000;

/// A quarter of the 1 GiB of its container. A grid over ten years of minutes takes 26 MiB.
const DEFAULT_JOB_MEMORY_MB: u32 = 256;

/// Configuration of `api engine`.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Where the health check listens.
    pub http: HttpConfig,
    /// Postgres through the pooler.
    pub database: DatabaseConfig,
    /// Redis.
    pub redis: RedisConfig,
    /// The keys that open exchange credentials.
    pub vault: VaultConfig,
    /// `FEED_DIR`: where candle files of paper accounts and backtests are.
    pub feeds: FeedDir,
    /// Where exchanges are.
    pub venues: VenuesConfig,
    /// Backtests and searches.
    pub jobs: JobsConfig,
}

/// How backtests and searches are computed.
#[derive(Debug, Clone)]
pub struct JobsConfig {
    /// `JOB_MEMORY_MB`: what one may take besides the program itself, in MiB.
    pub memory_mb: u32,
    /// The program that computes one as `<program> worker`: this one, unless a test says otherwise.
    pub program: PathBuf,
}

impl JobsConfig {
    fn read(reader: &mut Reader) -> Self {
        Self {
            memory_mb: reader.number_or("JOB_MEMORY_MB", DEFAULT_JOB_MEMORY_MB, 8..=65_536),
            // Not its path: the program of an upgrade may lie there by now.
            program: PathBuf::from("/proc/self/exe"),
        }
    }
}

impl EngineConfig {
    /// Reads the sections; problems stay with the reader.
    pub fn read(reader: &mut Reader, production: bool) -> Self {
        Self {
            http: HttpConfig::read(reader, DEFAULT_PORT),
            database: DatabaseConfig::read(reader),
            redis: RedisConfig::read(reader, production),
            vault: VaultConfig::read(reader),
            feeds: FeedDir(reader.text("FEED_DIR").map(PathBuf::from)),
            venues: VenuesConfig::read(reader),
            jobs: JobsConfig::read(reader),
        }
    }
}
