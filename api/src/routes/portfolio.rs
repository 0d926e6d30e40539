//! All accounts and bots of a user together.

pub mod export;

use axum::{Json, extract::State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::trading::{
    balances::{self, HeldAsset},
    bots, connections,
    equity::{self, EquityRow},
    portfolio::{self, PnlRow},
};
use trading::bot::{Command, StopMode};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::bots::control::{StopRequest, leave_command};
use crate::{
    error::ApiError,
    extract::{ApiJson, ApiQuery, Reader, Trader},
    page::{self, Page},
    state::AppState,
};

/// Most rows of sums by day.
const MOST_DAYS: u32 = 1_000;

/// What is held.
#[derive(Debug, Serialize, ToSchema)]
pub struct Balances {
    /// By connection, then asset.
    pub data: Vec<HeldAsset>,
}

/// What is held in all connections
#[utoipa::path(
    get, path = "/api/v1/portfolio/balances", tag = "portfolio",
    responses((status = 200, description = "The balances", body = Balances)),
)]
pub async fn get_balances(
    State(state): State<AppState>,
    Reader(principal): Reader,
) -> Result<Json<Balances>, ApiError> {
    let data = balances::held(state.db.conn(), principal.user, None).await?;
    Ok(Json(Balances { data }))
}

/// Whose equity.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EquityQuery {
    /// Of which connection: paper accounts have clocks of their own, so their curves do not add up.
    connection_id: Uuid,
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    cursor: Option<String>,
    /// Points of a page, 50 by default.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
}

/// The equity curve of a connection, by the hour of its data
///
/// The oldest come first.
#[utoipa::path(
    get, path = "/api/v1/portfolio/equity", tag = "portfolio",
    params(EquityQuery),
    responses(
        (status = 200, description = "A page of the curve", body = Page<EquityRow>),
        (status = 404, description = "`not_found`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn get_equity(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiQuery(query): ApiQuery<EquityQuery>,
) -> Result<Json<Page<EquityRow>>, ApiError> {
    let list = format!("equity/{}", query.connection_id);
    let after: Option<i64> = query
        .cursor
        .map(|cursor| page::decode(&state.keys, &list, &cursor))
        .transpose()?;
    // The curve of a connection that was deleted stays.
    if !connections::had(state.db.conn(), principal.user, query.connection_id).await? {
        return Err(ApiError::NotFound);
    }
    let limit = query.limit.unwrap_or(page::DEFAULT_LIMIT);
    let mut data = equity::list(
        state.db.conn(),
        principal.user,
        query.connection_id,
        after.unwrap_or(i64::MIN),
        limit + 1,
    )
    .await?;
    let next_cursor = page::cut(&mut data, limit, |row| {
        page::encode(&state.keys, &list, &row.place)
    })?;
    Ok(Json(Page { data, next_cursor }))
}

/// Earnings by bot and day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Earnings {
    /// Newest day first, at most 1,000 rows.
    pub data: Vec<PnlRow>,
}

/// Whose earnings.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PnlQuery {
    /// Only of this bot.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    bot_id: Option<Uuid>,
}

/// What closed trades have earned, by bot, pair and day
///
/// A deal counts on the day on which it ends, a round of a grid and a sale of a schedule on the day of the sale.
#[utoipa::path(
    get, path = "/api/v1/portfolio/pnl", tag = "portfolio",
    params(PnlQuery),
    responses((status = 200, description = "The sums", body = Earnings)),
)]
pub async fn get_pnl(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiQuery(query): ApiQuery<PnlQuery>,
) -> Result<Json<Earnings>, ApiError> {
    let data = portfolio::pnl(state.db.conn(), principal.user, query.bot_id, MOST_DAYS).await?;
    Ok(Json(Earnings { data }))
}

/// What was stopped.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stopped {
    /// The bots that were told to stop.
    pub bots: Vec<Uuid>,
}

/// Stops all bots
///
/// Without a body they cancel their orders and keep their base.
#[utoipa::path(
    post, path = "/api/v1/portfolio/stop-all", tag = "portfolio",
    request_body = StopRequest,
    responses((status = 202, description = "They are stopping", body = Stopped)),
)]
pub async fn stop_all_bots(
    State(state): State<AppState>,
    Trader(principal): Trader,
    body: Option<ApiJson<StopRequest>>,
) -> Result<(StatusCode, Json<Stopped>), ApiError> {
    let mode = body.map_or(StopMode::Keep, |body| body.value.mode);
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    let mut stopped = Vec::new();
    for bot in bots::lock_active(&change.txn, principal.user).await? {
        stopped.push(bot.id);
        leave_command(&mut change, bot, Command::Stop { mode }, now).await?;
    }
    change.commit(now).await?;
    Ok((StatusCode::ACCEPTED, Json(Stopped { bots: stopped })))
}
