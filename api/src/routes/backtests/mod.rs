//! Backtests: one bot, played over candles that have been, by an engine.

pub mod compare;
pub mod create;
pub mod search;

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use engine::spec::{BacktestResult, BacktestSpec, SearchResult, SearchSpec};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{
    StoreError,
    backtests::{self, BacktestTrade, JobError, JobKind, JobStatus},
};
use trading::Symbol;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use views::event::{BacktestDeleted, BacktestFinished};

use crate::{
    error::ApiError,
    extract::{ApiPath, ApiQuery, Principal, Reader, Trader},
    page::{self, Page, PageQuery},
    state::AppState,
};

const LIST: &str = "backtests";

/// A backtest, or a search for the best configuration.
#[derive(Debug, Serialize, ToSchema)]
pub struct Backtest {
    /// Id of the backtest or search.
    pub id: Uuid,
    /// What it computes.
    pub kind: JobKind,
    /// Where it stands.
    pub status: JobStatus,
    /// How much of it is done.
    #[schema(minimum = 0, maximum = 100)]
    pub percent: u8,
    /// What is traded.
    pub symbol: Symbol,
    /// The type of its bot.
    pub bot_type: String,
    /// What was asked for.
    #[schema(value_type = JobRequest)]
    pub request: Value,
    /// What it came to; null until it is finished, and in lists.
    #[schema(value_type = Option<JobResult>)]
    pub result: Option<Value>,
    /// Why it has no result.
    pub error: Option<JobError>,
    /// How often an engine began it.
    #[schema(minimum = 0)]
    pub attempts: u16,
    /// When it was asked for.
    #[serde(with = "platform::time::wire")]
    pub created_at: DateTime<Utc>,
    /// When it was first begun.
    #[serde(with = "platform::time::wire_option")]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(with = "platform::time::wire_option")]
    pub finished_at: Option<DateTime<Utc>>,
}

/// What was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum JobRequest {
    /// Of a backtest.
    Backtest(Box<BacktestSpec>),
    /// Of a search.
    Search(Box<SearchSpec>),
}

/// What it came to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum JobResult {
    /// Of a backtest.
    Backtest(Box<BacktestResult>),
    /// Of a search.
    Search(SearchResult),
}

impl From<backtests::Backtest> for Backtest {
    fn from(row: backtests::Backtest) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            status: row.status,
            percent: row.percent,
            symbol: row.symbol,
            bot_type: row.bot_type,
            request: row.spec,
            result: row.result,
            error: row.error,
            attempts: row.attempts,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        }
    }
}

/// The caller's backtest.
async fn owned(
    state: &AppState,
    principal: Principal,
    id: Uuid,
) -> Result<backtests::Backtest, ApiError> {
    backtests::find(state.db.conn(), principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)
}

/// Which backtests.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BacktestsQuery {
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    cursor: Option<String>,
    /// Backtests of a page, 50 by default.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
    /// Only those of this status.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    status: Option<JobStatus>,
}

/// The user's backtests and searches
///
/// Newest first, without their results.
#[utoipa::path(
    get, path = "/api/v1/backtests", tag = "backtests",
    params(BacktestsQuery),
    responses((status = 200, description = "A page of backtests", body = Page<Backtest>)),
)]
pub async fn list_backtests(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiQuery(query): ApiQuery<BacktestsQuery>,
) -> Result<Json<Page<Backtest>>, ApiError> {
    let limit = query.limit.unwrap_or(page::DEFAULT_LIMIT);
    let before: Option<Uuid> = query
        .cursor
        .map(|cursor| page::decode(&state.keys, LIST, &cursor))
        .transpose()?;
    let user = principal.user;
    let mut rows = backtests::list(state.db.conn(), user, query.status, before, limit + 1).await?;
    let next_cursor = page::cut(&mut rows, limit, |row| {
        page::encode(&state.keys, LIST, &row.id)
    })?;
    let data = rows.into_iter().map(Backtest::from).collect();
    Ok(Json(Page { data, next_cursor }))
}

/// A backtest or a search, with its result
#[utoipa::path(
    get, path = "/api/v1/backtests/{id}", tag = "backtests",
    params(("id" = Uuid, Path, description = "Id of the backtest")),
    responses((status = 200, description = "The backtest", body = Backtest)),
)]
pub async fn get_backtest(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<Backtest>, ApiError> {
    Ok(Json(owned(&state, principal, id).await?.into()))
}

/// The fills of a backtest
///
/// The first 100,000, by time.
#[utoipa::path(
    get, path = "/api/v1/backtests/{id}/trades", tag = "backtests",
    params(("id" = Uuid, Path, description = "Id of the backtest"), PageQuery),
    responses((status = 200, description = "A page, oldest first", body = Page<BacktestTrade>)),
)]
pub async fn list_backtest_trades(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Page<BacktestTrade>>, ApiError> {
    let list = format!("backtests/{id}/trades");
    let after = query.position(&state, &list)?;
    owned(&state, principal, id).await?;
    let owned = (principal.user, id);
    let data = backtests::trades(state.db.conn(), owned, after, query.limit() + 1).await?;
    query.page_of(&state, &list, data, |row| row.number)
}

/// Stops a backtest or a search that has not ended
#[utoipa::path(
    post, path = "/api/v1/backtests/{id}/cancel", tag = "backtests",
    params(("id" = Uuid, Path, description = "Id of the backtest")),
    responses(
        (status = 200, description = "The backtest", body = Backtest),
        (status = 409, description = "`backtest_ended`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn cancel_backtest(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<Backtest>, ApiError> {
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    let canceled = backtests::cancel(&change.txn, principal.user, id, now)
        .await
        .map_err(|error| match error {
            StoreError::NotFound => ApiError::NotFound,
            StoreError::Stale => ApiError::BacktestEnded,
            error => error.into(),
        })?;
    change.event(BacktestFinished {
        id,
        kind: canceled.kind,
        status: canceled.status,
        error: None,
    });
    change.commit(now).await?;
    Ok(Json(canceled.into()))
}

/// Deletes a backtest or a search, also one that runs
#[utoipa::path(
    delete, path = "/api/v1/backtests/{id}", tag = "backtests",
    params(("id" = Uuid, Path, description = "Id of the backtest")),
    responses((status = 204, description = "It is gone")),
)]
pub async fn delete_backtest(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<StatusCode, ApiError> {
    let mut change = state.begin_change(principal.user).await?;
    if !backtests::delete(&change.txn, principal.user, id).await? {
        return Err(ApiError::NotFound);
    }
    change.event(BacktestDeleted { id });
    change.commit(state.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
