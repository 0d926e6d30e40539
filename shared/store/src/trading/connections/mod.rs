//! Exchange connections and paper accounts, always by their owner.

mod credentials;
mod edit;

use chrono::{DateTime, Utc};
use platform::{
    ids::{UserId, uuid_v7},
    vault::Vault,
};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use trading::{Amount, Venue, candle::Gap, paper::Balance};
use utoipa::ToSchema;
use uuid::Uuid;

pub use credentials::{Credentials, CredentialsError, credentials};
pub use edit::{confirm_live, lock, rename, replace_credentials};

use super::{feeds::FeedStatus, json, rows, text};
use crate::{StoreError, Txn, sql};

/// The unique key over a user's labels.
pub const LABEL_KEY: &str = "connections_label_key";

const COLUMNS: &str = concat!(
    "jsonb_build_object(
    'id', c.id, 'venue', c.venue, 'testnet', c.testnet, 'label', c.label, 'paper', c.paper, 'version', c.version,
    'key_hint', c.key_hint, 'live_confirmed_at', c.live_confirmed_at, 'created_at', c.created_at, 'updated_at', c.updated_at,
    'bots', (SELECT count(*) FROM bots b WHERE b.connection_id = c.id AND b.deleted_at IS NULL),
    'feed', (SELECT jsonb_build_object('status', f.status, 'position', f.input_pos, 'gaps', f.gaps, 'error', f.error,
        'data_time', ",
    moment!("f.data_time"),
    ", 'price', trim_scale(f.price)::text)
        FROM feeds f WHERE f.connection_id = c.id)
) AS row"
);

/// A connection, without its credentials.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Connection {
    /// Which.
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
    /// Where the prices of a paper account stand.
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
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
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

/// What an account holds of an asset.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HeldAsset {
    /// Whose.
    pub connection_id: Uuid,
    /// Of what.
    pub asset: String,
    /// How much.
    #[serde(flatten)]
    pub balance: Balance,
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
    sql::execute(
        txn,
        "INSERT INTO connections (id, user_id, venue, label, paper, created_at, updated_at)
         VALUES ($1, $2, 'paper', $3, $4, $5, $5)",
        [
            id.into(),
            user.0.into(),
            new.label.into(),
            new.paper.clone().into(),
            now.into(),
        ],
    )
    .await?;
    Ok(id)
}

/// Makes a connection to an exchange, its keys sealed for it.
///
/// # Errors
/// [`StoreError::Conflict`] on [`LABEL_KEY`] where the user has one of this venue, kind and label.
pub async fn insert_venue(
    txn: &Txn,
    vault: &Vault,
    user: UserId,
    new: NewVenue<'_>,
    now: DateTime<Utc>,
) -> Result<Uuid, StoreError> {
    let id = uuid_v7(now);
    sql::execute(
        txn,
        "INSERT INTO connections
             (id, user_id, venue, testnet, label, credentials, key_id, key_hint, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        [
            id.into(),
            user.0.into(),
            text(&new.venue)?.into(),
            new.testnet.into(),
            new.label.into(),
            new.credentials.seal(vault, user, id).into(),
            vault.key_id().to_string().into(),
            new.credentials.hint().into(),
            now.into(),
        ],
    )
    .await?;
    Ok(id)
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
        "SELECT {COLUMNS} FROM connections c WHERE c.user_id = $1 AND c.id = $2 AND c.deleted_at IS NULL"
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
        "SELECT {COLUMNS} FROM connections c WHERE c.user_id = $1 AND c.id > $2 AND c.deleted_at IS NULL
         ORDER BY c.id LIMIT $3"
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
    rows(
        conn,
        "SELECT to_jsonb(id) AS row FROM connections WHERE user_id = $1 ORDER BY id",
        [user.0.into()],
    )
    .await
}

/// Whether a connection is a user's, or was until it was deleted.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn had(conn: &impl ConnectionTrait, user: UserId, id: Uuid) -> Result<bool, StoreError> {
    let row = sql::one(
        conn,
        "SELECT 1 AS one FROM connections WHERE user_id = $1 AND id = $2",
        [user.0.into(), id.into()],
    )
    .await?;
    Ok(row.is_some())
}

/// What is held in a user's connections, or in one of them.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn balances(
    conn: &impl ConnectionTrait,
    user: UserId,
    connection: Option<Uuid>,
) -> Result<Vec<HeldAsset>, StoreError> {
    rows(
        conn,
        "SELECT jsonb_build_object('connection_id', h.connection_id, 'asset', h.asset,
             'free', trim_scale(h.free)::text, 'reserved', trim_scale(h.reserved)::text) AS row
         FROM balances h JOIN connections c ON c.id = h.connection_id
         WHERE c.user_id = $1 AND ($2::uuid IS NULL OR c.id = $2) ORDER BY h.connection_id, h.asset",
        [user.0.into(), connection.into()],
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
    let found = sql::one(
        txn,
        "SELECT id FROM connections WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE",
        [user.0.into(), id.into()],
    )
    .await?;
    if found.is_none() {
        return Ok(Deleted::NotFound);
    }
    let bots = sql::one(
        txn,
        "SELECT count(*) AS bots, count(*) FILTER (WHERE deleted_at IS NULL) AS present
         FROM bots WHERE connection_id = $1",
        [id.into()],
    )
    .await?
    .ok_or(StoreError::NotFound)?;
    if bots.try_get_by::<i64, _>("present")? > 0 {
        return Ok(Deleted::InUse);
    }
    if bots.try_get_by::<i64, _>("bots")? == 0 {
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
    serde_json::from_value(value).map_err(|error| json(&error))
}
