//! The sessions of an account.

use axum::{Json, extract::State};
use events::control::Revocation;
use http::StatusCode;
use platform::ids::{SessionId, UserId};
use serde_json::json;
use store::{
    admin::users as accounts,
    credentials::{self, Reach},
    security_log::SecurityEvent,
    sessions::{self, RevokeReason},
};
use uuid::Uuid;
use views::event::SessionRevoked;

use super::super::{act_on, record};
use crate::{
    error::ApiError,
    extract::{Admin, ApiPath, ApiQuery, ClientInfo, SteppedUpAdmin},
    page::{self, Page},
    routes::auth::sessions::{SessionRow, SessionsQuery, shown},
    state::AppState,
};

const LIST: &str = "admin-sessions";

/// The living sessions of an account
///
/// The newest come first.
#[utoipa::path(
    get, path = "/api/v1/admin/users/{id}/sessions", tag = "admin",
    params(("id" = Uuid, Path, description = "Id of the account"), SessionsQuery),
    responses((status = 200, description = "A page of sessions", body = Page<SessionRow>)),
)]
pub async fn list_user_sessions(
    State(state): State<AppState>,
    _: Admin,
    ApiPath(id): ApiPath<Uuid>,
    ApiQuery(query): ApiQuery<SessionsQuery>,
) -> Result<Json<Page<SessionRow>>, ApiError> {
    let user = UserId(id);
    accounts::find(state.db.conn(), user)
        .await?
        .ok_or(ApiError::NotFound)?;
    let limit = query.limit.unwrap_or(page::DEFAULT_LIMIT);
    let before: Option<SessionId> = query
        .cursor
        .map(|cursor| page::decode(&state.keys, LIST, &cursor))
        .transpose()?;
    let now = state.clock.now();
    let wanted = u64::from(limit) + 1;
    let mut rows = sessions::owned_by(state.db.conn(), user, before, wanted, now).await?;
    let next_cursor = page::cut(&mut rows, limit, |row| {
        page::encode(&state.keys, LIST, &row.id)
    })?;
    let data = rows.into_iter().map(|row| shown(row, None)).collect();
    Ok(Json(Page { data, next_cursor }))
}

/// Ends all sessions of an account
///
/// At once, with its sockets and those of the frontend; every link in a mail is void. API tokens stay: suspending the
/// account stops those too.
#[utoipa::path(
    delete, path = "/api/v1/admin/users/{id}/sessions", tag = "admin",
    params(("id" = Uuid, Path, description = "Id of the account")),
    responses(
        (status = 204, description = "They have ended"),
        (status = 409, description = "`own_account`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn revoke_user_sessions(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUpAdmin(admin): SteppedUpAdmin,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<StatusCode, ApiError> {
    let user = UserId(id);
    let now = state.clock.now();
    let mut change = state.begin_change(user).await?;
    act_on(&change.txn, admin.user, user).await?;
    let reason = RevokeReason::Admin;
    let ended = credentials::end(&change.txn, user, None, (reason, Reach::Sessions), now).await?;
    let detail = json!({ "sessions": ended.sessions.len() });
    let logged = SecurityEvent::SessionsRevoked;
    if !ended.sessions.is_empty() {
        let who = (admin.user, Some(user));
        record(&change.txn, who, logged, &client.caller, detail, now).await?;
    }
    for session in &ended.sessions {
        change.event(SessionRevoked {
            session: *session,
            reason,
        });
    }
    for session in ended.gateway_logins() {
        change.revoke(Revocation::Session { user, session });
    }
    change.commit(now).await?;
    Ok(StatusCode::NO_CONTENT)
}
