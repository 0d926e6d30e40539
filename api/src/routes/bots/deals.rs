//! Ending the deals of a bot, adding funds to one, and opening one on base that the account holds.

use axum::{Json, extract::State, response::IntoResponse, response::Response};
use http::StatusCode;
use serde::Deserialize;
use store::{
    leases,
    trading::{
        bots::{self, Bot},
        deals::{self, Deal},
    },
    users,
};
use trading::{
    Amount,
    bot::{BotStatus, Command},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    check::{look, require_prices},
    conflict,
    control::{STOPPABLE, leave_command},
    owned_bot,
};
use crate::{
    change::UserChange,
    error::ApiError,
    extract::{ApiJson, ApiPath, Check, Principal, Trader},
    idempotency::{IdempotencyKey, Once},
    routes::connections::owned_connection,
    state::AppState,
};

const ADD_FUNDS: &str = "POST /api/v1/bots/{id}/deals/{number}/add-funds";
const TAKE_OVER: &str = "POST /api/v1/bots/{id}/deals";

/// Finds an open deal of a bot that is held until the end of the change.
async fn open_deal(change: &UserChange, bot: Uuid, number: u32) -> Result<Deal, ApiError> {
    let deal = deals::find(&change.txn, (change.user(), bot), number)
        .await?
        .ok_or(ApiError::NotFound)?;
    if deal.closed_at.is_some() {
        return Err(ApiError::DealClosed);
    }
    Ok(deal)
}

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
    let deal = open_deal(&change, id, number).await?;
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

/// Funds for an open deal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddFundsRequest {
    /// Quote to spend, fee not counted.
    amount: Amount,
    /// Limit of the order, in quote; rounded down to the market's tick. At market where it is absent.
    #[serde(default)]
    #[schema(nullable = false)]
    price: Option<Amount>,
}

impl Check for AddFundsRequest {}

/// Buys more base for an open deal
///
/// The order is one more safety order, numbered after those of the configuration: it moves the average and with it the
/// take-profit and the stop-loss, and it ends with the deal. At market it buys at the next price or not at all; a limit
/// rests until the deal ends. A paused bot takes funds too.
#[utoipa::path(
    post, path = "/api/v1/bots/{id}/deals/{number}/add-funds", tag = "bots",
    params(
        ("id" = Uuid, Path, description = "Id of the bot"),
        ("number" = u32, Path, description = "The deal's number within the bot", minimum = 1, maximum = 2_147_483_647),
        ("Idempotency-Key" = inline(Option<String>), Header, description = "Names this attempt", min_length = 1, max_length = 255,
            pattern = r"^[\x21-\x7e]+$"),
    ),
    request_body = AddFundsRequest,
    responses(
        (status = 202, description = "The bot is told; this is the deal until then", body = Deal),
        (status = 409, description = "`deal_closed`, `bot_status_conflict`, `bot_type_conflict`, `not_yet_available`, \
            `unsupported_venue`, `key_not_accepted`, `feed_ended`, `idempotency_in_flight`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn add_deal_funds(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath((id, number)): ApiPath<(Uuid, u32)>,
    key: IdempotencyKey,
    ApiJson { value, bytes }: ApiJson<AddFundsRequest>,
) -> Result<Response, ApiError> {
    const ALLOWED: &[BotStatus] = &[
        BotStatus::Running,
        BotStatus::Paused,
        BotStatus::WaitingFunds,
        BotStatus::Stopping,
    ];
    let bound = [id.as_bytes().as_slice(), &number.to_be_bytes(), &bytes].concat();
    let once = key.bind(&state, Some(principal.user), ADD_FUNDS, &bound);
    if let Some(replay) = once.replay(&state).await? {
        return replay.into_answer();
    }
    let command = Command::AddFunds {
        deal: number,
        amount: value.amount,
        price: value.price,
    };
    let bot = deal_bot(&state, principal, id, ALLOWED).await?;
    let found = deals::find(state.db.conn(), (principal.user, id), number).await?;
    if found.ok_or(ApiError::NotFound)?.closed_at.is_some() {
        return Err(ApiError::DealClosed);
    }
    let connection = owned_connection(&state, principal, bot.connection_id).await?;
    require_prices(&connection)?;
    let situation = look(&state, principal, &connection, &bot.symbol).await?;
    situation.check_command(&bot, &command)?;
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    if let Some(replay) = once.enter(&state, &change.txn).await? {
        return replay.into_answer();
    }
    let bot = told_bot(&change, &command, id, ALLOWED).await?;
    let deal = open_deal(&change, id, number).await?;
    leave_command(&mut change, bot, command, now).await?;
    accept(&state, change, &once, &deal).await
}

/// Base for a new deal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeOverRequest {
    /// Base that the deal begins with: a multiple of the market's lot.
    quantity: Amount,
    /// What a unit of it cost, in quote; the market's price where it is absent.
    #[serde(default)]
    #[schema(nullable = false)]
    price: Option<Amount>,
}

impl Check for TakeOverRequest {}

/// Opens a deal on base that the account holds
///
/// As if the first order had just bought `quantity` at `price`: take-profit and stop-loss follow from that. Safety orders
/// hang from that price or from the market's, whichever is lower.
/// Only base that no bot owns can be taken over; what this bot itself had left to the account comes back at what it cost.
/// The deal counts among `max_active_deals` and `disable_after_deals_count`; a cooldown does not hold it up.
#[utoipa::path(
    post, path = "/api/v1/bots/{id}/deals", tag = "bots",
    params(
        ("id" = Uuid, Path, description = "Id of the bot"),
        ("Idempotency-Key" = inline(Option<String>), Header, description = "Names this attempt", min_length = 1, max_length = 255,
            pattern = r"^[\x21-\x7e]+$"),
    ),
    request_body = TakeOverRequest,
    responses(
        (status = 202, description = "The bot is told; this is the bot until then", body = Bot),
        (status = 409, description = "`bot_status_conflict`, `bot_type_conflict`, `insufficient_unowned_base`, `not_yet_available`, \
            `unsupported_venue`, `key_not_accepted`, `feed_ended`, `idempotency_in_flight`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn take_over_base(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
    key: IdempotencyKey,
    ApiJson { value, bytes }: ApiJson<TakeOverRequest>,
) -> Result<Response, ApiError> {
    const ALLOWED: &[BotStatus] = &[BotStatus::Running, BotStatus::WaitingFunds];
    let bound = [id.as_bytes().as_slice(), &bytes].concat();
    let once = key.bind(&state, Some(principal.user), TAKE_OVER, &bound);
    if let Some(replay) = once.replay(&state).await? {
        return replay.into_answer();
    }
    let bot = deal_bot(&state, principal, id, ALLOWED).await?;
    let connection = owned_connection(&state, principal, bot.connection_id).await?;
    require_prices(&connection)?;
    let situation = look(&state, principal, &connection, &bot.symbol).await?;
    let command = Command::TakeOver {
        quantity: value.quantity,
        price: value.price.unwrap_or(situation.price()),
    };
    situation.check_command(&bot, &command)?;
    let wanted = value.quantity;
    situation.check_unowned(&state, (&bot, &[]), wanted).await?;
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    if let Some(replay) = once.enter(&state, &change.txn).await? {
        return replay.into_answer();
    }
    let bot = told_bot(&change, &command, id, ALLOWED).await?;
    let bot = leave_command(&mut change, bot, command, now).await?;
    accept(&state, change, &once, &bot).await
}

/// A bot of the caller whose deals come and go, in one of these statuses.
async fn deal_bot(
    state: &AppState,
    principal: Principal,
    id: Uuid,
    allowed: &[BotStatus],
) -> Result<Bot, ApiError> {
    let bot = owned_bot(state, principal, id).await?;
    if !bot.config.needs().opens_deals {
        return Err(ApiError::BotTypeConflict);
    }
    if !allowed.contains(&bot.status) {
        return Err(conflict(bot.status));
    }
    Ok(bot)
}

/// The bot, held until the end of the change, if it may be told the command and every engine knows it.
async fn told_bot(
    change: &UserChange,
    command: &Command,
    id: Uuid,
    allowed: &[BotStatus],
) -> Result<Bot, ApiError> {
    // A suspension that is under way pauses the bots that it finds: none may be told to buy behind its back.
    if !users::hold_active(&change.txn, change.user()).await? {
        return Err(ApiError::AccountSuspended);
    }
    if !leases::demand_format(&change.txn, change.user(), command.since()).await? {
        return Err(ApiError::NotYetAvailable);
    }
    let bot = bots::lock(&change.txn, change.user(), id)
        .await?
        .ok_or(ApiError::NotFound)?;
    if !allowed.contains(&bot.status) {
        return Err(conflict(bot.status));
    }
    Ok(bot)
}

/// Commits a command that was left, with its answer under the caller's key.
async fn accept<T: serde::Serialize>(
    state: &AppState,
    change: UserChange,
    once: &Once,
    answer: &T,
) -> Result<Response, ApiError> {
    let kept = serde_json::to_value(answer).map_err(ApiError::internal)?;
    once.keep(state, &change.txn, StatusCode::ACCEPTED.as_u16(), &kept)
        .await?;
    change.commit(state.clock.now()).await?;
    Ok((StatusCode::ACCEPTED, Json(kept)).into_response())
}
