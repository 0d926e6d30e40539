//! What a bot has done, newest first.

use axum::{Json, extract::State};
use serde::Serialize;
use store::trading::{
    bot_states,
    deals::{self, Deal},
    decisions,
    fills::{self, Fill},
    orders::{self, Order},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::owned_bot;
use crate::{
    decision::BotDecision,
    error::ApiError,
    extract::{ApiPath, ApiQuery, Reader},
    page::{Page, PageQuery},
    state::AppState,
};

/// The saved state of a bot.
#[derive(Debug, Serialize, ToSchema)]
pub struct BotState {
    /// What it will go on from; null before it was ever started. Its form belongs to the engine.
    #[schema(value_type = Option<Object>)]
    pub state: Option<serde_json::Value>,
}

/// The state that a bot was last saved in
#[utoipa::path(
    get, path = "/api/v1/bots/{id}/state", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot")),
    responses((status = 200, description = "The state", body = BotState)),
)]
pub async fn get_bot_state(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<BotState>, ApiError> {
    owned_bot(&state, principal, id).await?;
    let saved = bot_states::state(state.db.conn(), principal.user, id).await?;
    Ok(Json(BotState { state: saved }))
}

/// A bot's deals
#[utoipa::path(
    get, path = "/api/v1/bots/{id}/deals", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot"), PageQuery),
    responses((status = 200, description = "A page, newest first", body = Page<Deal>)),
)]
pub async fn list_bot_deals(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Page<Deal>>, ApiError> {
    let list = format!("bots/{id}/deals");
    let before = query.position(&state, &list)?;
    owned_bot(&state, principal, id).await?;
    let of = (principal.user, id);
    let data = deals::list(state.db.conn(), of, before, query.limit() + 1).await?;
    query.page_of(&state, &list, data, |row| row.number)
}

/// A bot's orders
#[utoipa::path(
    get, path = "/api/v1/bots/{id}/orders", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot"), PageQuery),
    responses((status = 200, description = "A page, newest first", body = Page<Order>)),
)]
pub async fn list_bot_orders(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Page<Order>>, ApiError> {
    let list = format!("bots/{id}/orders");
    let before = query.position(&state, &list)?;
    owned_bot(&state, principal, id).await?;
    let of = (principal.user, id);
    let data = orders::list(state.db.conn(), of, before, query.limit() + 1).await?;
    query.page_of(&state, &list, data, |row| row.number)
}

/// A bot's fills
#[utoipa::path(
    get, path = "/api/v1/bots/{id}/fills", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot"), PageQuery),
    responses((status = 200, description = "A page, newest first", body = Page<Fill>)),
)]
pub async fn list_bot_fills(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Page<Fill>>, ApiError> {
    let list = format!("bots/{id}/fills");
    let before = query.position(&state, &list)?;
    owned_bot(&state, principal, id).await?;
    let of = (principal.user, id);
    let data = fills::list(state.db.conn(), of, before, query.limit() + 1).await?;
    query.page_of(&state, &list, data, |row| row.id)
}

/// Why a bot did or did not act: its fills, and its refusals to act when their reason changes
#[utoipa::path(
    get, path = "/api/v1/bots/{id}/decisions", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot"), PageQuery),
    responses((status = 200, description = "A page, newest first", body = Page<BotDecision>)),
)]
pub async fn list_bot_decisions(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Page<BotDecision>>, ApiError> {
    let list = format!("bots/{id}/decisions");
    let before = query.position(&state, &list)?;
    owned_bot(&state, principal, id).await?;
    let of = (principal.user, id);
    let rows = decisions::list(state.db.conn(), of, before, query.limit() + 1).await?;
    let data = rows.into_iter().map(BotDecision::of_row).collect();
    query.page_of(&state, &list, data, |row| row.id)
}
