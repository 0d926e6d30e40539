//! The user's word that bots may trade real money.

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde_json::json;
use store::{
    entitlements::EntitlementRequest,
    security_log::{self, SecurityEvent},
    trading::connections::{self, Connection},
};
use uuid::Uuid;
use views::event::ConnectionUpdated;

use crate::{
    auth::reauth::hold_stepped_up,
    billing::entitlements::admit,
    error::ApiError,
    extract::{ApiPath, ClientInfo, SteppedUp, with_etag},
    state::AppState,
};

/// Agrees to bots trading real money through a connection
///
/// Once for each connection, and again after its keys were rotated. Repeating it changes nothing. Paper accounts and
/// testnets need it not.
#[utoipa::path(
    post, path = "/api/v1/exchange-connections/{id}/confirm-live", tag = "exchange-connections",
    params(("id" = Uuid, Path, description = "Id of the connection")),
    responses(
        (status = 200, description = "The connection", body = Connection),
        (status = 402, description = "`entitlement_exceeded`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`step_up_required`, \
            `session_required`, `account_suspended`, `origin_refused`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`not_a_live_connection`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn confirm_live_connection(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUp(login): SteppedUp,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let mut change = state.begin_change(login.user).await?;
    hold_stepped_up(&change.txn, login, now).await?;
    admit(
        &state,
        &change.txn,
        login.user,
        EntitlementRequest::Live,
        now,
    )
    .await?;
    let before = connections::lock(&change.txn, login.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    if !before.is_live() {
        return Err(ApiError::NotALiveConnection);
    }
    if before.live_confirmed_at.is_some() {
        return Ok(with_etag(StatusCode::OK, before.version, &before));
    }
    let changed = connections::confirm_live(&change.txn, login.user, id, now).await?;
    let detail = json!({ "connection": id, "venue": changed.venue });
    let logged = SecurityEvent::LiveTradingConfirmed;
    security_log::record(
        &change.txn,
        Some(login.user),
        logged,
        &client.caller,
        detail,
        now,
    )
    .await?;
    change.event(ConnectionUpdated::live_confirmed(id, now, changed.version));
    change.commit(now).await?;
    Ok(with_etag(StatusCode::OK, changed.version, &changed))
}
