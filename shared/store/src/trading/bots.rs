//! Bots as their owners see them.

use chrono::{DateTime, Utc};
use platform::ids::{UserId, uuid_v7};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use trading::{
    Symbol,
    bot::{BotConfig, BotStatus},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{rows, text};
use crate::{StoreError, Txn, sql};

/// The unique key over a user's names.
pub const NAME_KEY: &str = "bots_name_key";

const COLUMNS: &str = "to_jsonb(b) - 'user_id' AS row";

/// A bot.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Bot {
    /// Which.
    pub id: Uuid,
    /// Through which connection it trades.
    pub connection_id: Uuid,
    /// The user's name for it.
    pub name: String,
    /// `dca_interval`, `dca` or `grid`; the same as in its configuration.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it trades.
    pub symbol: Symbol,
    /// What it does.
    pub config: BotConfig,
    /// Where it stands.
    pub status: BotStatus,
    /// Why, when there is more to say.
    pub status_reason: Option<String>,
    /// Raised by each edit.
    pub version: i32,
    /// When it was made.
    #[serde(with = "platform::time::wire")]
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    #[serde(with = "platform::time::wire")]
    pub updated_at: DateTime<Utc>,
}

/// A bot to be made.
#[derive(Debug)]
pub struct NewBot<'a> {
    /// Through which connection of the same user.
    pub connection: Uuid,
    /// The user's name for it.
    pub name: &'a str,
    /// What it trades.
    pub symbol: &'a Symbol,
    /// What it does.
    pub config: &'a BotConfig,
}

/// Which bots of a list.
#[derive(Debug, Default)]
pub struct BotFilter {
    /// Through this connection.
    pub connection: Option<Uuid>,
    /// Of this status.
    pub status: Option<BotStatus>,
    /// Of this type.
    pub kind: Option<String>,
}

/// The name of a configuration's type.
pub const fn kind(config: &BotConfig) -> &'static str {
    match config {
        BotConfig::DcaInterval(_) => "dca_interval",
        BotConfig::Dca(_) => "dca",
        BotConfig::Grid(_) => "grid",
    }
}

/// Makes a bot, as a draft.
///
/// # Errors
/// [`StoreError::Conflict`] on [`NAME_KEY`]; [`StoreError::NotFound`] where the connection is not the user's.
pub async fn insert(
    txn: &Txn,
    user: UserId,
    new: NewBot<'_>,
    now: DateTime<Utc>,
) -> Result<Bot, StoreError> {
    let sql = format!(
        "WITH b AS (
             INSERT INTO bots (id, user_id, connection_id, name, type, symbol, config, created_at, updated_at)
             SELECT $1, c.user_id, c.id, $4, $5, $6, $7, $8, $8 FROM connections c
             WHERE c.user_id = $2 AND c.id = $3 AND c.deleted_at IS NULL FOR SHARE
             RETURNING *
         ) SELECT {COLUMNS} FROM b"
    );
    let config = serde_json::to_value(new.config).map_err(|error| super::json(&error))?;
    let values = [
        uuid_v7(now).into(),
        user.0.into(),
        new.connection.into(),
        new.name.into(),
        kind(new.config).into(),
        new.symbol.to_string().into(),
        config.into(),
        now.into(),
    ];
    rows(txn, &sql, values)
        .await?
        .pop()
        .ok_or(StoreError::NotFound)
}

/// A user's bot.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find(
    conn: &impl ConnectionTrait,
    user: UserId,
    id: Uuid,
) -> Result<Option<Bot>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM bots b WHERE b.user_id = $1 AND b.id = $2 AND b.deleted_at IS NULL"
    );
    Ok(rows(conn, &sql, [user.0.into(), id.into()]).await?.pop())
}

/// A user's bot, held until the end of the transaction.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn lock(txn: &Txn, user: UserId, id: Uuid) -> Result<Option<Bot>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM bots b WHERE b.user_id = $1 AND b.id = $2 AND b.deleted_at IS NULL FOR UPDATE OF b"
    );
    Ok(rows(txn, &sql, [user.0.into(), id.into()]).await?.pop())
}

/// A user's bots that are not at rest, held until the end of the transaction.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn lock_active(txn: &Txn, user: UserId) -> Result<Vec<Bot>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM bots b WHERE b.user_id = $1 AND b.status NOT IN ('draft', 'stopped', 'error')
             AND b.deleted_at IS NULL
         ORDER BY b.id FOR UPDATE OF b"
    );
    rows(txn, &sql, [user.0.into()]).await
}

/// A user's bots, oldest first, after `after`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list(
    conn: &impl ConnectionTrait,
    user: UserId,
    filter: &BotFilter,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Bot>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM bots b WHERE b.user_id = $1 AND b.id > $2 AND b.deleted_at IS NULL
             AND ($3::uuid IS NULL OR b.connection_id = $3) AND ($4::text IS NULL OR b.status = $4)
             AND ($5::text IS NULL OR b.type = $5)
         ORDER BY b.id LIMIT $6"
    );
    let status = filter.status.as_ref().map(text).transpose()?;
    let values = [
        user.0.into(),
        after.unwrap_or(Uuid::nil()).into(),
        filter.connection.into(),
        status.into(),
        filter.kind.clone().into(),
        i64::from(limit).into(),
    ];
    rows(conn, &sql, values).await
}

/// Changes name and configuration of a bot that still has `version`; none if it has another one.
///
/// # Errors
/// [`StoreError::Conflict`] on [`NAME_KEY`].
pub async fn update(
    txn: &Txn,
    user: UserId,
    (id, version): (Uuid, i32),
    name: &str,
    config: &BotConfig,
    now: DateTime<Utc>,
) -> Result<Option<Bot>, StoreError> {
    let sql = format!(
        "WITH b AS (
             UPDATE bots SET name = $4, config = $5, version = version + 1, updated_at = $6
             WHERE user_id = $1 AND id = $2 AND version = $3 RETURNING *
         ) SELECT {COLUMNS} FROM b"
    );
    let config = serde_json::to_value(config).map_err(|error| super::json(&error))?;
    let values = [
        user.0.into(),
        id.into(),
        version.into(),
        name.into(),
        config.into(),
        now.into(),
    ];
    Ok(rows(txn, &sql, values).await?.pop())
}

/// Says where a bot stands.
///
/// # Errors
/// [`StoreError::NotFound`] where it is not the user's.
pub async fn set_status(
    txn: &Txn,
    user: UserId,
    id: Uuid,
    status: BotStatus,
    now: DateTime<Utc>,
) -> Result<Bot, StoreError> {
    let sql = format!(
        "WITH b AS (
             UPDATE bots SET status = $3, status_reason = NULL, updated_at = $4
             WHERE user_id = $1 AND id = $2 RETURNING *
         ) SELECT {COLUMNS} FROM b"
    );
    let values = [user.0.into(), id.into(), text(&status)?.into(), now.into()];
    rows(txn, &sql, values)
        .await?
        .pop()
        .ok_or(StoreError::NotFound)
}

/// Deletes a bot: nothing finds it, and its name is free again. What it has traded stays, for the portfolio and for
/// whoever has to pay taxes on it; what it would have gone on from does not.
///
/// # Errors
/// [`StoreError`] of a statement.
pub async fn delete(
    txn: &Txn,
    user: UserId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    // A name has 100 characters, an id 36.
    let done = sql::execute(
        txn,
        "UPDATE bots SET deleted_at = $3, name = left(name, 63) || ' ' || id, version = version + 1, updated_at = $3
         WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL",
        [user.0.into(), id.into(), now.into()],
    )
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    for gone in [
        "DELETE FROM bot_states WHERE bot_id = $1",
        "DELETE FROM bot_commands WHERE bot_id = $1",
    ] {
        sql::execute(txn, gone, [id.into()]).await?;
    }
    Ok(true)
}
