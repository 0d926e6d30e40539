//! Backtests as their owners see them.

pub mod jobs;

use chrono::{DateTime, Duration, Utc};
use platform::ids::{UserId, uuid_v7};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trading::{Amount, Symbol};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    StoreError, Txn, sql,
    trading::{moment, rows, text},
};

/// How long one is kept after it has ended.
pub const KEPT: Duration = Duration::days(90);

/// Everything but the result, which may be large.
const COLUMNS: &str = "to_jsonb(b) - 'user_id' - 'claim' - 'heartbeat_at' - 'result' AS row";

const WITH_RESULT: &str = "to_jsonb(b) - 'user_id' - 'claim' - 'heartbeat_at' AS row";

/// What a job computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// One bot, once.
    Backtest,
    /// One bot with many configurations.
    Search,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Waits for an engine.
    Queued,
    /// An engine computes it.
    Running,
    /// It has a result.
    Finished,
    /// It has none, and will not have one.
    Failed,
    /// Its user stopped it.
    Canceled,
}

impl JobStatus {
    /// Whether it stays as it is.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Canceled)
    }
}

/// Why there is no result, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobErrorCode {
    /// The request does not fit its candles, or this version does not know it.
    Invalid,
    /// A candle is missing or wrong.
    UnusableCandles,
    /// A number has no exact form.
    Calculation,
    /// What computed it failed, or kept going away.
    Interrupted,
    /// It needed more memory than the operator lets a backtest have.
    OutOfMemory,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobError {
    /// For programs.
    pub code: JobErrorCode,
    /// For people.
    pub message: String,
}

/// A backtest, or a search for the best configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Backtest {
    /// Which.
    pub id: Uuid,
    /// What it computes.
    pub kind: JobKind,
    /// What is traded.
    pub symbol: Symbol,
    /// The type of its bot.
    pub bot_type: String,
    /// What was asked for.
    pub spec: Value,
    /// Where it stands.
    pub status: JobStatus,
    /// How much of it is done.
    pub percent: u8,
    /// How often it was begun.
    pub attempts: u16,
    /// What it came to; absent where rows are read without it.
    #[serde(default)]
    pub result: Option<Value>,
    /// Why it has no result.
    pub error: Option<JobError>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was first begun.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// One to be computed.
#[derive(Debug)]
pub struct NewBacktest<'a> {
    /// What it computes.
    pub kind: JobKind,
    /// What is traded.
    pub symbol: &'a Symbol,
    /// The type of its bot.
    pub bot_type: &'a str,
    /// What is asked for.
    pub spec: Value,
}

/// A fill of a backtest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BacktestTrade {
    /// Its place, by time.
    #[schema(minimum = 1)]
    pub number: i32,
    /// Number of its order.
    #[schema(minimum = 1)]
    pub order_number: i64,
    /// Number of its deal.
    pub deal: i64,
    /// Why the order existed.
    pub purpose: String,
    /// Which of its purpose.
    pub level: i64,
    /// `buy` or `sell`.
    pub side: String,
    /// At how much.
    pub price: Amount,
    /// Base.
    pub quantity: Amount,
    /// Quote.
    pub quote: Amount,
    /// The fee.
    pub fee: Amount,
    /// In what it was charged.
    pub fee_asset: String,
    /// `maker` or `taker`.
    pub liquidity: String,
    /// When, on the clock of the data.
    #[serde(with = "platform::time::wire_option")]
    pub at: Option<DateTime<Utc>>,
}

/// Queues one. Wake the engines after the commit.
///
/// # Errors
/// [`StoreError::Reference`] if there is no such user.
pub async fn insert(
    txn: &Txn,
    user: UserId,
    new: NewBacktest<'_>,
    now: DateTime<Utc>,
) -> Result<Backtest, StoreError> {
    let sql = format!(
        "WITH b AS (
             INSERT INTO backtests (id, user_id, kind, symbol, bot_type, spec, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *
         ) SELECT {COLUMNS} FROM b"
    );
    let values = [
        uuid_v7(now).into(),
        user.0.into(),
        text(&new.kind)?.into(),
        new.symbol.to_string().into(),
        new.bot_type.into(),
        new.spec.into(),
        now.into(),
    ];
    rows(txn, &sql, values)
        .await?
        .pop()
        .ok_or(StoreError::NotFound)
}

/// How many of a user's have not ended. Holds back other transactions that ask the same of this user.
///
/// # Errors
/// [`StoreError`] of a query.
pub async fn count_waiting(txn: &Txn, user: UserId) -> Result<i64, StoreError> {
    sql::execute(
        txn,
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        [format!("backtests:{user}").into()],
    )
    .await?;
    let row = sql::one(
        txn,
        "SELECT count(*) AS waiting FROM backtests WHERE user_id = $1 AND status IN ('queued', 'running')",
        [user.0.into()],
    )
    .await?
    .ok_or(StoreError::NotFound)?;
    Ok(row.try_get_by("waiting")?)
}

/// A user's backtest, with its result.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find(
    conn: &impl ConnectionTrait,
    user: UserId,
    id: Uuid,
) -> Result<Option<Backtest>, StoreError> {
    let sql = format!("SELECT {WITH_RESULT} FROM backtests b WHERE b.user_id = $1 AND b.id = $2");
    Ok(rows(conn, &sql, [user.0.into(), id.into()]).await?.pop())
}

/// Those of a user's backtests that are among `ids`, with their results, in no order.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find_all(
    conn: &impl ConnectionTrait,
    user: UserId,
    ids: &[Uuid],
) -> Result<Vec<Backtest>, StoreError> {
    let sql =
        format!("SELECT {WITH_RESULT} FROM backtests b WHERE b.user_id = $1 AND b.id = ANY($2)");
    rows(conn, &sql, [user.0.into(), ids.to_vec().into()]).await
}

/// A user's backtests without their results, newest first, before `before`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list(
    conn: &impl ConnectionTrait,
    user: UserId,
    status: Option<JobStatus>,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Backtest>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM backtests b
         WHERE b.user_id = $1 AND b.id < $2 AND ($3::text IS NULL OR b.status = $3)
         ORDER BY b.id DESC LIMIT $4"
    );
    let values = [
        user.0.into(),
        before.unwrap_or(Uuid::max()).into(),
        status.as_ref().map(text).transpose()?.into(),
        i64::from(limit).into(),
    ];
    rows(conn, &sql, values).await
}

/// Fills of a user's backtest, by time, after `after`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn trades(
    conn: &impl ConnectionTrait,
    (user, id): (UserId, Uuid),
    after: Option<i32>,
    limit: u32,
) -> Result<Vec<BacktestTrade>, StoreError> {
    let values = [
        user.0.into(),
        id.into(),
        after.unwrap_or(0).into(),
        i64::from(limit).into(),
    ];
    rows(
        conn,
        concat!(
            "SELECT jsonb_build_object('number', t.number, 'order_number', t.order_number, 'deal', t.deal,
             'purpose', t.purpose, 'level', t.level, 'side', t.side, 'price', trim_scale(t.price)::text,
             'quantity', trim_scale(t.quantity)::text, 'quote', trim_scale(t.quote)::text,
             'fee', trim_scale(t.fee)::text, 'fee_asset', t.fee_asset, 'liquidity', t.liquidity,
             'at', ",
            moment!("t.at"),
            ") AS row
         FROM backtest_trades t JOIN backtests b ON b.id = t.backtest_id
         WHERE b.user_id = $1 AND b.id = $2 AND t.number > $3 ORDER BY t.number LIMIT $4"
        ),
        values,
    )
    .await
}

/// Stops a user's backtest that has not ended: from now on nobody's claim on it counts.
///
/// # Errors
/// [`StoreError::NotFound`] where it is not the user's; [`StoreError::Stale`] where it had ended.
pub async fn cancel(
    txn: &Txn,
    user: UserId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Backtest, StoreError> {
    let sql = format!(
        "WITH b AS (
             UPDATE backtests SET status = 'canceled', claim = NULL, finished_at = $3
             WHERE user_id = $1 AND id = $2 AND status IN ('queued', 'running') RETURNING *
         ) SELECT {COLUMNS} FROM b"
    );
    let found = rows(txn, &sql, [user.0.into(), id.into(), now.into()]).await?;
    match found.into_iter().next() {
        Some(canceled) => Ok(canceled),
        None if find(txn, user, id).await?.is_some() => Err(StoreError::Stale),
        None => Err(StoreError::NotFound),
    }
}

/// Deletes a user's backtest, whatever it is doing.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn delete(txn: &Txn, user: UserId, id: Uuid) -> Result<bool, StoreError> {
    let done = sql::execute(
        txn,
        "DELETE FROM backtests WHERE user_id = $1 AND id = $2",
        [user.0.into(), id.into()],
    )
    .await?;
    Ok(done.rows_affected() == 1)
}
