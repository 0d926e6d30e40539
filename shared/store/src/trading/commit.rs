//! What some inputs did to a paper account, in one transaction.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use uuid::Uuid;

use super::{balances, bot_states, bots, commands, deals, decisions, equity, feeds, fills, orders};
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
};
use crate::{
    Db, StoreError, Txn, events,
    leases::{self, Lease},
};

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
    leases::assert_held(&txn, lease).await?;
    let saved = feeds::advance(&txn, connection, batch).await?;
    trade_rows(&txn, connection, batch).await?;
    account_rows(&txn, user, connection, batch).await?;
    bot_rows(&txn, batch).await?;
    if !batch.events.is_empty() {
        events::append_batch(&txn, now, user, &batch.events).await?;
    }
    txn.commit().await?;
    Ok(saved)
}

/// Deals, orders and fills: each before what points to it.
async fn trade_rows(txn: &Txn, connection: Uuid, batch: &Batch) -> Result<(), StoreError> {
    if !batch.opened.is_empty() {
        deals::insert(txn, &batch.opened).await?;
    }
    if !batch.closed.is_empty() {
        deals::close(txn, &batch.closed).await?;
    }
    if !batch.trades.is_empty() {
        deals::insert_trades(txn, &batch.trades).await?;
    }
    if !batch.orders.is_empty() {
        orders::insert(txn, connection, &batch.orders).await?;
    }
    if !batch.changes.is_empty() {
        orders::update(txn, &batch.changes).await?;
    }
    if !batch.fills.is_empty() {
        fills::insert(txn, connection, &batch.fills).await?;
    }
    Ok(())
}

async fn account_rows(
    txn: &Txn,
    user: UserId,
    connection: Uuid,
    batch: &Batch,
) -> Result<(), StoreError> {
    if !batch.balances.is_empty() {
        balances::put(txn, connection, &batch.balances).await?;
    }
    if !batch.equity.is_empty() {
        equity::insert(txn, user, connection, &batch.equity).await?;
    }
    Ok(())
}

/// What became of bots, and what they were told.
async fn bot_rows(txn: &Txn, batch: &Batch) -> Result<(), StoreError> {
    if !batch.states.is_empty() {
        bot_states::put_states(txn, &batch.states, batch.input_pos).await?;
    }
    if !batch.statuses.is_empty() {
        bots::update_statuses(txn, &batch.statuses).await?;
    }
    if !batch.decisions.is_empty() {
        decisions::insert(txn, &batch.decisions).await?;
    }
    if !batch.commands.is_empty() {
        commands::settle(txn, &batch.commands).await?;
    }
    Ok(())
}
