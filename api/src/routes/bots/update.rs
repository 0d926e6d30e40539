//! Changing bots.

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use store::{
    entitlements::EntitlementRequest,
    leases,
    trading::{
        bots::{self, Bot},
        commands,
    },
};
use trading::bot::{BOOKS_SINCE, BotConfig, BotStatus};
use utoipa::ToSchema;
use uuid::Uuid;
use views::event::BotUpdated;

use super::{TestedBot, check::look, conflict, is_at_rest, owned_bot};
use crate::{
    billing::entitlements::admit,
    error::{ApiError, FieldCode},
    extract::{ApiJson, ApiPath, Check, IfMatch, Trader, with_etag},
    routes::connections::owned_connection,
    state::AppState,
};

/// A change of a bot. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBot {
    /// The user's name for it.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$",
        nullable = false
    )]
    name: Option<String>,
    /// What it does: from its next start on, or in deals that a running one opens from now on. Of the same type as before.
    #[schema(nullable = false)]
    config: Option<BotConfig>,
    /// The version that is changed; may be given as `If-Match` instead.
    #[schema(minimum = 1, maximum = 2_147_483_647, nullable = false)]
    version: Option<i32>,
}

impl Check for UpdateBot {}

/// Changes a bot
///
/// The name at any time. The configuration of a bot that is a draft, stopped or failed, and of one that averages down
/// while it runs: open deals keep the rules that they were opened under, later ones go by the new. Of a grid that runs,
/// `take_profit_price`, `stop_loss_price` and `on_stop`: they count from the next price on. Everything else of a grid, and a
/// schedule, changes at rest alone: stop the bot first. Type, connection and market cannot be changed. A stale version is
/// refused with 409 and the current one.
#[utoipa::path(
    patch, path = "/api/v1/bots/{id}", tag = "bots",
    params(
        ("id" = Uuid, Path, description = "Id of the bot"),
        ("If-Match" = inline(Option<String>), Header, description = "The version that is changed, as `ETag` gave it; `*` for whichever is there",
            pattern = r#"^(\*|(W/)?"[1-9][0-9]{0,8}(-[0-9A-Za-z_-]+)?")$"#),
    ),
    request_body = UpdateBot,
    responses(
        (status = 200, description = "The bot after the change", body = TestedBot),
        (status = 402, description = "`entitlement_exceeded`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`version_conflict`, `bot_status_conflict`, `not_yet_available`, `key_not_accepted`, `name_taken`",
            body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn update_bot(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
    if_match: IfMatch,
    ApiJson { value: request, .. }: ApiJson<UpdateBot>,
) -> Result<Response, ApiError> {
    let expected = if_match.or_body(request.version)?;
    let bot = owned_bot(&state, principal, id).await?;
    let was_at_rest = is_at_rest(bot.status);
    let mut warnings = Vec::new();
    if let Some(config) = &request.config {
        if config.kind() != bot.config.kind() {
            return Err(ApiError::field(
                "/config/type",
                FieldCode::Conflict,
                format!("is {}, which cannot be changed", bot.kind),
            ));
        }
        let connection = owned_connection(&state, principal, bot.connection_id).await?;
        let situation = look(&state, principal, &connection, &bot.symbol).await?;
        warnings = if was_at_rest {
            situation.check(config)?
        } else {
            situation.check_running(config)?
        };
    }
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    if let Some(config) = request.config.as_ref().filter(|_| !was_at_rest) {
        let more = i64::from(config.needs().deals) - i64::from(bot.config.needs().deals);
        if more > 0 {
            admit(
                &state,
                &change.txn,
                principal.user,
                EntitlementRequest::Deals(more),
                now,
            )
            .await?;
        }
    }
    if let Some(config) = request.config.as_ref()
        && config.since() > bot.config.since()
        && !leases::demand_format(&change.txn, principal.user, config.since()).await?
    {
        return Err(ApiError::NotYetAvailable);
    }
    let bot = bots::lock(&change.txn, principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    let version = expected.check(bot.version)?;
    if let Some(config) = &request.config {
        // One that was started or stopped since it was tested has to be tested once more.
        if is_at_rest(bot.status) != was_at_rest {
            return Err(conflict(bot.status));
        }
        if was_at_rest {
            commands::forget_edits(&change.txn, id).await?;
        } else {
            let format = takes_edit(&bot, config).ok_or_else(|| conflict(bot.status))?;
            // With no engine alive, the next may be of the release before.
            let oldest = leases::oldest_format(&change.txn).await?;
            if oldest.unwrap_or(BOOKS_SINCE.into()) < i32::from(format) {
                return Err(ApiError::NotYetAvailable);
            }
            commands::append_edit(&change.txn, now, id, &bot.config, config).await?;
        }
    }
    let name = request.name.as_ref().unwrap_or(&bot.name);
    let config = request.config.as_ref().unwrap_or(&bot.config);
    let bot = bots::update(
        &change.txn,
        principal.user,
        (id, version),
        name,
        config,
        now,
    )
    .await
    .map_err(|error| ApiError::of_named(error, bots::NAME_KEY))?
    .ok_or(ApiError::NotFound)?;
    change.event(BotUpdated {
        id,
        name: bot.name.clone(),
        version: bot.version,
    });
    change.commit(now).await?;
    let version = bot.version;
    Ok(with_etag(
        StatusCode::OK,
        version,
        &TestedBot { bot, warnings },
    ))
}

/// Whether a bot that is not at rest goes on under another configuration: the state format of the engines that apply it.
fn takes_edit(bot: &Bot, config: &BotConfig) -> Option<u16> {
    let goes_on = matches!(
        bot.status,
        BotStatus::Starting | BotStatus::Running | BotStatus::Paused | BotStatus::WaitingFunds
    );
    bot.config.takes_edit(config).filter(|_| goes_on)
}
