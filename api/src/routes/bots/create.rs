//! Making bots, and copies of them.

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use store::{
    StoreError,
    entitlements::EntitlementRequest,
    leases,
    trading::{
        bots::{self, NewBot},
        connections,
    },
};
use trading::{Symbol, Venue, bot::BotConfig};
use utoipa::ToSchema;
use uuid::Uuid;
use views::event::BotCreated;

use super::{TestedBot, check::look, control::since, owned_bot};
use crate::{
    billing::entitlements::admit,
    error::{ApiError, FieldCode},
    extract::{ApiJson, ApiPath, Check, Principal, Trader},
    idempotency::{IdempotencyKey, Once, made},
    state::AppState,
    venues::markets::traded,
};

const COLLECTION: &str = "/api/v1/bots";

const CREATE: &str = "POST /api/v1/bots";
const CLONE: &str = "POST /api/v1/bots/{id}/clone";

/// A new bot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBot {
    /// Through which connection it trades.
    #[schema(max_length = 36, pattern = r"^[0-9a-fA-F-]*$")]
    connection_id: Uuid,
    /// Market that it trades, as `BTC-USDT`: needed at an exchange. A paper account has one of its own.
    #[schema(max_length = 41, pattern = r"^[^\x00-\x1f\x7f]*$", nullable = false)]
    symbol: Option<String>,
    /// The user's name for it.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"
    )]
    name: String,
    /// What it does.
    config: BotConfig,
}

impl Check for CreateBot {}

/// Makes a bot
///
/// It is a draft until it is started. Its configuration is tested against the market, its price now and what the account
/// has free; what is allowed but doubtful is among the `warnings`.
#[utoipa::path(
    post, path = "/api/v1/bots", tag = "bots",
    params(("Idempotency-Key" = inline(Option<String>), Header, description = "Names this attempt", min_length = 1, max_length = 255,
        pattern = r"^[\x21-\x7e]+$")),
    request_body = CreateBot,
    responses(
        (status = 201, description = "The bot", body = TestedBot,
            headers(("Location" = String, description = "Where it can be asked for"),
                ("ETag" = String, description = "Its version"))),
        (status = 402, description = "`entitlement_exceeded`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`name_taken`, `unsupported_venue`, `key_not_accepted`, `not_yet_available`, \
            `idempotency_in_flight`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn create_bot(
    State(state): State<AppState>,
    Trader(principal): Trader,
    key: IdempotencyKey,
    ApiJson { value: new, bytes }: ApiJson<CreateBot>,
) -> Result<Response, ApiError> {
    let once = key.bind(&state, Some(principal.user), CREATE, &bytes);
    if let Some(replay) = once.replay(&state).await? {
        return replay.into_made(COLLECTION);
    }
    make(&state, principal, &once, new, None).await
}

/// The answer to a connection that is not the caller's.
pub(super) fn unknown_connection() -> ApiError {
    ApiError::field(
        "/connection_id",
        FieldCode::NotFound,
        "is no connection of yours",
    )
}

/// Makes a bot; a copy at an exchange trades the market of the bot that it is copied from, unless another is named.
async fn make(
    state: &AppState,
    principal: Principal,
    once: &Once,
    new: CreateBot,
    copied: Option<&Symbol>,
) -> Result<Response, ApiError> {
    let connection = connections::find(state.db.conn(), principal.user, new.connection_id)
        .await?
        .ok_or_else(unknown_connection)?;
    let copied = copied.filter(|_| connection.venue != Venue::Paper);
    let given = new.symbol.or_else(|| copied.map(ToString::to_string));
    let symbol = traded(state, &connection, given.as_deref()).await?;
    let situation = look(state, principal, &connection, &symbol).await?;
    let warnings = situation.check(&new.config)?;
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    if let Some(replay) = once.enter(state, &change.txn).await? {
        return replay.into_made(COLLECTION);
    }
    let row = NewBot {
        connection: new.connection_id,
        name: &new.name,
        symbol: &symbol,
        config: &new.config,
    };
    let format = new.config.since().max(since(&connection));
    if !leases::demand_format(&change.txn, principal.user, format).await? {
        return Err(ApiError::NotYetAvailable);
    }
    admit(
        state,
        &change.txn,
        principal.user,
        EntitlementRequest::Bot,
        now,
    )
    .await?;
    let bot = bots::insert(&change.txn, principal.user, row, now)
        .await
        .map_err(|error| match error {
            StoreError::NotFound => unknown_connection(),
            error => ApiError::of_named(error, bots::NAME_KEY),
        })?;
    let tested = TestedBot { bot, warnings };
    let bot = &tested.bot;
    let answer = serde_json::to_value(&tested).map_err(ApiError::internal)?;
    once.keep(state, &change.txn, StatusCode::CREATED.as_u16(), &answer)
        .await?;
    change.event(BotCreated {
        id: bot.id,
        connection_id: bot.connection_id,
        name: bot.name.clone(),
        kind: bot.kind.clone(),
        symbol: bot.symbol.clone(),
        status: bot.status,
        version: bot.version,
    });
    change.commit(now).await?;
    Ok(made(StatusCode::CREATED, COLLECTION, &answer))
}

/// A copy of a bot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloneBot {
    /// The name of the copy.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"
    )]
    name: String,
    /// Through which connection the copy trades; the same as the bot's unless said otherwise.
    #[schema(max_length = 36, pattern = r"^[0-9a-fA-F-]*$", nullable = false)]
    connection_id: Option<Uuid>,
    /// Market that the copy trades at an exchange; the same as the bot's unless said otherwise.
    #[schema(max_length = 41, pattern = r"^[^\x00-\x1f\x7f]*$", nullable = false)]
    symbol: Option<String>,
}

impl Check for CloneBot {}

/// Makes a draft with the configuration of a bot
#[utoipa::path(
    post, path = "/api/v1/bots/{id}/clone", tag = "bots",
    params(
        ("id" = Uuid, Path, description = "Id of the bot"),
        ("Idempotency-Key" = inline(Option<String>), Header, description = "Names this attempt", min_length = 1, max_length = 255,
            pattern = r"^[\x21-\x7e]+$"),
    ),
    request_body = CloneBot,
    responses(
        (status = 201, description = "The copy", body = TestedBot,
            headers(("Location" = String, description = "Where it can be asked for"),
                ("ETag" = String, description = "Its version"))),
        (status = 402, description = "`entitlement_exceeded`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`name_taken`, `unsupported_venue`, `key_not_accepted`, `not_yet_available`, \
            `idempotency_in_flight`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn clone_bot(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
    key: IdempotencyKey,
    ApiJson { value, bytes }: ApiJson<CloneBot>,
) -> Result<Response, ApiError> {
    let bound = [id.as_bytes().as_slice(), &bytes].concat();
    let once = key.bind(&state, Some(principal.user), CLONE, &bound);
    if let Some(replay) = once.replay(&state).await? {
        return replay.into_made(COLLECTION);
    }
    let bot = owned_bot(&state, principal, id).await?;
    let connection_id = value.connection_id.unwrap_or(bot.connection_id);
    let new = CreateBot {
        connection_id,
        symbol: value.symbol,
        name: value.name,
        config: bot.config,
    };
    make(&state, principal, &once, new, Some(&bot.symbol)).await
}
