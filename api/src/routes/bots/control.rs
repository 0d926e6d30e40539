//! Telling bots what to do. The engine does it between two prices of their connection.

use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use http::StatusCode;
use platform::ids::UserId;
use serde::Deserialize;
use store::{
    Txn,
    entitlements::EntitlementRequest,
    leases,
    trading::{
        bots::{self, Bot},
        commands,
        connections::{self, Connection},
        feeds,
    },
    users,
};
use trading::{
    Venue,
    bot::{BotStatus, Command, EXCHANGES_SINCE, StopMode},
};
use utoipa::ToSchema;
use uuid::Uuid;
use views::event::BotStatusChanged;

use super::{
    check::{look, require_prices},
    conflict, owned_bot,
};
use crate::{
    billing::entitlements::admit,
    change::UserChange,
    error::ApiError,
    extract::{ApiJson, ApiPath, Check, Principal, Trader, with_etag},
    routes::connections::owned_connection,
    state::AppState,
    venues::markets::traded,
};

/// How a bot ends.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopRequest {
    /// What becomes of what is open: `finish` lets deals run to their end, `keep` cancels orders and keeps the base,
    /// `sell` sells it at market.
    #[serde(default)]
    #[schema(required = false)]
    pub(crate) mode: StopMode,
}

impl Check for StopRequest {}

/// Leaves a command for the engine; gives the bot as it is until the engine has obeyed.
pub(crate) async fn leave_command(
    change: &mut UserChange,
    bot: Bot,
    command: Command,
    now: DateTime<Utc>,
) -> Result<Bot, ApiError> {
    let status = match command {
        Command::Start => BotStatus::Starting,
        Command::Stop { .. } => BotStatus::Stopping,
        Command::Pause
        | Command::Suspend
        | Command::Resume
        | Command::CloseDeal { .. }
        | Command::CancelDeal { .. }
        | Command::AddFunds { .. }
        | Command::TakeOver { .. }
        | Command::Signal { .. }
        | Command::Configure { .. } => bot.status,
    };
    commands::append(&change.txn, now, bot.id, command).await?;
    if status == bot.status {
        return Ok(bot);
    }
    let user = change.user();
    let bot = bots::set_status(&change.txn, user, bot.id, status, now).await?;
    change.event(BotStatusChanged {
        id: bot.id,
        status: bot.status,
        status_reason: bot.status_reason.clone(),
    });
    Ok(bot)
}

async fn command_bot(
    state: &AppState,
    principal: Principal,
    id: Uuid,
    command: Command,
    allowed: &[BotStatus],
) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    // A suspension that is under way pauses the bots that it finds: none may begin behind its back.
    if !users::hold_active(&change.txn, principal.user).await? {
        return Err(ApiError::AccountSuspended);
    }
    if matches!(command, Command::Start | Command::Resume) {
        require_resumable(state, &change.txn, principal.user, id, now).await?;
    }
    let bot = bots::lock(&change.txn, principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    if !allowed.contains(&bot.status) {
        return Err(conflict(bot.status));
    }
    let bot = leave_command(&mut change, bot, command, now).await?;
    change.commit(now).await?;
    Ok(with_etag(StatusCode::ACCEPTED, bot.version, &bot))
}

/// Refuses to have a bot work that the user's plan does not allow, or whose exchange it may not trade on.
///
/// # Errors
/// 402 or 409, see [`admit`] and [`open_exchange`].
pub(crate) async fn require_resumable(
    state: &AppState,
    txn: &Txn,
    user: UserId,
    bot: Uuid,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    admit(state, txn, user, EntitlementRequest::Work(bot), now).await?;
    open_exchange(txn, user, bot).await
}

/// State format of the engines that can run the bots of a connection.
pub(super) const fn since(connection: &Connection) -> u16 {
    match connection.venue {
        Venue::Paper => 0,
        Venue::Binance | Venue::Okx => EXCHANGES_SINCE,
    }
}

/// Refuses to trade with real money unless the user has agreed to that.
///
/// # Errors
/// 409 where the user has not.
fn require_agreed(connection: &Connection) -> Result<(), ApiError> {
    if connection.is_live() && connection.live_confirmed_at.is_none() {
        return Err(ApiError::LiveNotConfirmed);
    }
    Ok(())
}

/// Has engines follow the account at an exchange that a bot is about to trade on. Until the commit its keys stay the same.
///
/// # Errors
/// 409 where the user has not agreed to trading with real money, and where an engine runs that cannot do it.
async fn open_exchange(txn: &Txn, user: UserId, bot: Uuid) -> Result<(), ApiError> {
    let bot = bots::find(txn, user, bot)
        .await?
        .ok_or(ApiError::NotFound)?;
    let connection = connections::hold(txn, user, bot.connection_id)
        .await?
        .ok_or(ApiError::NotFound)?;
    if connection.venue == Venue::Paper {
        return Ok(());
    }
    require_agreed(&connection)?;
    if !leases::demand_format(txn, user, since(&connection)).await? {
        return Err(ApiError::NotYetAvailable);
    }
    feeds::open_exchange(txn, connection.id).await?;
    Ok(())
}

pub(super) const STOPPABLE: &[BotStatus] = &[
    BotStatus::Starting,
    BotStatus::Running,
    BotStatus::Paused,
    BotStatus::WaitingFunds,
    BotStatus::Stopping,
    BotStatus::Error,
];

/// Starts a bot
///
/// Its configuration is tested once more, against the price and the account as they are now. Where it trades real money its
/// user must have agreed to that, see `confirm-live` of the connection. A bot in `error` begins anew: what it holds stays with
/// it, and is sold or left to the account when it stops.
#[utoipa::path(
    post, path = "/api/v1/bots/{id}/start", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot")),
    responses(
        (status = 202, description = "It is starting", body = Bot),
        (status = 402, description = "`entitlement_exceeded`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`bot_status_conflict`, `unsupported_venue`, `live_not_confirmed`, `key_not_accepted`, \
            `not_yet_available`, `feed_ended`, `insufficient_unowned_base`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn start_bot(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Response, ApiError> {
    const ALLOWED: &[BotStatus] = &[BotStatus::Draft, BotStatus::Stopped, BotStatus::Error];
    let bot = owned_bot(&state, principal, id).await?;
    if !ALLOWED.contains(&bot.status) {
        return Err(conflict(bot.status));
    }
    let connection = owned_connection(&state, principal, bot.connection_id).await?;
    require_prices(&connection)?;
    require_agreed(&connection)?;
    let symbol = bot.symbol.to_string();
    let symbol = traded(&state, &connection, Some(&symbol)).await?;
    let situation = look(&state, principal, &connection, &symbol).await?;
    situation.check(&bot.config)?;
    // What a run of it that failed left is its own to be supplied with.
    let supply = bot.config.needs().supply;
    situation
        .check_unowned(&state, (&bot, &[id]), supply)
        .await?;
    command_bot(&state, principal, id, Command::Start, ALLOWED).await
}

/// Stops a bot
///
/// One in `error` too: what it holds is sold with `sell`, and left to the account otherwise.
#[utoipa::path(
    post, path = "/api/v1/bots/{id}/stop", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot")),
    request_body = StopRequest,
    responses(
        (status = 202, description = "It is stopping", body = Bot),
        (status = 409, description = "`bot_status_conflict`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn stop_bot(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
    body: Option<ApiJson<StopRequest>>,
) -> Result<Response, ApiError> {
    let mode = body.map(|body| body.value.mode).unwrap_or_default();
    command_bot(&state, principal, id, Command::Stop { mode }, STOPPABLE).await
}

/// Cancels a bot's orders and sells what it holds at market
#[utoipa::path(
    post, path = "/api/v1/bots/{id}/panic-close", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot")),
    responses(
        (status = 202, description = "It is stopping", body = Bot),
        (status = 409, description = "`bot_status_conflict`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn panic_close_bot(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Response, ApiError> {
    let stop = Command::Stop {
        mode: StopMode::Sell,
    };
    command_bot(&state, principal, id, stop, STOPPABLE).await
}

/// Pauses a bot
///
/// It opens nothing new; what is open stays protected. The status follows when the engine has done it.
#[utoipa::path(
    post, path = "/api/v1/bots/{id}/pause", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot")),
    responses(
        (status = 202, description = "It is told", body = Bot),
        (status = 409, description = "`bot_status_conflict`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn pause_bot(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Response, ApiError> {
    const ALLOWED: &[BotStatus] = &[
        BotStatus::Starting,
        BotStatus::Running,
        BotStatus::WaitingFunds,
    ];
    command_bot(&state, principal, id, Command::Pause, ALLOWED).await
}

/// Lets a paused bot go on
///
/// The status follows when the engine has done it.
#[utoipa::path(
    post, path = "/api/v1/bots/{id}/resume", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot")),
    responses(
        (status = 202, description = "It is told", body = Bot),
        (status = 402, description = "`entitlement_exceeded`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`bot_status_conflict`, `live_not_confirmed`, `not_yet_available`",
            body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn resume_bot(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Response, ApiError> {
    command_bot(&state, principal, id, Command::Resume, &[BotStatus::Paused]).await
}
