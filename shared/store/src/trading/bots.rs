//! Bots as their owners see them.

use chrono::{DateTime, Utc};
use platform::ids::{UserId, uuid_v7};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use serde::Serialize;
use trading::{
    Symbol,
    bot::{BotConfig, BotKind, BotStatus},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::array;
use crate::{
    StoreError, Txn,
    column::{self, Text, to_json},
    entity::bots,
    sql,
};

/// The unique key over a user's names.
pub const NAME_KEY: &str = "bots_name_key";

/// A bot, as its user sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Bot {
    /// Id of the bot.
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

impl TryFrom<bots::Model> for Bot {
    type Error = StoreError;

    fn try_from(row: bots::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            connection_id: row.connection_id,
            name: row.name,
            kind: row.kind,
            symbol: row.symbol.0,
            config: column::json(row.config)?,
            status: row.status.0,
            status_reason: row.status_reason,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
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
    pub kind: Option<BotKind>,
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
    // From the row of the connection, which is locked: it is the user's, and stays until the commit.
    let row: Option<bots::Model> = sql::row(
        txn,
        "INSERT INTO bots (id, user_id, connection_id, name, type, symbol, config, created_at, updated_at)
         SELECT $1, c.user_id, c.id, $4, $5, $6, $7, $8, $8 FROM connections c
         WHERE c.user_id = $2 AND c.id = $3 AND c.deleted_at IS NULL FOR SHARE
         RETURNING *",
        [
            uuid_v7(now).into(),
            user.0.into(),
            new.connection.into(),
            new.name.into(),
            new.config.kind().as_str().into(),
            new.symbol.to_string().into(),
            to_json(new.config)?.into(),
            now.into(),
        ],
    )
    .await?;
    row.ok_or(StoreError::NotFound)?.try_into()
}

/// A user's bots that are not deleted.
fn owned_by(user: UserId) -> Condition {
    Condition::all()
        .add(bots::Column::UserId.eq(user.0))
        .add(bots::Column::DeletedAt.is_null())
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
    let row = bots::Entity::find_by_id(id)
        .filter(owned_by(user))
        .one(conn)
        .await?;
    row.map(Bot::try_from).transpose()
}

/// A user's bot, held until the end of the transaction.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn lock(txn: &Txn, user: UserId, id: Uuid) -> Result<Option<Bot>, StoreError> {
    let row = bots::Entity::find_by_id(id)
        .filter(owned_by(user))
        .lock_exclusive()
        .one(txn)
        .await?;
    row.map(Bot::try_from).transpose()
}

/// A user's bots that are not at rest, held until the end of the transaction.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn lock_active(txn: &Txn, user: UserId) -> Result<Vec<Bot>, StoreError> {
    let at_rest = [BotStatus::Draft, BotStatus::Stopped, BotStatus::Error];
    let rows = bots::Entity::find()
        .filter(owned_by(user))
        .filter(bots::Column::Status.is_not_in(at_rest.map(Text)))
        .order_by_asc(bots::Column::Id)
        .lock_exclusive()
        .all(txn)
        .await?;
    rows.into_iter().map(Bot::try_from).collect()
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
    let rows = bots::Entity::find()
        .filter(owned_by(user))
        .filter(bots::Column::Id.gt(after.unwrap_or(Uuid::nil())))
        .apply_if(filter.connection, |query, connection| {
            query.filter(bots::Column::ConnectionId.eq(connection))
        })
        .apply_if(filter.status, |query, status| {
            query.filter(bots::Column::Status.eq(Text(status)))
        })
        .apply_if(filter.kind, |query, kind| {
            query.filter(bots::Column::Kind.eq(kind.as_str()))
        })
        .order_by_asc(bots::Column::Id)
        .limit(u64::from(limit))
        .all(conn)
        .await?;
    rows.into_iter().map(Bot::try_from).collect()
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
    let rows = bots::Entity::update_many()
        .col_expr(bots::Column::Name, Expr::value(name))
        .col_expr(bots::Column::Config, Expr::value(to_json(config)?))
        .col_expr(
            bots::Column::Version,
            Expr::col(bots::Column::Version).add(1),
        )
        .col_expr(bots::Column::UpdatedAt, Expr::value(now))
        .filter(bots::Column::UserId.eq(user.0))
        .filter(bots::Column::Id.eq(id))
        .filter(bots::Column::Version.eq(version))
        .exec_with_returning(txn)
        .await?;
    rows.into_iter().next().map(Bot::try_from).transpose()
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
    let rows = bots::Entity::update_many()
        .col_expr(bots::Column::Status, Expr::value(Text(status)))
        .col_expr(bots::Column::StatusReason, Expr::value(None::<String>))
        .col_expr(bots::Column::UpdatedAt, Expr::value(now))
        .filter(bots::Column::UserId.eq(user.0))
        .filter(bots::Column::Id.eq(id))
        .exec_with_returning(txn)
        .await?;
    let row = rows.into_iter().next();
    row.ok_or(StoreError::NotFound)?.try_into()
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
    // The new name is made from the old one. A name has 100 characters, an id 36.
    let done = sql::execute(
        txn,
        "UPDATE bots SET deleted_at = $3, signal_secret = NULL, name = left(name, 63) || ' ' || id, version = version + 1, updated_at = $3
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
        "UPDATE signals SET outcome = 'refused', reason = 'not_running', applied_at = now()
         WHERE bot_id = $1 AND outcome = 'accepted'",
    ] {
        sql::execute(txn, gone, [id.into()]).await?;
    }
    Ok(true)
}

/// A bot's new status.
#[derive(Debug, Clone, Serialize)]
pub struct NewStatus {
    /// Its bot.
    pub bot: Uuid,
    /// Where it stands.
    pub status: BotStatus,
    /// Reason of the status, as its user reads it.
    pub reason: Option<String>,
}

/// Writes where bots stand.
pub(super) async fn update_statuses(txn: &Txn, statuses: &[NewStatus]) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "UPDATE bots b SET status = r->>'status', status_reason = r->>'reason', updated_at = now()
         FROM jsonb_array_elements($1) AS r WHERE b.id = (r->>'bot')::uuid",
        [array(statuses)?],
    )
    .await?;
    Ok(())
}
