//! Changes of a connection. Each raises its version.

use chrono::{DateTime, Utc};
use platform::{ids::UserId, vault::Vault};
use sea_orm::Value;
use uuid::Uuid;

use super::{Connection, Credentials, rows, select};
use crate::{StoreError, Txn, sql};

/// A user's connection, held until the end of the transaction.
///
/// # Errors
/// [`StoreError`] of the queries.
pub async fn lock(txn: &Txn, user: UserId, id: Uuid) -> Result<Option<Connection>, StoreError> {
    // A statement of its own: the one after it sees what whoever held the row has committed.
    sql::execute(
        txn,
        "SELECT id FROM connections WHERE user_id = $1 AND id = $2 FOR UPDATE",
        [user.0.into(), id.into()],
    )
    .await?;
    super::find(txn, user, id).await
}

/// A user's connection, which nobody changes until the end of the transaction. Several may hold it at once.
///
/// # Errors
/// [`StoreError`] of the queries.
pub async fn hold(txn: &Txn, user: UserId, id: Uuid) -> Result<Option<Connection>, StoreError> {
    sql::execute(
        txn,
        "SELECT id FROM connections WHERE user_id = $1 AND id = $2 FOR SHARE",
        [user.0.into(), id.into()],
    )
    .await?;
    super::find(txn, user, id).await
}

/// Gives a connection another label.
///
/// # Errors
/// [`StoreError::Conflict`] on [`super::LABEL_KEY`]; [`StoreError::NotFound`] where it is not the user's.
pub async fn rename(
    txn: &Txn,
    user: UserId,
    id: Uuid,
    label: &str,
    now: DateTime<Utc>,
) -> Result<Connection, StoreError> {
    update(txn, user, id, now, "label = $4", [label.into()]).await
}

/// Puts other keys in the place of a connection's. They may be those of another account, so that its user has to agree
/// to live trading anew.
///
/// # Errors
/// [`StoreError::NotFound`] where it is not the user's.
pub async fn replace_credentials(
    txn: &Txn,
    vault: &Vault,
    user: UserId,
    id: Uuid,
    credentials: &Credentials,
    now: DateTime<Utc>,
) -> Result<Connection, StoreError> {
    let values = [
        credentials.seal(vault, user, id).into(),
        vault.key_id().to_string().into(),
        credentials.hint().into(),
    ];
    let set = "credentials = $4, key_id = $5, key_hint = $6, live_confirmed_at = NULL";
    update(txn, user, id, now, set, values).await
}

/// Notes that bots may trade real money through a connection.
///
/// # Errors
/// [`StoreError::NotFound`] where it is not the user's.
pub async fn confirm_live(
    txn: &Txn,
    user: UserId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Connection, StoreError> {
    update(txn, user, id, now, "live_confirmed_at = $3", []).await
}

/// `set` may use `$3`, the time, and `$4` on, its values.
async fn update(
    txn: &Txn,
    user: UserId,
    id: Uuid,
    now: DateTime<Utc>,
    set: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Connection, StoreError> {
    let sql = format!(
        "WITH c AS (
             UPDATE connections SET {set}, version = version + 1, updated_at = $3
             WHERE user_id = $1 AND id = $2 RETURNING *
         ) {}",
        select("c")
    );
    let fixed: [Value; 3] = [user.0.into(), id.into(), now.into()];
    rows(txn, &sql, fixed.into_iter().chain(values))
        .await?
        .pop()
        .ok_or(StoreError::NotFound)
}
