//! Ending deals.

use axum::{Json, extract::State};
use http::StatusCode;
use store::trading::{
    bots,
    deals::{self, Deal},
};
use trading::bot::Command;
use uuid::Uuid;

use super::{
    conflict,
    control::{STOPPABLE, leave_command},
};
use crate::{
    error::ApiError,
    extract::{ApiPath, Principal, Trader},
    state::AppState,
};

async fn end_deal(
    state: &AppState,
    principal: Principal,
    (id, number): (Uuid, u32),
    command: Command,
) -> Result<(StatusCode, Json<Deal>), ApiError> {
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    let bot = bots::lock(&change.txn, principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    let deal = deals::find(&change.txn, (principal.user, id), number)
        .await?
        .ok_or(ApiError::NotFound)?;
    if deal.closed_at.is_some() {
        return Err(ApiError::DealClosed);
    }
    if !STOPPABLE.contains(&bot.status) {
        return Err(conflict(bot.status));
    }
    leave_command(&mut change, bot, command, now).await?;
    change.commit(now).await?;
    Ok((StatusCode::ACCEPTED, Json(deal)))
}

/// Sells what a deal holds at market
///
/// Its orders are cancelled first. The one deal of a grid or a schedule is all that the bot does: the bot stops with it.
#[utoipa::path(
    post, path = "/api/v1/bots/{id}/deals/{number}/close", tag = "bots",
    params(
        ("id" = Uuid, Path, description = "Id of the bot"),
        ("number" = u32, Path, description = "The deal's number within the bot", minimum = 1, maximum = 2_147_483_647),
    ),
    responses(
        (status = 202, description = "The bot is told; this is the deal until then", body = Deal),
        (status = 409, description = "`deal_closed`, `bot_status_conflict`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn close_bot_deal(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath((id, deal)): ApiPath<(Uuid, u32)>,
) -> Result<(StatusCode, Json<Deal>), ApiError> {
    end_deal(&state, principal, (id, deal), Command::CloseDeal { deal }).await
}

/// Cancels a deal's orders and keeps its base
///
/// The base stays with the bot and is traded no more. The one deal of a grid or a schedule is all that the bot does: the
/// bot stops with it.
#[utoipa::path(
    post, path = "/api/v1/bots/{id}/deals/{number}/cancel", tag = "bots",
    params(
        ("id" = Uuid, Path, description = "Id of the bot"),
        ("number" = u32, Path, description = "The deal's number within the bot", minimum = 1, maximum = 2_147_483_647),
    ),
    responses(
        (status = 202, description = "The bot is told; this is the deal until then", body = Deal),
        (status = 409, description = "`deal_closed`, `bot_status_conflict`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn cancel_bot_deal(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath((id, deal)): ApiPath<(Uuid, u32)>,
) -> Result<(StatusCode, Json<Deal>), ApiError> {
    end_deal(&state, principal, (id, deal), Command::CancelDeal { deal }).await
}
