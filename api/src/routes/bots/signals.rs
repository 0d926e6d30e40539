//! What signals to a bot prove themselves with, and what became of them.

use axum::{Json, extract::State};
use platform::Secret;
use serde::Serialize;
use serde_json::json;
use store::{
    security_log::{self, SecurityEvent},
    trading::{
        bots,
        signals::{self, Signal},
    },
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::owned_bot;
use crate::{
    auth::reauth::hold_stepped_up,
    error::ApiError,
    extract::{ApiPath, ApiQuery, ClientInfo, Reader, SteppedUp},
    page::{Page, PageQuery},
    signals::generate,
    state::AppState,
};

/// A secret, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignalSecret {
    /// What signals prove themselves with.
    #[schema(example = "bbs_4mDqPz0S2Yc8b1QvKk7x5nWfT3uJrE6hLaGdN9sXoUI")]
    pub secret: String,
    /// Where signals are sent, below the address of this installation.
    #[schema(example = "/api/v1/hooks/0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071")]
    pub path: String,
}

/// Makes the secret for signals to a bot
///
/// It is shown this once. One that was made before ends with it. Who has it can trade with the bot, so it takes a session that
/// was stepped up.
#[utoipa::path(
    post, path = "/api/v1/bots/{id}/signal-secret", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot")),
    responses(
        (status = 201, description = "The secret", body = SignalSecret),
        (status = 403, description = "`step_up_required`, `session_required`, `account_suspended`, `origin_refused`",
            body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`bot_type_conflict`: the bot takes no signals", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn create_signal_secret(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUp(login): SteppedUp,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<(http::StatusCode, Json<SignalSecret>), ApiError> {
    let now = state.clock.now();
    let change = state.begin_change(login.user).await?;
    hold_stepped_up(&change.txn, login, now).await?;
    let bot = bots::find(&change.txn, login.user, id).await?;
    let bot = bot.ok_or(ApiError::NotFound)?;
    if bot.config.needs().signals.is_none() {
        return Err(ApiError::BotTypeConflict);
    }
    let secret = generate();
    let bytes = Secret::new(secret.expose().as_bytes().to_vec());
    let of = (login.user, id);
    if !signals::set_secret(&change.txn, &state.vault, of, &bytes, now).await? {
        return Err(ApiError::NotFound);
    }
    security_log::record(
        &change.txn,
        Some(login.user),
        SecurityEvent::SignalSecretMade,
        &client.caller,
        json!({ "bot": id }),
        now,
    )
    .await?;
    change.commit(now).await?;
    let shown = SignalSecret {
        secret: secret.expose().clone(),
        path: format!("/api/v1/hooks/{id}"),
    };
    Ok((http::StatusCode::CREATED, Json(shown)))
}

/// The signals that came for a bot, and what became of each
///
/// They are kept for 30 days.
#[utoipa::path(
    get, path = "/api/v1/bots/{id}/signals", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot"), PageQuery),
    responses((status = 200, description = "A page, newest first", body = Page<Signal>)),
)]
pub async fn list_bot_signals(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Page<Signal>>, ApiError> {
    let list = format!("bots/{id}/signals");
    let before = query.position(&state, &list)?;
    owned_bot(&state, principal, id).await?;
    let of = (principal.user, id);
    let data = signals::list(state.db.conn(), of, before, query.limit() + 1).await?;
    query.page_of(&state, &list, data, |row| row.position)
}
