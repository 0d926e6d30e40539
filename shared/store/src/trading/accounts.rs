//! A paper account as it was after its last committed input.

use sea_orm::FromQueryResult;
use trading::{Amount, Asset, order::Millis, paper::Balance};
use uuid::Uuid;

use super::{balances, bots, commands, feeds::FeedStatus, orders};
pub use super::{bots::BotRow, commands::CommandRow, orders::OpenOrder};
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
    let bots = bots::of_connection(&txn, connection).await?;
    let orders = orders::open(&txn, connection).await?;
    let balances = balances::of_connection(&txn, connection).await?;
    txn.commit().await?;
    Ok(Some(Loaded {
        account: account.into(),
        bots,
        orders,
        balances,
        commands,
    }))
}
