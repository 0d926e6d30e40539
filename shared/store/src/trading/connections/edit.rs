//! Changes of a connection. Each raises its version.

use chrono::{DateTime, Utc};
use platform::{ids::UserId, vault::Vault};
use sea_orm::{ConnectionTrait, Value};
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

/// Other keys for a connection.
#[derive(Debug, Clone, Copy)]
pub struct NewKeys<'a> {
    /// The keys.
    pub credentials: &'a Credentials,
    /// The account's id at the exchange, where the exchange tells it.
    pub account: Option<&'a str>,
}

/// Puts other keys in the place of a connection's. Unless they are known to be those of the same account, its user has to agree
/// to live trading anew.
///
/// # Errors
/// [`StoreError::NotFound`] where it is not the user's; [`StoreError::Conflict`] on [`super::ACCOUNT_KEY`] where another
/// connection is of that account.
pub async fn replace_credentials(
    txn: &Txn,
    vault: &Vault,
    user: UserId,
    id: Uuid,
    new: NewKeys<'_>,
    now: DateTime<Utc>,
) -> Result<Connection, StoreError> {
    let values = [
        new.credentials.seal(vault, user, id).into(),
        vault.key_id().to_string().into(),
        new.credentials.hint().into(),
        new.account.into(),
    ];
    let set = "credentials = $4, key_id = $5, key_hint = $6, venue_account = $7::text,
        live_confirmed_at = CASE WHEN venue_account = $7::text THEN live_confirmed_at END";
    update(txn, user, id, now, set, values).await
}

/// Notes which account the keys are of that a connection has since `version`, where that was not known. This is no edit.
///
/// # Errors
/// [`StoreError::Conflict`] on [`super::ACCOUNT_KEY`] where another connection is of that account.
pub async fn note_account(
    conn: &impl ConnectionTrait,
    user: UserId,
    id: Uuid,
    version: i32,
    account: &str,
) -> Result<(), StoreError> {
    sql::execute(
        conn,
        "UPDATE connections SET venue_account = $4
         WHERE user_id = $1 AND id = $2 AND version = $3 AND venue_account IS NULL",
        [user.0.into(), id.into(), version.into(), account.into()],
    )
    .await?;
    Ok(())
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
