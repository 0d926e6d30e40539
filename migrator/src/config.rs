//! What the migrator reads from its environment.

use platform::{
    Secret,
    config::{AppConfig, ConfigError, DirectConfig, Env, Reader, SentryConfig, Service},
};

use crate::Roles;

/// The migrator's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Identity and logging.
    pub app: AppConfig,
    /// Error reports.
    pub sentry: SentryConfig,
    /// The database to migrate.
    pub direct: DirectConfig,
    /// Who else uses the database.
    pub roles: Roles,
    /// `DATABASE_URL`, where the environment has it: only to notice that it was given for both.
    pub database_url: Option<Secret<String>>,
}

impl Config {
    /// Reads everything; answers too what is in effect, with secrets left out.
    ///
    /// # Errors
    /// All problems together.
    pub fn read(env: Env) -> Result<(Self, Vec<(String, String)>), ConfigError> {
        let mut reader = Reader::new(env);
        let config = Self {
            app: AppConfig::read(&mut reader, Service::Migrator),
            sentry: SentryConfig::read(&mut reader),
            direct: DirectConfig::read(&mut reader),
            roles: Roles::read(&mut reader),
            database_url: reader.secret("DATABASE_URL"),
        };
        let effective = reader.effective().to_vec();
        reader.finish()?;
        Ok((config, effective))
    }
}
