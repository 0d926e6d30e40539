//! Backtests as their owners see them.

pub mod jobs;

use chrono::{DateTime, Duration, Utc};
use platform::ids::{UserId, uuid_v7};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, Iterable, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trading::{Amount, Symbol};
use utoipa::ToSchema;
use uuid::Uuid;
pub use views::backtests::{JobError, JobErrorCode, JobKind, JobStatus};

use crate::{
    StoreError, Txn,
    column::{self, Text},
    entity::{
        backtest_trades,
        backtests::{self, Column},
    },
    sql,
    trading::unsigned,
};

/// How long one is kept after it has ended.
pub const KEPT: Duration = Duration::days(90);

/// A backtest, or a search for the best configuration.
#[derive(Debug, Clone)]
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

impl Backtest {
    fn of_row(row: backtests::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            kind: row.kind.0,
            symbol: row.symbol.0,
            bot_type: row.bot_type,
            spec: row.spec,
            status: row.status.0,
            percent: unsigned(row.percent, "backtests.percent")?,
            attempts: unsigned(row.attempts, "backtests.attempts")?,
            result: row.result,
            error: row.error.map(column::json).transpose()?,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
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
    /// Quantity filled, in base.
    pub quantity: Amount,
    /// Price times quantity, in quote.
    pub quote: Amount,
    /// Fee charged, in the fee asset.
    pub fee: Amount,
    /// In what it was charged.
    pub fee_asset: String,
    /// `maker` or `taker`.
    pub liquidity: String,
    /// When, on the clock of the data.
    #[serde(with = "platform::time::wire_option")]
    pub at: Option<DateTime<Utc>>,
}

impl From<backtest_trades::Model> for BacktestTrade {
    fn from(row: backtest_trades::Model) -> Self {
        Self {
            number: row.number,
            order_number: row.order_number,
            deal: row.deal.into(),
            purpose: row.purpose,
            level: row.level,
            side: row.side.to_string(),
            price: row.price.0,
            quantity: row.quantity.0,
            quote: row.quote.0,
            fee: row.fee.0,
            fee_asset: row.fee_asset,
            liquidity: row.liquidity.to_string(),
            at: column::moment(row.at),
        }
    }
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
    let row = backtests::ActiveModel {
        id: Set(uuid_v7(now)),
        user_id: Set(user.0),
        kind: Set(Text(new.kind)),
        symbol: Set(Text(new.symbol.clone())),
        bot_type: Set(new.bot_type.to_owned()),
        spec: Set(new.spec),
        created_at: Set(now),
        ..Default::default()
    };
    let row = backtests::Entity::insert(row)
        .exec_with_returning(txn)
        .await?;
    Backtest::of_row(row)
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
    sql::value(
        txn,
        "SELECT count(*) FROM backtests WHERE user_id = $1 AND status IN ('queued', 'running')",
        [user.0.into()],
    )
    .await?
    .ok_or(StoreError::NotFound)
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
    let row = backtests::Entity::find_by_id(id)
        .filter(Column::UserId.eq(user.0))
        .one(conn)
        .await?;
    row.map(Backtest::of_row).transpose()
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
    let rows = backtests::Entity::find()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    rows.into_iter().map(Backtest::of_row).collect()
}

/// Reads rows without their results, which may be large.
fn select_without_results() -> Select<backtests::Entity> {
    let others = Column::iter().filter(|column| !matches!(column, Column::Result));
    backtests::Entity::find()
        .select_only()
        .columns(others)
        .expr_as(Expr::cust("NULL::jsonb"), "result")
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
    let rows = select_without_results()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::Id.lt(before.unwrap_or(Uuid::max())))
        .apply_if(status, |query, status| {
            query.filter(Column::Status.eq(Text(status)))
        })
        .order_by_desc(Column::Id)
        .limit(u64::from(limit))
        .all(conn)
        .await?;
    rows.into_iter().map(Backtest::of_row).collect()
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
    // A join: the owner is in the row of the backtest.
    let rows: Vec<backtest_trades::Model> = sql::rows(
        conn,
        "SELECT t.* FROM backtest_trades t JOIN backtests b ON b.id = t.backtest_id
         WHERE b.user_id = $1 AND b.id = $2 AND t.number > $3 ORDER BY t.number LIMIT $4",
        [
            user.0.into(),
            id.into(),
            after.unwrap_or(0).into(),
            i64::from(limit).into(),
        ],
    )
    .await?;
    Ok(rows.into_iter().map(BacktestTrade::from).collect())
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
    let rows = backtests::Entity::update_many()
        .col_expr(Column::Status, Expr::value(Text(JobStatus::Canceled)))
        .col_expr(Column::Claim, Expr::value(None::<Uuid>))
        .col_expr(Column::FinishedAt, Expr::value(now))
        .filter(Column::UserId.eq(user.0))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.is_in([JobStatus::Queued, JobStatus::Running].map(Text)))
        .exec_with_returning(txn)
        .await?;
    match rows.into_iter().next() {
        Some(canceled) => Backtest::of_row(canceled),
        None if find(txn, user, id).await?.is_some() => Err(StoreError::Stale),
        None => Err(StoreError::NotFound),
    }
}

/// Deletes a user's backtest, whatever it is doing.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn delete(txn: &Txn, user: UserId, id: Uuid) -> Result<bool, StoreError> {
    let done = backtests::Entity::delete_by_id(id)
        .filter(Column::UserId.eq(user.0))
        .exec(txn)
        .await?;
    Ok(done.rows_affected == 1)
}
