//! An account as it was after its last committed input: on paper, or at an exchange.

use sea_orm::FromQueryResult;
use trading::{Amount, Asset, Symbol, Venue, order::Millis, paper::Balance};
use uuid::Uuid;

use super::{balances, bot_states, commands, feeds::FeedStatus, orders};
pub use super::{bot_states::BotRow, commands::CommandRow, orders::OpenOrder};
use crate::{
    Db, StoreError,
    column::Text,
    entity::feeds,
    leases::{self, Lease},
    sql,
};

/// Everything that is needed to go on.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The account's settings and the position of its feed.
    pub account: AccountRow,
    /// Its bots, by id, but those that are drafts, stopped or failed and have not been told anything.
    pub bots: Vec<BotRow>,
    /// Orders in the book.
    pub orders: Vec<OpenOrder>,
    /// What it holds.
    pub balances: Vec<(Asset, Balance)>,
    /// Commands that wait, oldest first.
    pub commands: Vec<CommandRow>,
    /// Base of the account that bots own which are not among `bots`.
    pub owned_elsewhere: Amount,
}

/// What was told to the bots of an account that is in memory.
#[derive(Debug, Clone)]
pub struct Told {
    /// Commands that wait, oldest first.
    pub commands: Vec<CommandRow>,
    /// Bots that are to run and are not in memory yet, and those that were told something.
    pub bots: Vec<BotRow>,
    /// Base of the account that bots own which are neither in memory nor among `bots`.
    pub owned_elsewhere: Amount,
}

/// Everything that is needed to go on at an exchange.
#[derive(Debug, Clone)]
pub struct LoadedExchange {
    /// The account, and the count of what was saved of it.
    pub account: ExchangeRow,
    /// Its bots, by id, but those that are drafts, stopped or failed, have not been told anything and have none of the orders
    /// below.
    pub bots: Vec<BotRow>,
    /// Orders that are or may be at the exchange.
    pub orders: Vec<OpenOrder>,
    /// Orders that ended lately: the exchange may still tell of fills of them.
    pub ended: Vec<OpenOrder>,
    /// What it held when it was last told.
    pub balances: Vec<(Asset, Balance)>,
    /// Commands that wait, oldest first.
    pub commands: Vec<CommandRow>,
    /// Base of the account that bots own which are not among `bots`, by their market.
    pub owned_elsewhere: Vec<(Symbol, Amount)>,
}

/// What was told to the bots of an exchange account that is in memory.
#[derive(Debug, Clone)]
pub struct ToldExchange {
    /// Commands that wait, oldest first.
    pub commands: Vec<CommandRow>,
    /// Bots that are to run and are not in memory yet, and those that were told something.
    pub bots: Vec<BotRow>,
    /// Base of the account that bots own which are neither in memory nor among `bots`, by their market.
    pub owned_elsewhere: Vec<(Symbol, Amount)>,
    /// A digest of the sealed keys of the connection: others have another.
    pub keys: Option<String>,
}

/// A connection to an exchange.
#[derive(Debug, Clone)]
pub struct ExchangeRow {
    /// Which exchange.
    pub venue: Venue,
    /// Whether it is the exchange's playground.
    pub testnet: bool,
    /// A digest of its sealed keys: others have another.
    pub keys: Option<String>,
    /// Its user agreed that bots trade real money with these keys.
    pub is_live_confirmed: bool,
    /// How often it was saved.
    pub input_pos: i64,
    /// When it was last saved with something that had happened.
    pub data_time: Option<Millis>,
}

#[derive(FromQueryResult)]
struct ExchangeRecord {
    venue: Text<Venue>,
    testnet: bool,
    keys: Option<String>,
    is_live_confirmed: bool,
    input_pos: i64,
    data_time: Option<i64>,
}

impl From<ExchangeRecord> for ExchangeRow {
    fn from(row: ExchangeRecord) -> Self {
        Self {
            venue: row.venue.0,
            testnet: row.testnet,
            keys: row.keys,
            is_live_confirmed: row.is_live_confirmed,
            input_pos: row.input_pos,
            data_time: row.data_time,
        }
    }
}

/// A paper connection and its feed.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// Its settings, as the connection has them.
    pub paper: serde_json::Value,
    /// Where the feed stands.
    pub status: FeedStatus,
    /// Points played.
    pub input_pos: i64,
    /// Time of the last one.
    pub data_time: Option<Millis>,
    /// Price of the last one.
    pub price: Option<Amount>,
}

#[derive(FromQueryResult)]
struct Row {
    paper: serde_json::Value,
    #[sea_orm(nested)]
    feed: feeds::Model,
}

impl From<Row> for AccountRow {
    fn from(Row { paper, feed }: Row) -> Self {
        Self {
            paper,
            status: feed.status.0,
            input_pos: feed.input_pos,
            data_time: feed.data_time,
            price: feed.price.map(Amount::from),
        }
    }
}

/// Reads an account under the lease of its user's shard; `None` if there is no such paper account.
///
/// # Errors
/// [`StoreError::LeaseLost`], or any of a query.
pub async fn load(db: &Db, lease: &Lease, connection: Uuid) -> Result<Option<Loaded>, StoreError> {
    let txn = db.begin().await?;
    leases::assert_held(&txn, lease).await?;
    let account: Option<Row> = sql::row(
        &txn,
        "SELECT c.paper, f.* FROM connections c JOIN feeds f ON f.connection_id = c.id
         WHERE c.id = $1 AND c.paper IS NOT NULL",
        [connection.into()],
    )
    .await?;
    let Some(account) = account else {
        return Ok(None);
    };
    // Commands first: a bot that is told something after this is told at the next look.
    let commands = commands::waiting(&txn, connection).await?;
    let bots = bot_states::of_connection(&txn, connection, &[], &[]).await?;
    let loaded: Vec<Uuid> = bots.iter().map(|bot| bot.id).collect();
    let owned_elsewhere = bot_states::owned_base(&txn, connection, &loaded).await?;
    let orders = orders::open(&txn, connection).await?;
    let balances = balances::of_connection(&txn, connection).await?;
    txn.commit().await?;
    Ok(Some(Loaded {
        account: account.into(),
        bots,
        orders,
        balances,
        commands,
        owned_elsewhere,
    }))
}

/// Reads what was told to the bots of an account of which those in `known` are in memory.
///
/// # Errors
/// [`StoreError::LeaseLost`], or any of a query.
pub async fn told(
    db: &Db,
    lease: &Lease,
    connection: Uuid,
    known: &[Uuid],
) -> Result<Told, StoreError> {
    let txn = db.begin().await?;
    leases::assert_held(&txn, lease).await?;
    let commands = commands::waiting(&txn, connection).await?;
    let bots = bot_states::of_connection(&txn, connection, known, &[]).await?;
    let new = bots.iter().map(|bot| bot.id);
    let in_memory: Vec<Uuid> = known.iter().copied().chain(new).collect();
    let owned_elsewhere = bot_states::owned_base(&txn, connection, &in_memory).await?;
    txn.commit().await?;
    Ok(Told {
        commands,
        bots,
        owned_elsewhere,
    })
}

/// Milliseconds for which the exchange may tell of fills of orders that have ended.
const LATE_FILLS_MS: Millis = 24 * 3_600_000;

/// Reads an exchange account under the lease of its user's shard, `now` in milliseconds since 1970; `None` if there is no
/// such account, or nothing was ever started there.
///
/// # Errors
/// [`StoreError::LeaseLost`], or any of a query.
pub async fn load_exchange(
    db: &Db,
    lease: &Lease,
    connection: Uuid,
    now: Millis,
) -> Result<Option<LoadedExchange>, StoreError> {
    let txn = db.begin().await?;
    leases::assert_held(&txn, lease).await?;
    let account: Option<ExchangeRecord> = sql::row(
        &txn,
        "SELECT c.venue, c.testnet, md5(c.credentials) AS keys, c.live_confirmed_at IS NOT NULL AS is_live_confirmed,
             f.input_pos, f.data_time
         FROM connections c JOIN feeds f ON f.connection_id = c.id
         WHERE c.id = $1 AND c.paper IS NULL AND c.deleted_at IS NULL",
        [connection.into()],
    )
    .await?;
    let Some(account) = account else {
        return Ok(None);
    };
    // Commands first: a bot that is told something after this is told at the next look.
    let commands = commands::waiting(&txn, connection).await?;
    let orders = orders::open(&txn, connection).await?;
    let ended = orders::ended_since(&txn, connection, now - LATE_FILLS_MS).await?;
    let of_orders = orders.iter().chain(&ended).map(|order| order.bot);
    let of_orders: Vec<Uuid> = of_orders.collect();
    let bots = bot_states::of_connection(&txn, connection, &[], &of_orders).await?;
    let loaded: Vec<Uuid> = bots.iter().map(|bot| bot.id).collect();
    let owned_elsewhere = bot_states::owned_by_symbol(&txn, connection, &loaded).await?;
    let balances = balances::of_connection(&txn, connection).await?;
    txn.commit().await?;
    Ok(Some(LoadedExchange {
        account: account.into(),
        bots,
        orders,
        ended,
        balances,
        commands,
        owned_elsewhere,
    }))
}

/// Reads what was told to the bots of an exchange account of which those in `known` are in memory.
///
/// # Errors
/// [`StoreError::LeaseLost`], [`StoreError::NotFound`] where the connection was deleted, or any of a query.
pub async fn told_exchange(
    db: &Db,
    lease: &Lease,
    connection: Uuid,
    known: &[Uuid],
) -> Result<ToldExchange, StoreError> {
    let txn = db.begin().await?;
    leases::assert_held(&txn, lease).await?;
    let keys: Option<(Option<String>,)> = sql::value(
        &txn,
        "SELECT md5(credentials) FROM connections WHERE id = $1 AND deleted_at IS NULL",
        [connection.into()],
    )
    .await?;
    let (keys,) = keys.ok_or(StoreError::NotFound)?;
    let commands = commands::waiting(&txn, connection).await?;
    let bots = bot_states::of_connection(&txn, connection, known, &[]).await?;
    let new = bots.iter().map(|bot| bot.id);
    let in_memory: Vec<Uuid> = known.iter().copied().chain(new).collect();
    let owned_elsewhere = bot_states::owned_by_symbol(&txn, connection, &in_memory).await?;
    txn.commit().await?;
    Ok(ToldExchange {
        commands,
        bots,
        owned_elsewhere,
        keys,
    })
}
