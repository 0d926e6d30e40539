//! What the engine needs to know.

use std::path::PathBuf;

use platform::config::{DatabaseConfig, HttpConfig, Reader, RedisConfig, VaultConfig};

use crate::spec::FeedDir;

/// The port of the health check.
const DEFAULT_PORT: u16 = 3000;

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
        }
    }
}
