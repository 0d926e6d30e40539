//! Exchange connections and paper accounts, always by their owner.

mod credentials;
mod edit;

use chrono::{DateTime, Utc};
use platform::{
    ids::{UserId, uuid_v7},
    vault::Vault,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Value,
};
use serde::Serialize;
use trading::{Amount, Venue, candle::Gap};
use utoipa::ToSchema;
use uuid::Uuid;

pub use credentials::{Credentials, CredentialsError, credentials};
pub use edit::{NewKeys, confirm_live, hold, lock, note_account, rename, replace_credentials};

use super::{feeds::FeedStatus, orders};
use crate::{
    StoreError, Txn,
    column::{self, Numeric, Text},
    entity::connections,
    sql,
};

/// The unique key over a user's labels.
pub const LABEL_KEY: &str = "connections_label_key";

/// The unique key over the accounts at exchanges, whoever connected them: two connections of one account would take each other's
/// funds and base for their own.
pub const ACCOUNT_KEY: &str = "connections_account_key";

/// A connection but for what is secret, with its feed and the count of its bots.
#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    venue: Text<Venue>,
    testnet: bool,
    label: String,
    paper: Option<serde_json::Value>,
    key_hint: Option<String>,
    live_confirmed_at: Option<DateTime<Utc>>,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    bots: i64,
    #[sea_orm(nested)]
    feed: Option<FeedRow>,
}

#[derive(FromQueryResult)]
struct FeedRow {
    status: Text<FeedStatus>,
    input_pos: i64,
    data_time: Option<i64>,
    price: Option<Numeric>,
    error: Option<String>,
    gaps: serde_json::Value,
}

/// Reads [`Row`]s of `c`, the connections. The feed of an exchange is its engine's own business.
fn select(from: &str) -> String {
    format!(
        "SELECT c.id, c.venue, c.testnet, c.label, c.paper, c.key_hint, c.live_confirmed_at, c.version, c.created_at,
             c.updated_at, f.status, f.input_pos, f.data_time, f.price, f.error, f.gaps,
             (SELECT count(*) FROM bots b WHERE b.connection_id = c.id AND b.deleted_at IS NULL) AS bots
         FROM {from} LEFT JOIN feeds f ON f.connection_id = c.id AND c.paper IS NOT NULL"
    )
}

async fn rows(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<Connection>, StoreError> {
    let rows: Vec<Row> = sql::rows(conn, sql, values).await?;
    rows.into_iter().map(Connection::try_from).collect()
}

/// A connection, without its credentials.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Connection {
    /// Id of the connection.
    pub id: Uuid,
    /// Where its orders go.
    pub venue: Venue,
    /// Whether it is the venue's playground.
    pub testnet: bool,
    /// The user's name for it.
    pub label: String,
    /// The settings of a paper account.
    #[schema(value_type = Option<Object>)]
    pub paper: Option<serde_json::Value>,
    /// The end of the venue's key, which is all that is ever shown of it.
    pub key_hint: Option<String>,
    /// When its user agreed that bots trade real money through it.
    #[serde(with = "platform::time::wire_option")]
    pub live_confirmed_at: Option<DateTime<Utc>>,
    /// Where the prices of a paper account stand; null at an exchange.
    pub feed: Option<Feed>,
    /// How many bots trade through it.
    #[schema(minimum = 0)]
    pub bots: i64,
    /// Raised by each edit.
    pub version: i32,
    /// When it was made.
    #[serde(with = "platform::time::wire")]
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    #[serde(with = "platform::time::wire")]
    pub updated_at: DateTime<Utc>,
}

/// Where a feed stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Feed {
    /// Whether it plays.
    pub status: FeedStatus,
    /// Prices played: four to a candle.
    #[schema(minimum = 0)]
    pub position: i64,
    /// Time of the last one.
    #[serde(with = "platform::time::wire_option")]
    pub data_time: Option<DateTime<Utc>>,
    /// The last price.
    pub price: Option<Amount>,
    /// Why it cannot go on.
    pub error: Option<String>,
    /// Missing candles that were passed.
    pub gaps: Vec<Gap>,
}

/// A paper account to be made.
#[derive(Debug)]
pub struct NewPaper<'a> {
    /// The user's name for it.
    pub label: &'a str,
    /// Its settings.
    pub paper: &'a serde_json::Value,
}

/// A connection to an exchange to be made.
#[derive(Debug)]
pub struct NewVenue<'a> {
    /// The exchange.
    pub venue: Venue,
    /// Whether it is the venue's playground.
    pub testnet: bool,
    /// The user's name for it.
    pub label: &'a str,
    /// Its keys.
    pub credentials: &'a Credentials,
    /// The account's id at the exchange, where the exchange tells it.
    pub account: Option<&'a str>,
}

impl TryFrom<Row> for Connection {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            venue: row.venue.0,
            testnet: row.testnet,
            label: row.label,
            paper: row.paper,
            key_hint: row.key_hint,
            live_confirmed_at: row.live_confirmed_at,
            feed: row.feed.map(Feed::try_from).transpose()?,
            bots: row.bots,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl TryFrom<FeedRow> for Feed {
    type Error = StoreError;

    fn try_from(row: FeedRow) -> Result<Self, StoreError> {
        Ok(Self {
            status: row.status.0,
            position: row.input_pos,
            data_time: row.data_time.and_then(column::moment),
            price: row.price.map(Amount::from),
            error: row.error,
            gaps: column::json(row.gaps)?,
        })
    }
}

impl Connection {
    /// Whether orders through it cost real money.
    pub fn is_live(&self) -> bool {
        match self.venue {
            Venue::Paper => false,
            Venue::Binance | Venue::Okx => !self.testnet,
        }
    }
}

/// Makes a paper connection. Its feed is [`super::feeds::open`]'s to make.
///
/// # Errors
/// [`StoreError::Conflict`] on [`LABEL_KEY`] where the user has one of this label.
pub async fn insert_paper(
    txn: &Txn,
    user: UserId,
    new: NewPaper<'_>,
    now: DateTime<Utc>,
) -> Result<Uuid, StoreError> {
    let id = uuid_v7(now);
    let row = connections::ActiveModel {
        id: Set(id),
        user_id: Set(user.0),
        venue: Set(Text(Venue::Paper)),
        label: Set(new.label.to_owned()),
        paper: Set(Some(new.paper.clone())),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    connections::Entity::insert(row)
        .exec_without_returning(txn)
        .await?;
    Ok(id)
}

/// Makes a connection to an exchange, its keys sealed for it.
///
/// # Errors
/// [`StoreError::Conflict`] on [`LABEL_KEY`] where the user has one of this venue, kind and label, and on [`ACCOUNT_KEY`] where
/// the account is connected already.
pub async fn insert_venue(
    txn: &Txn,
    vault: &Vault,
    user: UserId,
    new: NewVenue<'_>,
    now: DateTime<Utc>,
) -> Result<Uuid, StoreError> {
    let id = uuid_v7(now);
    let row = connections::ActiveModel {
        id: Set(id),
        user_id: Set(user.0),
        venue: Set(Text(new.venue)),
        testnet: Set(new.testnet),
        label: Set(new.label.to_owned()),
        credentials: Set(Some(new.credentials.seal(vault, user, id))),
        key_id: Set(Some(vault.key_id().to_string())),
        key_hint: Set(Some(new.credentials.hint())),
        venue_account: Set(new.account.map(str::to_owned)),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    connections::Entity::insert(row)
        .exec_without_returning(txn)
        .await?;
    Ok(id)
}

/// The id that a connection's account has at its exchange; none where the exchange has not told it.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn account(
    conn: &impl ConnectionTrait,
    user: UserId,
    id: Uuid,
) -> Result<Option<String>, StoreError> {
    let found: Option<Option<String>> = connections::Entity::find()
        .filter(connections::Column::UserId.eq(user.0))
        .filter(connections::Column::Id.eq(id))
        .select_only()
        .column(connections::Column::VenueAccount)
        .into_tuple()
        .one(conn)
        .await?;
    Ok(found.flatten())
}

/// Whether the account of a connection is in use: by a bot that is not stopped, or by an order that is or may be in the book
/// of the exchange.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn is_traded(
    conn: &impl ConnectionTrait,
    user: UserId,
    id: Uuid,
) -> Result<bool, StoreError> {
    let runs: Option<bool> = sql::value(
        conn,
        "SELECT EXISTS (SELECT FROM bots WHERE user_id = $1 AND connection_id = $2 AND deleted_at IS NULL
             AND status NOT IN ('draft', 'stopped'))",
        [user.0.into(), id.into()],
    )
    .await?;
    Ok(runs == Some(true) || orders::newest_at_exchange(conn, user, id).await?.is_some())
}

/// A user's connection.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find(
    conn: &impl ConnectionTrait,
    user: UserId,
    id: Uuid,
) -> Result<Option<Connection>, StoreError> {
    let sql = format!(
        "{} WHERE c.user_id = $1 AND c.id = $2 AND c.deleted_at IS NULL",
        select("connections c")
    );
    Ok(rows(conn, &sql, [user.0.into(), id.into()]).await?.pop())
}

/// A user's connections, oldest first, after `after`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list(
    conn: &impl ConnectionTrait,
    user: UserId,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Connection>, StoreError> {
    let sql = format!(
        "{} WHERE c.user_id = $1 AND c.id > $2 AND c.deleted_at IS NULL ORDER BY c.id LIMIT $3",
        select("connections c")
    );
    let after = after.unwrap_or(Uuid::nil());
    rows(
        conn,
        &sql,
        [user.0.into(), after.into(), i64::from(limit).into()],
    )
    .await
}

/// Ids of a user's connections, oldest first, with those that were deleted and have traded.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn ids(conn: &impl ConnectionTrait, user: UserId) -> Result<Vec<Uuid>, StoreError> {
    let ids = connections::Entity::find()
        .select_only()
        .column(connections::Column::Id)
        .filter(connections::Column::UserId.eq(user.0))
        .order_by_asc(connections::Column::Id)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ids)
}

/// Whether a connection is a user's, or was until it was deleted.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn had(conn: &impl ConnectionTrait, user: UserId, id: Uuid) -> Result<bool, StoreError> {
    sql::exists(
        conn,
        "SELECT 1 FROM connections WHERE user_id = $1 AND id = $2",
        [user.0.into(), id.into()],
    )
    .await
}

/// What became of an attempt to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone.
    Yes,
    /// There is none, or it is not the caller's.
    NotFound,
    /// Bots belong to it.
    InUse,
}

/// Deletes a connection that no bot belongs to any more. What its deleted bots have traded stays, and the row with it,
/// without keys and out of every list; its label is free again.
///
/// # Errors
/// [`StoreError`] of a statement.
pub async fn delete(
    txn: &Txn,
    user: UserId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Deleted, StoreError> {
    // Locked first: a bot that is made meanwhile waits for the row, and then finds it gone.
    let found = sql::exists(
        txn,
        "SELECT id FROM connections WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE",
        [user.0.into(), id.into()],
    )
    .await?;
    if !found {
        return Ok(Deleted::NotFound);
    }
    let bots: Option<(i64, i64)> = sql::value(
        txn,
        "SELECT count(*), count(*) FILTER (WHERE deleted_at IS NULL) FROM bots WHERE connection_id = $1",
        [id.into()],
    )
    .await?;
    let (bots, present) = bots.ok_or(StoreError::NotFound)?;
    // An order at the exchange can be cancelled with these keys alone.
    if present > 0 || orders::are_at_exchange(txn, user, (None, Some(id))).await? {
        return Ok(Deleted::InUse);
    }
    if bots == 0 {
        sql::execute(txn, "DELETE FROM connections WHERE id = $1", [id.into()]).await?;
        return Ok(Deleted::Yes);
    }
    for gone in [
        "DELETE FROM feeds WHERE connection_id = $1",
        "DELETE FROM balances WHERE connection_id = $1",
    ] {
        sql::execute(txn, gone, [id.into()]).await?;
    }
    // A label has 60 characters, an id 36.
    sql::execute(
        txn,
        "UPDATE connections SET deleted_at = $2, label = left(label, 23) || ' ' || id, credentials = NULL,
             key_id = NULL, key_hint = NULL, live_confirmed_at = NULL, version = version + 1, updated_at = $2
         WHERE id = $1",
        [id.into(), now.into()],
    )
    .await?;
    Ok(Deleted::Yes)
}

/// The settings of a paper account as their own type.
///
/// # Errors
/// When the row holds something else.
pub fn settings<T: serde::de::DeserializeOwned>(connection: &Connection) -> Result<T, StoreError> {
    let value = connection.paper.clone().ok_or(StoreError::NotFound)?;
    column::json(value)
}
