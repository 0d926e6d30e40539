//! The user's sessions.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use http::StatusCode;
use platform::ids::SessionId;
use serde::{Deserialize, Serialize};
use store::sessions::{self, RevokeReason, Session};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::end_session;
use crate::{
    error::ApiError,
    extract::{ApiPath, ApiQuery, ClientInfo, SessionUser},
    page::{self, Page},
    state::AppState,
};

const LIST: &str = "sessions";

/// Which page.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SessionsQuery {
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    pub(crate) cursor: Option<String>,
    /// Sessions of a page, 50 by default.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    #[param(minimum = 1, maximum = 100, nullable = false)]
    pub(crate) limit: Option<u32>,
}

/// A session of the user.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionRow {
    /// Id of the session.
    pub id: Uuid,
    /// When the user signed in.
    #[serde(with = "platform::time::wire")]
    pub created_at: DateTime<Utc>,
    /// When it was last renewed.
    #[serde(with = "platform::time::wire")]
    pub last_used_at: DateTime<Utc>,
    /// When it ends unless it is renewed.
    #[serde(with = "platform::time::wire")]
    pub expires_at: DateTime<Utc>,
    /// From where it was last renewed.
    pub address: Option<String>,
    /// With what it was last renewed.
    pub agent: Option<String>,
    /// Whether this request came in it.
    pub current: bool,
}

/// The user's living sessions
///
/// The newest come first.
#[utoipa::path(
    get, path = "/api/v1/auth/sessions", tag = "auth",
    params(SessionsQuery),
    responses((status = 200, description = "A page of sessions", body = Page<SessionRow>)),
)]
pub async fn list_sessions(
    State(state): State<AppState>,
    SessionUser(login): SessionUser,
    ApiQuery(query): ApiQuery<SessionsQuery>,
) -> Result<Json<Page<SessionRow>>, ApiError> {
    let limit = query.limit.unwrap_or(page::DEFAULT_LIMIT);
    let before: Option<SessionId> = query
        .cursor
        .map(|cursor| page::decode(&state.keys, LIST, &cursor))
        .transpose()?;
    let now = state.clock.now();
    let mut rows = sessions::owned_by(
        state.db.conn(),
        login.user,
        before,
        u64::from(limit) + 1,
        now,
    )
    .await?;
    let next_cursor = page::cut(&mut rows, limit, |row| {
        page::encode(&state.keys, LIST, &row.id)
    })?;
    let data = rows
        .into_iter()
        .map(|row| shown(row, Some(login.session)))
        .collect();
    Ok(Json(Page { data, next_cursor }))
}

pub(crate) fn shown(row: Session, current: Option<SessionId>) -> SessionRow {
    SessionRow {
        id: row.id.0,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
        address: row.caller.address,
        agent: row.caller.agent,
        current: Some(row.id) == current,
    }
}

/// Ends a session
///
/// Its access tokens are void at once, and its sockets are closed.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions/{id}", tag = "auth",
    params(("id" = Uuid, Path, description = "Id of the session")),
    responses((status = 204, description = "The session has ended")),
)]
pub async fn revoke_session(
    State(state): State<AppState>,
    client: ClientInfo,
    SessionUser(login): SessionUser,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<StatusCode, ApiError> {
    let session = SessionId(id);
    if end_session(
        &state,
        login.user,
        session,
        RevokeReason::Revoked,
        &client.caller,
    )
    .await?
    {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NotFound)
    }
}
