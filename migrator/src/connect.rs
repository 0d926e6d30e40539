//! Connections to Postgres itself, never through a pooler.

use std::{fmt, time::Duration};

use platform::{
    Secret,
    config::{PgUrlError, pg_url},
};
use sea_orm::{
    DatabaseConnection, SqlxPostgresConnector,
    sqlx::{
        self, ConnectOptions, Connection, PgConnection,
        error::DatabaseError,
        postgres::{PgConnectOptions, PgPoolOptions},
    },
};
use url::Url;

use crate::{MigrateError, Timings};

/// PgBouncer's port, here and in the compose files.
const POOLER_PORT: u16 = 6432;
/// A single attempt to connect does not take longer: a host that drops packets would hold it for minutes.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(5);
/// A setting of our own in the startup packet. Poolers refuse it or drop it; only Postgres answers with it.
const PROBE: &str = "blockbotx.direct";

/// A database that may be migrated.
#[derive(Clone)]
pub struct Target {
    options: PgConnectOptions,
    probe: String,
}

// The driver's options show the password.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("host", &self.options.get_host())
            .field("database", &self.options.get_database())
            .finish_non_exhaustive()
    }
}

impl Target {
    /// Checks `direct_url`, against `database_url` where the environment has one.
    ///
    /// # Errors
    /// [`MigrateError::Usage`] when it is no URL of Postgres, [`MigrateError::Pooled`] when it names a pooler.
    pub fn new(
        direct_url: &Secret<String>,
        database_url: Option<&Secret<String>>,
    ) -> Result<Self, MigrateError> {
        let refuse = |error: PgUrlError| MigrateError::Usage(format!("DIRECT_URL {error}"));
        let url = pg_url(direct_url.expose()).map_err(refuse)?;
        refuse_pooled(&url, database_url)?;
        let options = PgConnectOptions::from_url(&url)
            .map_err(|error| MigrateError::Usage(format!("DIRECT_URL: {error}")))?;
        let probe = hex::encode(platform::random::bytes::<8>());
        Ok(Self {
            options: options
                .application_name("migrator")
                .disable_statement_logging()
                .options([
                    (PROBE, probe.as_str()),
                    // Without it a backend whose migrator was killed keeps its locks until its statement ends.
                    ("client_connection_check_interval", "1000"),
                ]),
            probe,
        })
    }

    /// The same database, in which each statement runs as this role. For superusers, and members of the role.
    #[must_use]
    pub(crate) fn acting_as(&self, role: &str) -> Self {
        Self {
            options: self.options.clone().options([("role", role)]),
            probe: self.probe.clone(),
        }
    }

    /// Waits until the database answers, and makes sure that it is Postgres that does.
    ///
    /// # Errors
    /// [`MigrateError::Unreachable`], or at once [`MigrateError::Refused`] and [`MigrateError::Pooled`], which waiting
    /// does not cure.
    pub async fn wait(&self, timings: &Timings) -> Result<PgConnection, MigrateError> {
        let mut reason = String::new();
        for attempt in 1..=timings.connect_attempts {
            if attempt > 1 {
                tokio::time::sleep(timings.connect_interval).await;
            }
            match tokio::time::timeout(ATTEMPT_LIMIT, self.connect()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => reason = transient(&error)?,
                Err(_) => reason = format!("no answer within {ATTEMPT_LIMIT:?}"),
            }
            tracing::warn!(
                attempt,
                of = timings.connect_attempts,
                reason,
                "database not reachable"
            );
        }
        Err(MigrateError::Unreachable {
            attempts: timings.connect_attempts,
            reason,
        })
    }

    /// A single connection for sea-orm, with these timeouts for its whole life. Zero is none.
    pub(crate) async fn open(
        &self,
        lock_timeout: Duration,
        statement_timeout: Duration,
    ) -> Result<DatabaseConnection, sqlx::Error> {
        let options = self.options.clone().options([
            ("lock_timeout", lock_timeout.as_millis().to_string()),
            (
                "statement_timeout",
                statement_timeout.as_millis().to_string(),
            ),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ATTEMPT_LIMIT)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await?;
        Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = PgConnection::connect_with(&self.options).await?;
        let query = sqlx::query_scalar("SELECT current_setting($1, true)").bind(PROBE);
        let answer: Option<String> = query.fetch_one(&mut connection).await?;
        if answer.as_deref() != Some(self.probe.as_str()) {
            return Err(sqlx::Error::Protocol(DROPPED.to_owned()));
        }
        Ok(connection)
    }
}

const DROPPED: &str = "the startup options did not arrive";

/// Tells what a later attempt may cure from what it cannot.
fn transient(error: &sqlx::Error) -> Result<String, MigrateError> {
    if matches!(error, sqlx::Error::Protocol(message) if message == DROPPED) {
        return Err(MigrateError::Pooled(format!(
            "{DROPPED}; a pooler stands between"
        )));
    }
    let code = error.as_database_error().and_then(DatabaseError::code);
    match code.as_deref() {
        // protocol_violation: how PgBouncer answers to startup options that it does not know.
        Some("08P01") => Err(MigrateError::Pooled(error.to_string())),
        // invalid_authorization_specification, invalid_password, invalid_catalog_name.
        Some("28000" | "28P01" | "3D000") => Err(MigrateError::Refused(error.to_string())),
        _ => Ok(error.to_string()),
    }
}

fn refuse_pooled(url: &Url, database_url: Option<&Secret<String>>) -> Result<(), MigrateError> {
    let pooled = |reason: &str| Err(MigrateError::Pooled(reason.to_owned()));
    if url.port() == Some(POOLER_PORT) {
        return pooled("port 6432 is PgBouncer's");
    }
    if url
        .query_pairs()
        .any(|(name, value)| name == "pgbouncer" && value == "true")
    {
        return pooled("it says pgbouncer=true");
    }
    let other = database_url.and_then(|other| pg_url(other.expose()).ok());
    let place = |url: &Url| {
        let host = url.host_str().map(str::to_owned);
        (host, url.port().unwrap_or(5432), url.path().to_owned())
    };
    if other.is_some_and(|other| place(&other) == place(url)) {
        return pooled("it leads to the same place as DATABASE_URL");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(direct: &str, database: Option<&str>) -> Result<Target, MigrateError> {
        let secret = |text: &str| Secret::new(text.to_owned());
        Target::new(&secret(direct), database.map(secret).as_ref())
    }

    #[test]
    fn pooled_urls_are_refused() {
        for (direct, database) in [
            ("postgresql://u:p@pgbouncer:6432/d", None),
            ("postgresql://u:p@h/d?pgbouncer=true", None),
            ("postgresql://u:p@h/d", Some("postgresql://u:p@h/d")),
            (
                "postgresql://u:p@h/d?schema=public",
                Some("postgres://v@h:5432/d"),
            ),
        ] {
            let error = target(direct, database).unwrap_err();
            assert_eq!(error.exit_code(), 78, "{direct} beside {database:?}");
        }
    }

    #[test]
    fn direct_urls_are_taken() {
        for (direct, database) in [
            (
                "postgresql://u:p@postgres:5432/d?schema=public",
                Some("postgresql://u:p@pgbouncer:6432/d"),
            ),
            ("postgres://u@localhost/d", None),
            ("postgres://u@h/d", Some("postgres://u@h/other")),
        ] {
            assert!(
                target(direct, database).is_ok(),
                "{direct} beside {database:?}"
            );
        }
    }

    #[test]
    fn its_password_is_not_shown() {
        let target = target("postgres://u:hunter2@h/d", None).unwrap();
        let shown = format!("{target:?}");
        assert!(
            shown.contains("\"h\"") && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn what_is_no_postgres_url_is_a_mistake_in_the_configuration() {
        for direct in ["", "h/d", "mysql://h/d", "postgres:///d", "postgres://h"] {
            assert_eq!(target(direct, None).unwrap_err().exit_code(), 2, "{direct}");
        }
    }
}
