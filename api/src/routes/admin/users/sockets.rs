//! The sockets of an account.

use std::time::Duration;

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use events::{Publisher, control::ControlMessage, sockets};
use http::StatusCode;
use platform::ids::{SessionId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{StoreError, admin::users as accounts, security_log::SecurityEvent};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::super::{act_on, record};
use crate::{
    error::ApiError,
    extract::{Admin, ApiPath, ApiQuery, ClientInfo, SteppedUpAdmin},
    state::AppState,
};

/// How long gateways may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);

/// How long Redis may take.
const LIMIT: Duration = Duration::from_secs(3);

/// The open sockets of an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenSockets {
    /// The open sockets, oldest first.
    data: Vec<SocketRow>,
    /// Whether every gateway answered; one that is being started or stopped may not.
    complete: bool,
}

/// A socket that has said hello.
#[derive(Debug, Serialize, ToSchema)]
pub struct SocketRow {
    /// The gateway that it is open at: different after each of its starts.
    node: String,
    /// Its number at that gateway.
    id: u64,
    /// The login of its token: a session, an API token or the frontend's sessions.
    #[schema(value_type = Uuid)]
    session_id: SessionId,
    /// The client's address.
    address: String,
    /// When it was opened.
    #[serde(with = "platform::time::wire")]
    opened_at: DateTime<Utc>,
}

/// Which sockets.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DisconnectQuery {
    /// Only those of this login.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    session_id: Option<Uuid>,
}

/// The open sockets of an account
///
/// As the gateways answer now.
#[utoipa::path(
    get, path = "/api/v1/admin/users/{id}/sockets", tag = "admin",
    params(("id" = Uuid, Path, description = "Id of the account")),
    responses(
        (status = 200, description = "Its sockets", body = OpenSockets),
        (status = 503, description = "`realtime_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn list_user_sockets(
    State(state): State<AppState>,
    _: Admin,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<OpenSockets>, ApiError> {
    let user = UserId(id);
    accounts::find(state.db.conn(), user)
        .await?
        .ok_or(ApiError::NotFound)?;
    let asked = sockets::ask(&state.redis, user, ANSWER_LIMIT);
    let Ok(Ok(answers)) = tokio::time::timeout(LIMIT, asked).await else {
        return Err(ApiError::RealtimeUnavailable);
    };
    let rows = answers.nodes.into_iter().flat_map(|answer| {
        let node = answer.node;
        answer.sockets.into_iter().map(move |socket| SocketRow {
            node: node.clone(),
            id: socket.id,
            session_id: socket.session,
            address: socket.address.to_string(),
            opened_at: socket.opened_at,
        })
    });
    let mut data: Vec<_> = rows.collect();
    data.sort_by(|a, b| (a.opened_at, &a.node, a.id).cmp(&(b.opened_at, &b.node, b.id)));
    Ok(Json(OpenSockets {
        data,
        complete: answers.is_complete,
    }))
}

/// Closes the sockets of an account
///
/// With close code 4001: the clients may come back. What keeps them away is ending the sessions or suspending the account.
#[utoipa::path(
    delete, path = "/api/v1/admin/users/{id}/sockets", tag = "admin",
    params(("id" = Uuid, Path, description = "Id of the account"), DisconnectQuery),
    responses(
        (status = 202, description = "The gateways were told"),
        (status = 409, description = "`own_account`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`realtime_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn disconnect_user_sockets(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUpAdmin(admin): SteppedUpAdmin,
    ApiPath(id): ApiPath<Uuid>,
    ApiQuery(query): ApiQuery<DisconnectQuery>,
) -> Result<StatusCode, ApiError> {
    let user = UserId(id);
    let session = query.session_id.map(SessionId);
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    act_on(&txn, admin.user, user).await?;
    let detail = json!({ "session": session });
    let logged = SecurityEvent::SocketsDisconnected;
    let who = (admin.user, Some(user));
    record(&txn, who, logged, &client.caller, detail, now).await?;
    let message = ControlMessage::Disconnect { user, session };
    let publisher = Publisher::new(state.redis.clone());
    // Not said, not logged.
    match tokio::time::timeout(LIMIT, publisher.control(&message)).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) | Err(_) => return Err(ApiError::RealtimeUnavailable),
    }
    txn.commit().await.map_err(StoreError::from)?;
    Ok(StatusCode::ACCEPTED)
}
