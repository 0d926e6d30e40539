//! A paper account as it was after its last committed input.

use serde::{Deserialize, Serialize};
use trading::{
    Amount, Asset,
    bot::BotStatus,
    order::{Millis, OrderIntent},
    paper::Balance,
};
use uuid::Uuid;

use super::{feeds::FeedStatus, rows};
use crate::{Db, StoreError, leases, leases::Lease};

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
#[derive(Debug, Clone, Deserialize)]
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

/// A bot and its state.
#[derive(Debug, Clone, Deserialize)]
pub struct BotRow {
    /// Which.
    pub id: Uuid,
    /// What it does; where it was changed by commands that wait, what it did before them.
    pub config: serde_json::Value,
    /// Where it stands.
    pub status: BotStatus,
    /// Version of its state's form; none before it was ever saved.
    pub state_format: Option<i32>,
    /// Its state.
    pub state: Option<serde_json::Value>,
}

/// An order in the book.
#[derive(Debug, Clone, Deserialize)]
pub struct OpenOrder {
    /// Its row.
    pub id: Uuid,
    /// Its bot.
    pub bot: Uuid,
    /// What was asked for.
    pub intent: OrderIntent,
    /// Set aside for it.
    pub reserved: Amount,
    /// It was marketable when it arrived.
    pub takes: bool,
    /// Points that had been played when it arrived.
    pub placed_pos: i64,
}

/// A command that waits.
#[derive(Debug, Clone, Deserialize)]
pub struct CommandRow {
    /// Which.
    pub id: Uuid,
    /// Whom it is for.
    pub bot: Uuid,
    /// The command.
    pub command: serde_json::Value,
    /// Why, where the platform gave it.
    pub reason: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct BalanceRow {
    asset: Asset,
    #[serde(flatten)]
    balance: Balance,
}

/// Reads an account under the lease of its user's shard; `None` if there is no such paper account.
///
/// # Errors
/// [`StoreError::LeaseLost`], or any of a query.
pub async fn load(db: &Db, lease: &Lease, connection: Uuid) -> Result<Option<Loaded>, StoreError> {
    let txn = db.begin().await?;
    leases::assert_held(&txn, lease).await?;
    let account: Vec<AccountRow> = rows(
        &txn,
        "SELECT jsonb_build_object('paper', c.paper, 'status', f.status, 'input_pos', f.input_pos,
             'data_time', f.data_time, 'price', trim_scale(f.price)::text) AS row
         FROM connections c JOIN feeds f ON f.connection_id = c.id WHERE c.id = $1 AND c.paper IS NOT NULL",
        [connection.into()],
    )
    .await?;
    let Some(account) = account.into_iter().next() else {
        return Ok(None);
    };
    // Commands first: a bot that is told something after this is told at the next look.
    let commands = rows(
        &txn,
        "SELECT jsonb_build_object('id', id, 'bot', bot_id, 'command', command, 'reason', reason) AS row
         FROM bot_commands WHERE connection_id = $1 AND applied_pos IS NULL ORDER BY position",
        [connection.into()],
    )
    .await?;
    let bots = rows(
        &txn,
        "SELECT jsonb_build_object('id', b.id, 'status', b.status, 'config', coalesce((
                 SELECT w.config_before FROM bot_commands w
                 WHERE w.bot_id = b.id AND w.applied_pos IS NULL AND w.config_before IS NOT NULL
                 ORDER BY w.position LIMIT 1
             ), b.config),
             'state_format', s.state_format, 'state', s.state) AS row
         FROM bots b LEFT JOIN bot_states s ON s.bot_id = b.id
         WHERE b.connection_id = $1 AND (b.status NOT IN ('draft', 'stopped', 'error') OR EXISTS (
             SELECT 1 FROM bot_commands w WHERE w.bot_id = b.id AND w.applied_pos IS NULL
         )) ORDER BY b.id",
        [connection.into()],
    )
    .await?;
    let orders = rows(
        &txn,
        "SELECT jsonb_build_object('id', id, 'bot', bot_id, 'reserved', trim_scale(reserved)::text, 'takes', takes,
             'placed_pos', placed_pos, 'intent', jsonb_build_object(
                 'number', number, 'deal', deal, 'purpose', purpose, 'level', level, 'attempt', attempt, 'side', side,
                 'scheduled_at', scheduled_at,
                 'order_type', CASE type WHEN 'limit' THEN jsonb_build_object(
                     'type', type, 'price', trim_scale(price)::text, 'time_in_force', time_in_force
                 ) ELSE jsonb_build_object('type', type) END,
                 'size', CASE WHEN quantity IS NULL THEN jsonb_build_object('quote', trim_scale(quote_quantity)::text)
                     ELSE jsonb_build_object('base', trim_scale(quantity)::text) END
             )) AS row
         FROM orders WHERE connection_id = $1
             AND status IN ('sending', 'open', 'partially_filled', 'canceling', 'unknown') ORDER BY number, bot_id",
        [connection.into()],
    )
    .await?;
    let balances: Vec<BalanceRow> = rows(
        &txn,
        "SELECT jsonb_build_object('asset', asset, 'free', trim_scale(free)::text,
             'reserved', trim_scale(reserved)::text) AS row
         FROM balances WHERE connection_id = $1 ORDER BY asset",
        [connection.into()],
    )
    .await?;
    txn.commit().await?;
    Ok(Some(Loaded {
        account,
        bots,
        orders,
        balances: balances
            .into_iter()
            .map(|row| (row.asset, row.balance))
            .collect(),
        commands,
    }))
}
