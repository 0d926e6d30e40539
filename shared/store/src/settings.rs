//! Settings of the whole platform.

use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::Value;

use crate::{StoreError, entity::settings};

/// Names this history of events; changes when the database is restored from a backup.
pub const STREAM_EPOCH: &str = "stream_epoch";

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
