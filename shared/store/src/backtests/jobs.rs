//! Backtests as engines see them: whoever claims one may write to it until somebody else does, or its user stops it.
//!
//! A claim is a token in the row. Every write names it and does nothing where the row names another, so a process that
//! was frozen and wakes changes nothing. Only Postgres' clock says whether a claim has gone stale.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use serde_json::Value;
use uuid::Uuid;

use super::{BacktestTrade, JobError, JobKind};
use crate::{Db, StoreError, Txn, column::to_json, entity::backtests, sql, trading::array};

/// A claim whose heart stood still for so long may be taken over, in seconds.
pub const STALE_AFTER_S: i32 = 15;

/// Rows of one statement.
const TRADES_AT_ONCE: usize = 2_000;

/// A job and the right to write to it.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub user: UserId,
    /// Names the right.
    pub claim: Uuid,
    /// What is to be computed.
    pub kind: JobKind,
    /// From what.
    pub spec: Value,
    /// How often it was begun, this time included.
    pub attempts: i16,
}

/// What became of a job.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It has a result.
    Finished {
        /// The result.
        result: Value,
        /// Its fills, by time.
        trades: Vec<BacktestTrade>,
    },
    /// It has none.
    Failed(JobError),
}

/// Takes a job that waits or whose engine is gone, under the new name `claim`: the oldest of the user for whom nothing
/// was begun for the longest time.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn claim(db: &Db, claim: Uuid) -> Result<Option<Claimed>, StoreError> {
    let row: Option<backtests::Model> = sql::row(
        db.conn(),
        "UPDATE backtests SET status = 'running', claim = $1, attempts = attempts + 1, percent = 0,
             heartbeat_at = clock_timestamp(), started_at = coalesce(started_at, clock_timestamp())
         WHERE id = (
             SELECT b.id FROM backtests b
             WHERE b.status = 'queued'
                OR b.status = 'running' AND b.heartbeat_at < clock_timestamp() - make_interval(secs => $2)
             ORDER BY (SELECT max(o.started_at) FROM backtests o WHERE o.user_id = b.user_id) NULLS FIRST, b.id
             LIMIT 1 FOR UPDATE OF b SKIP LOCKED
         )
         RETURNING *",
        [claim.into(), f64::from(STALE_AFTER_S).into()],
    )
    .await?;
    Ok(row.map(|row| Claimed {
        id: row.id,
        user: UserId(row.user_id),
        claim,
        kind: row.kind.0,
        spec: row.spec,
        attempts: row.attempts,
    }))
}

/// Says that the job goes on. False: the claim counts no longer.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn beat(db: &Db, job: &Claimed, percent: u8) -> Result<bool, StoreError> {
    let done = sql::execute(
        db.conn(),
        "UPDATE backtests SET heartbeat_at = clock_timestamp(), percent = $3 WHERE id = $1 AND claim = $2",
        [job.id.into(), job.claim.into(), i16::from(percent).into()],
    )
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts the job back into the queue, as if it had not been begun. False: the claim counts no longer.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn give_back(db: &Db, job: &Claimed) -> Result<bool, StoreError> {
    let done = sql::execute(
        db.conn(),
        "UPDATE backtests SET status = 'queued', claim = NULL, percent = 0, attempts = attempts - 1
         WHERE id = $1 AND claim = $2",
        [job.id.into(), job.claim.into()],
    )
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts the job back into the queue with this attempt counted. False: the claim counts no longer.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn retry(db: &Db, job: &Claimed) -> Result<bool, StoreError> {
    let done = sql::execute(
        db.conn(),
        "UPDATE backtests SET status = 'queued', claim = NULL, percent = 0 WHERE id = $1 AND claim = $2",
        [job.id.into(), job.claim.into()],
    )
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the job. False, and nothing is to be committed: the claim counts no longer.
///
/// # Errors
/// [`StoreError`] of a statement.
pub async fn end(
    txn: &Txn,
    job: &Claimed,
    outcome: &Outcome,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (status, result, error) = match outcome {
        Outcome::Finished { result, .. } => ("finished", Some(result.clone()), None),
        Outcome::Failed(error) => ("failed", None, Some(to_json(error)?)),
    };
    let done = sql::execute(
        txn,
        "UPDATE backtests SET status = $3, claim = NULL, result = $4, error = $5, finished_at = $6,
             percent = CASE WHEN $3 = 'finished' THEN 100 ELSE percent END
         WHERE id = $1 AND claim = $2",
        [
            job.id.into(),
            job.claim.into(),
            status.into(),
            result.into(),
            error.into(),
            now.into(),
        ],
    )
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    if let Outcome::Finished { trades, .. } = outcome {
        for some in trades.chunks(TRADES_AT_ONCE) {
            insert_trades(txn, job.id, some).await?;
        }
    }
    Ok(true)
}

async fn insert_trades(txn: &Txn, job: Uuid, trades: &[BacktestTrade]) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "INSERT INTO backtest_trades (backtest_id, number, order_number, deal, purpose, level, side, price, quantity,
             quote, fee, fee_asset, liquidity, at)
         SELECT $1, (r->>'number')::integer, (r->>'order_number')::bigint, (r->>'deal')::integer, r->>'purpose',
             (r->>'level')::bigint, r->>'side', (r->>'price')::numeric, (r->>'quantity')::numeric,
             (r->>'quote')::numeric, (r->>'fee')::numeric, r->>'fee_asset', r->>'liquidity',
             (extract(epoch FROM (r->>'at')::timestamptz) * 1000)::bigint
         FROM jsonb_array_elements($2) AS r",
        [job.into(), array(trades)?],
    )
    .await?;
    Ok(())
}

/// How many jobs wait, and how many run.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn backlog(db: &Db) -> Result<(i64, i64), StoreError> {
    sql::value(
        db.conn(),
        "SELECT count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'running')
         FROM backtests WHERE status IN ('queued', 'running')",
        [],
    )
    .await?
    .ok_or(StoreError::NotFound)
}
