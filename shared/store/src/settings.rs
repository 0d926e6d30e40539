//! Settings of the whole platform.

use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::Value;

use crate::{StoreError, entity::settings, sql};

/// Names this history of events; changes when the database is restored from a backup.
pub const STREAM_EPOCH: &str = "stream_epoch";

/// When the last backup succeeded: `{"at": seconds since 1970, "bytes": …}`, written by the backup script.
pub const LAST_BACKUP: &str = "last_backup";

/// The value of a setting.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn get(conn: &impl ConnectionTrait, name: &str) -> Result<Option<Value>, StoreError> {
    let row = settings::Entity::find_by_id(name.to_owned())
        .one(conn)
        .await?;
    Ok(row.map(|row| row.value))
}

/// Gives a setting a value.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn set(conn: &impl ConnectionTrait, name: &str, value: Value) -> Result<(), StoreError> {
    sql::execute(
        conn,
        "INSERT INTO settings (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = $2, updated_at = now() WHERE settings.value <> $2",
        [name.into(), value.into()],
    )
    .await?;
    Ok(())
}

/// The name of this history of events. It changes when a database is restored from a backup, so that a client which has
/// seen more than the backup holds fetches everything anew.
///
/// # Errors
/// [`StoreError::NotFound`] on a database that was never migrated.
pub async fn stream_epoch(conn: &impl ConnectionTrait) -> Result<String, StoreError> {
    match get(conn, STREAM_EPOCH).await? {
        Some(Value::String(epoch)) => Ok(epoch),
        Some(_) | None => Err(StoreError::NotFound),
    }
}

/// When the last backup of this database succeeded, in seconds since 1970; nothing before the first.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn last_backup(conn: &impl ConnectionTrait) -> Result<Option<u32>, StoreError> {
    let at = get(conn, LAST_BACKUP)
        .await?
        .and_then(|value| value["at"].as_u64());
    Ok(at.and_then(|at| u32::try_from(at).ok()))
}
