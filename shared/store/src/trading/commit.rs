//! What some inputs did to an account, in one transaction.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use sea_orm::Value;
use uuid::Uuid;

use super::{
    array, balances, bot_states, bots, commands, deals, decisions, equity,
    feeds::{self, FeedStatus},
    fills, orders, signals,
};
pub use super::{
    batch::Batch,
    bot_states::SavedState,
    bots::NewStatus,
    commands::CommandOutcome,
    deals::{DealClosed, DealOpened, NewTrade},
    decisions::NewDecision,
    equity::NewEquity,
    feeds::Saved,
    fills::NewFill,
    orders::{NewOrder, OrderChange, OrderProgress},
    signals::SignalResult,
};
use crate::{
    Db, StoreError, Txn,
    column::{Text, to_json_text},
    events,
    leases::{self, Lease},
    sql,
};

/// The one statement that moves the feed on under the lease and writes the rows of a batch: each statement is a way to
/// Postgres and back. $5 is the connection, $7 the position, $15 the user, $16 the states; `given` is the batch, read from its
/// text once. Every part takes its rows beside that of `feed`, so that there are none unless it was moved on. The parts do not
/// see each other's rows, and lock theirs in no order: what others lock too is written by statements of its own.
fn statement(batch: &Batch) -> String {
    let parts = [
        (batch.opened.is_empty(), "opened", deals::INSERT),
        (batch.closed.is_empty(), "closed", deals::CLOSE),
        (batch.trades.is_empty(), "traded", deals::INSERT_TRADES),
        (batch.orders.is_empty(), "ordered", orders::INSERT),
        (batch.changes.is_empty(), "changed", orders::UPDATE),
        (batch.fills.is_empty(), "filled", fills::INSERT),
        (batch.fills.is_empty(), "moved", fills::INSERT_LEGS),
        (batch.balances.is_empty(), "balanced", balances::PUT),
        (batch.equity.is_empty(), "valued", equity::INSERT),
        (batch.states.is_empty(), "saved", bot_states::PUT),
        (batch.decisions.is_empty(), "decided", decisions::INSERT),
    ];
    let rows: String = parts
        .into_iter()
        .filter(|(is_empty, ..)| !is_empty)
        .flat_map(|(_, name, part)| [", ", name, " AS (", part, ")"])
        .collect();
    format!(
        "WITH held AS ({}), feed AS ({}), given AS MATERIALIZED (SELECT $14::text::jsonb AS batch, $15::uuid, $16::text){rows}
         SELECT EXISTS (SELECT 1 FROM held) AS is_held, feed.status, feed.has_commands
         FROM (SELECT) AS one LEFT JOIN feed ON true",
        leases::HELD,
        feeds::ADVANCE
    )
}

/// Writes a batch under the lease of the user's shard. Either all of it is in the database, or nothing; where the
/// commit's answer is lost, only loading the account again tells.
///
/// # Errors
/// [`StoreError::LeaseLost`] if the lease is not held or is another shard's; [`StoreError::Stale`] if the account is at
/// another position; any of a statement.
pub async fn commit(
    db: &Db,
    lease: &Lease,
    (user, connection): (UserId, Uuid),
    now: DateTime<Utc>,
    batch: &Batch,
) -> Result<Saved, StoreError> {
    if user.shard() != lease.shard {
        return Err(StoreError::LeaseLost(lease.shard));
    }
    let txn = db.begin().await?;
    let saved = write(&txn, lease, (user, connection), batch).await?;
    // In the order in which the api locks them, too.
    if !batch.statuses.is_empty() {
        bots::update_statuses(&txn, &batch.statuses).await?;
    }
    if !batch.commands.is_empty() {
        commands::settle(&txn, &batch.commands).await?;
    }
    signals::settle(&txn, &batch.signals, &batch.commands, &batch.statuses).await?;
    if !batch.events.is_empty() {
        events::append_batch(&txn, now, user, &batch.events).await?;
    }
    txn.commit().await?;
    Ok(saved)
}

/// What the feed of an exchange account is while it is followed, and while it is not.
const fn followed(is_followed: bool) -> Text<FeedStatus> {
    Text(if is_followed {
        FeedStatus::Running
    } else {
        FeedStatus::Paused
    })
}

/// Moves the feed on and writes what only engines write.
async fn write(
    txn: &Txn,
    lease: &Lease,
    (user, connection): (UserId, Uuid),
    batch: &Batch,
) -> Result<Saved, StoreError> {
    let (end, error) = match &batch.end {
        None => (batch.is_followed.map(followed), None),
        Some(None) => (Some(Text(FeedStatus::Finished)), None),
        Some(Some(error)) => (Some(Text(FeedStatus::Error)), Some(error.clone())),
    };
    let settled: Vec<Uuid> = batch.commands.iter().map(|command| command.id).collect();
    let values: [Value; 16] = [
        i16::from(lease.shard).into(),
        lease.epoch.into(),
        lease.node.into(),
        leases::idle_limit().into(),
        connection.into(),
        batch.from_pos.into(),
        batch.input_pos.into(),
        batch.data_time.into(),
        batch.price.map(|price| price.to_string()).into(),
        array(&batch.gaps)?,
        end.into(),
        error.into(),
        settled.into(),
        to_json_text(batch)?.into(),
        user.0.into(),
        to_json_text(&batch.states)?.into(),
    ];
    let answer: Option<(bool, Option<Text<FeedStatus>>, Option<bool>)> =
        sql::value(txn, &statement(batch), values).await?;
    match answer {
        Some((_, Some(status), Some(has_commands))) => Ok(Saved {
            status: status.0,
            has_commands,
        }),
        Some((true, ..)) => Err(StoreError::Stale),
        _ => Err(StoreError::LeaseLost(lease.shard)),
    }
}
