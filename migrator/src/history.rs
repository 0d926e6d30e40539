//! `schema_history`, the truth about what a database has been through, and sea-orm's own table, which follows it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};

use crate::set::{Migration, Phase};

const CREATE: &str = "
CREATE TABLE IF NOT EXISTS schema_history (
    version integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    phase text NOT NULL CHECK (phase IN ('expand', 'contract')),
    app_sha text NOT NULL,
    duration_ms bigint NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS seaql_migrations (
    version character varying PRIMARY KEY NOT NULL,
    applied_at bigint NOT NULL
)";

/// One applied migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// `NNNN`.
    pub version: i32,
    /// The part of the file name after the number.
    pub name: String,
    /// Hash of the file as it was applied.
    pub sha256: String,
    /// Expand or contract.
    pub phase: Phase,
    /// The commit of the migrator that applied it.
    pub app_sha: String,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// When, by the clock of Postgres.
    pub applied_at: DateTime<Utc>,
}

impl Applied {
    /// `NNNN_name`.
    pub fn label(&self) -> String {
        format!("{:04}_{}", self.version, self.name)
    }
}

/// Creates the migrator's tables where they are missing.
pub(crate) async fn install<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    db.execute_unprepared(CREATE).await.map(|_| ())
}

/// Everything applied, by ascending version; empty on a database that was never migrated. Changes nothing.
///
/// # Errors
/// When the database cannot be read.
pub async fn read<C: ConnectionTrait>(db: &C) -> Result<Vec<Applied>, DbErr> {
    let probe = "SELECT to_regclass('schema_history') IS NOT NULL AS there";
    let there = db.query_one_raw(sql(probe, [])).await?;
    if !there.map_or(Ok(false), |row| row.try_get("", "there"))? {
        return Ok(Vec::new());
    }
    let query = "SELECT version, name, sha256, phase, app_sha, duration_ms, applied_at \
                 FROM schema_history ORDER BY version";
    db.query_all_raw(sql(query, []))
        .await?
        .iter()
        .map(|row| {
            let phase: String = row.try_get("", "phase")?;
            Ok(Applied {
                version: row.try_get("", "version")?,
                name: row.try_get("", "name")?,
                sha256: row.try_get("", "sha256")?,
                phase: match phase.as_str() {
                    "expand" => Phase::Expand,
                    "contract" => Phase::Contract,
                    other => return Err(DbErr::Type(format!("phase {other:?} in schema_history"))),
                },
                app_sha: row.try_get("", "app_sha")?,
                duration_ms: row.try_get("", "duration_ms")?,
                applied_at: row.try_get("", "applied_at")?,
            })
        })
        .collect()
}

/// Notes a migration as applied. In a transaction this comes first: a second runner waits on the key and then fails.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, migration: &Migration) -> Result<(), DbErr> {
    let statement = "INSERT INTO schema_history (version, name, sha256, phase, app_sha, duration_ms) \
                     VALUES ($1, $2, $3, $4, $5, 0)";
    let values = [
        migration.version.into(),
        migration.name.as_str().into(),
        migration.sha256().into(),
        migration.phase.as_str().into(),
        platform::build::GIT_SHA.into(),
    ];
    db.execute_raw(sql(statement, values)).await.map(|_| ())
}

/// Completes the row of [`insert`].
pub(crate) async fn finish<C: ConnectionTrait>(
    db: &C,
    version: i32,
    took: Duration,
) -> Result<(), DbErr> {
    let statement = "UPDATE schema_history SET duration_ms = $2, applied_at = clock_timestamp() WHERE version = $1";
    let took = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
    db.execute_raw(sql(statement, [version.into(), took.into()]))
        .await
        .map(|_| ())
}

/// Forgets a migration.
pub(crate) async fn remove<C: ConnectionTrait>(db: &C, version: i32) -> Result<(), DbErr> {
    let statement = "DELETE FROM schema_history WHERE version = $1";
    db.execute_raw(sql(statement, [version.into()]))
        .await
        .map(|_| ())
}

/// Makes sea-orm's table say what `schema_history` says.
pub(crate) async fn mirror<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let label = "lpad(version::text, 4, '0') || '_' || name";
    db.execute_unprepared(&format!(
        "DELETE FROM seaql_migrations WHERE version NOT IN (SELECT {label} FROM schema_history);
         INSERT INTO seaql_migrations (version, applied_at)
         SELECT {label}, extract(epoch FROM applied_at)::bigint FROM schema_history
         ON CONFLICT (version) DO NOTHING"
    ))
    .await
    .map(|_| ())
}

pub(crate) fn sql(text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, text, values)
}
