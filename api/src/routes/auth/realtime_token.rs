//! A token for the gateway.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{auth::session, error::ApiError, extract::Principal, state::AppState};

/// A token for the gateway.
#[derive(Debug, Serialize, ToSchema)]
pub struct RealtimeToken {
    /// An access token, for `hello` and `refresh` on the socket.
    pub token: String,
    /// Its end.
    #[serde(with = "platform::time::wire")]
    pub expires_at: DateTime<Utc>,
    /// Where the gateway is reached.
    pub ws_url: Option<String>,
}

/// A token for the gateway
///
/// For frontends whose session is in a cookie that scripts cannot read.
#[utoipa::path(
    post, path = "/api/v1/auth/realtime-token", tag = "auth", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, description = "The token", body = RealtimeToken)),
)]
pub async fn create_realtime_token(
    State(state): State<AppState>,
    principal: Principal,
) -> Result<Json<RealtimeToken>, ApiError> {
    let now = state.clock.now();
    let (token, expires_at) = session::sign(
        &state,
        principal.user,
        principal.session,
        principal.role,
        now,
    )?;
    Ok(Json(RealtimeToken {
        token: token.expose().clone(),
        expires_at,
        ws_url: state.web.ws_url.clone(),
    }))
}
