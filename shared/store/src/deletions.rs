//! Closing an account, for good. The first step takes it from its user; the others an engine does when it can, and does
//! again if it was interrupted, until nothing is left but a log that names nobody.

use ::events::control::REVOCATIONS_KEPT_S;
use chrono::{DateTime, Duration, Utc};
use platform::ids::UserId;
use sea_orm::ConnectionTrait;
use trading::bot::{BotStatus, Command, StopMode};

use crate::{
    Db, StoreError, Txn, account_tokens,
    events::smallints,
    leases::{self, Lease},
    mails, sql,
    trading::{bots, commands, orders},
};

/// The domain of the addresses that rows of closed accounts have, which nobody else may have.
pub const CLOSED_ACCOUNTS: &str = "deleted.invalid";

/// How long the bare row of the account stays: as long as its access tokens, which are told to be void by it.
pub const ROW_KEPT: Duration = Duration::seconds(REVOCATIONS_KEPT_S + 60);

/// When an account goes although its bots have not come to rest.
pub const FORCED_AFTER: Duration = Duration::hours(24);

/// Takes an account from its user: nothing finds it by its address, no password opens it, and what it was called is
/// forgotten. End its sessions in the same transaction, before this. False: it was closed before.
///
/// # Errors
/// [`StoreError`] of a statement.
pub async fn begin(txn: &Txn, user: UserId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let marked = sql::execute(
        txn,
        "INSERT INTO account_deletions (user_id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        [user.0.into(), now.into()],
    )
    .await?;
    if marked.rows_affected() == 0 {
        return Ok(false);
    }
    // Banned: every check of the status, and the gateways', keeps the account shut from now on.
    sql::execute(
        txn,
        "UPDATE users SET email = id::text || '@' || $3, email_verified_at = NULL, password_hash = '',
             password_sealed = NULL,
             display_name = '', preferences = '{}', role = 'user', status = 'banned',
             version = version + 1, updated_at = $2
         WHERE id = $1",
        [user.0.into(), now.into(), CLOSED_ACCOUNTS.into()],
    )
    .await?;
    account_tokens::void(txn, user, account_tokens::Links::All).await?;
    mails::forget(txn, user).await?;
    Ok(true)
}

/// Whether a subscription goes on and would be charged for although nobody is left to cancel it.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn is_charged(conn: &impl ConnectionTrait, user: UserId) -> Result<bool, StoreError> {
    sql::exists(
        conn,
        "SELECT 1 FROM subscriptions WHERE user_id = $1 AND NOT cancel_at_period_end
             AND status IN ('trialing', 'active', 'past_due', 'unpaid', 'paused')",
        [user.0.into()],
    )
    .await
}

/// An account that was closed.
#[derive(Debug, Clone, Copy)]
pub struct Closed {
    /// Whose.
    pub user: UserId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Closed accounts of users in `shards`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn waiting(db: &Db, shards: &[u8]) -> Result<Vec<Closed>, StoreError> {
    let rows = sql::values(
        db.conn(),
        "SELECT d.user_id, d.created_at FROM account_deletions d JOIN users u ON u.id = d.user_id
         WHERE u.shard = ANY($1) ORDER BY d.created_at LIMIT 100",
        [smallints(shards).into()],
    )
    .await?;
    let closed = rows.into_iter().map(|(user, at)| Closed {
        user: UserId(user),
        at,
    });
    Ok(closed.collect())
}

/// How far a closed account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Its bots were told to stop, and have not yet.
    Stopping,
    /// Bots and connections, keys included, are gone; the bare account stays a little longer.
    Emptied,
    /// It is gone.
    Gone,
}

/// Does what can be done about a closed account now. May be interrupted anywhere and called again.
///
/// # Errors
/// [`StoreError::LeaseLost`] where the shard is no longer ours, else any of a statement; nothing was done then.
pub async fn advance(
    db: &Db,
    lease: &Lease,
    closed: Closed,
    now: DateTime<Utc>,
) -> Result<Step, StoreError> {
    let user = closed.user;
    let txn = db.begin().await?;
    leases::assert_held(&txn, lease).await?;
    let resting = stop_bots(&txn, user, now).await?;
    let step = if !resting && now - closed.at < FORCED_AFTER {
        Step::Stopping
    } else {
        empty(&txn, user).await?;
        if now - closed.at < ROW_KEPT {
            Step::Emptied
        } else {
            remove(&txn, user).await?;
            Step::Gone
        }
    };
    txn.commit().await?;
    Ok(step)
}

/// Pauses feeds and tells bots to cancel their orders and end. True: all are at rest.
async fn stop_bots(txn: &Txn, user: UserId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    sql::execute(
        txn,
        "UPDATE feeds f SET status = 'paused', updated_at = $2 FROM connections c
         WHERE c.id = f.connection_id AND c.user_id = $1 AND f.status = 'running'",
        [user.0.into(), now.into()],
    )
    .await?;
    let stop = Command::Stop {
        mode: StopMode::Keep,
    };
    let active = bots::lock_active(txn, user).await?;
    for bot in &active {
        // One that was told to let its deals run to their end would wait for prices that do not come.
        if bot.status != BotStatus::Stopping
            || commands::last(txn, bot.id).await?.as_ref() != Some(&stop)
        {
            commands::append(txn, now, bot.id, stop.clone()).await?;
            bots::set_status(txn, user, bot.id, BotStatus::Stopping, now).await?;
        }
    }
    // What is at an exchange is cancelled there first: nobody could afterwards.
    Ok(active.is_empty() && !orders::are_at_exchange(txn, user, (None, None)).await?)
}

async fn empty(txn: &Txn, user: UserId) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM bots WHERE user_id = $1",
        "DELETE FROM connections WHERE user_id = $1",
    ] {
        sql::execute(txn, statement, [user.0.into()]).await?;
    }
    Ok(())
}

/// Everything else goes with the account's row, but for what names it without pointing at it.
async fn remove(txn: &Txn, user: UserId) -> Result<(), StoreError> {
    for statement in [
        "UPDATE security_log SET address = NULL, agent = NULL, detail = '{}' WHERE user_id = $1",
        "DELETE FROM idempotency_keys WHERE user_id = $1",
        "DELETE FROM users WHERE id = $1",
    ] {
        sql::execute(txn, statement, [user.0.into()]).await?;
    }
    Ok(())
}
