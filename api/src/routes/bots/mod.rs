//! Bots.

mod check;
pub mod control;
pub mod create;
pub mod deals;
pub mod history;
pub mod performance;
pub mod presets;
pub mod preview;
pub mod signals;
pub mod update;

use axum::{Json, extract::State, response::Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::trading::{
    bots::{self, Bot, BotFilter},
    orders,
};
use trading::bot::{BotKind, BotStatus};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use views::event::BotDeleted;

use crate::{
    error::{ApiError, FieldError},
    extract::{ApiPath, ApiQuery, Principal, Reader, Trader, with_etag},
    page::{self, Page},
    state::AppState,
    wire::wire_name,
};

const LIST: &str = "bots";

/// A bot whose configuration was just tested.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestedBot {
    /// The bot that was tested.
    #[serde(flatten)]
    pub bot: Bot,
    /// What is allowed but worth a second look; empty where nothing is.
    pub warnings: Vec<FieldError>,
}

/// Whether nothing of the bot runs, so that it may be changed and deleted.
pub(super) const fn is_at_rest(status: BotStatus) -> bool {
    matches!(
        status,
        BotStatus::Draft | BotStatus::Stopped | BotStatus::Error
    )
}

/// Why a bot of this status cannot be dealt with so.
pub(super) fn conflict(status: BotStatus) -> ApiError {
    match wire_name(status) {
        Ok(status) => ApiError::BotStatusConflict { status },
        Err(error) => error,
    }
}

/// The caller's bot.
pub(super) async fn owned_bot(
    state: &AppState,
    principal: Principal,
    id: Uuid,
) -> Result<Bot, ApiError> {
    bots::find(state.db.conn(), principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)
}

/// Which bots.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BotsQuery {
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    cursor: Option<String>,
    /// Bots of a page, 50 by default.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
    /// Only those of this connection.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    connection_id: Option<Uuid>,
    /// Only those of this status.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    status: Option<BotStatus>,
    /// Only those of this type.
    #[serde(rename = "type")]
    #[schema(nullable = false)]
    #[param(nullable = false)]
    kind: Option<BotKind>,
}

/// The user's bots
///
/// The oldest come first.
#[utoipa::path(
    get, path = "/api/v1/bots", tag = "bots", params(BotsQuery),
    responses((status = 200, description = "A page of bots", body = Page<Bot>)),
)]
pub async fn list_bots(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiQuery(query): ApiQuery<BotsQuery>,
) -> Result<Json<Page<Bot>>, ApiError> {
    let limit = query.limit.unwrap_or(page::DEFAULT_LIMIT);
    let after: Option<Uuid> = query
        .cursor
        .map(|cursor| page::decode(&state.keys, LIST, &cursor))
        .transpose()?;
    let filter = BotFilter {
        connection: query.connection_id,
        status: query.status,
        kind: query.kind,
    };
    let mut data = bots::list(state.db.conn(), principal.user, &filter, after, limit + 1).await?;
    let next_cursor = page::cut(&mut data, limit, |row| {
        page::encode(&state.keys, LIST, &row.id)
    })?;
    Ok(Json(Page { data, next_cursor }))
}

/// Shows a bot
#[utoipa::path(
    get, path = "/api/v1/bots/{id}", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot")),
    responses((
        status = 200, description = "The bot", body = Bot,
        headers(("ETag" = String, description = "The version, for `If-Match`")),
    )),
)]
pub async fn get_bot(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Response, ApiError> {
    let bot = owned_bot(&state, principal, id).await?;
    Ok(with_etag(StatusCode::OK, bot.version, &bot))
}

/// Deletes a bot
///
/// Only one that is a draft, stopped or failed. Its name is free again. What it has traded stays in the lists across bots,
/// in the portfolio and in its exports, until the account is closed.
#[utoipa::path(
    delete, path = "/api/v1/bots/{id}", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 409, description = "`bot_status_conflict`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn delete_bot(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    let bot = bots::lock(&change.txn, principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    // Orders at an exchange are cancelled first: nobody could afterwards.
    let is_trading = orders::are_at_exchange(&change.txn, principal.user, (Some(id), None)).await?;
    if !is_at_rest(bot.status) || is_trading {
        return Err(conflict(bot.status));
    }
    bots::delete(&change.txn, principal.user, id, now).await?;
    change.event(BotDeleted { id });
    change.commit(now).await?;
    Ok(StatusCode::NO_CONTENT)
}
