//! A paper account as it was after its last committed input.

use sea_orm::FromQueryResult;
use trading::{Amount, Asset, order::Millis, paper::Balance};
use uuid::Uuid;

use super::{balances, bot_states, commands, feeds::FeedStatus, orders};
pub use super::{bot_states::BotRow, commands::CommandRow, orders::OpenOrder};
use crate::{Db, StoreError, entity::feeds, leases, leases::Lease, sql};

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
    let bots = bot_states::of_connection(&txn, connection, &[]).await?;
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
    let bots = bot_states::of_connection(&txn, connection, known).await?;
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
