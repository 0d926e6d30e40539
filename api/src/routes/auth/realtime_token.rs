//! A token for the gateway.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use platform::{ids::SessionId, token::Role};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{auth::session, error::ApiError, extract::Person, state::AppState};

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
/// For frontends whose session is in a cookie that scripts cannot read, and for those that have a session of their own:
/// what these get is good at the gateway only.
#[utoipa::path(
    post, path = "/api/v1/auth/realtime-token", tag = "auth",
    responses((status = 200, description = "The token", body = RealtimeToken)),
)]
pub async fn create_realtime_token(
    State(state): State<AppState>,
    Person(principal): Person,
) -> Result<Json<RealtimeToken>, ApiError> {
    let now = state.clock.now();
    // Without a session of ours, the token names one that does not exist: no route here will ever take it.
    let (session, role) = match principal.login() {
        Some(login) => (login.session, login.role),
        None => (SessionId::new(now), Role::User),
    };
    let (token, expires_at) = session::sign(&state, principal.user, session, role, now)?;
    Ok(Json(RealtimeToken {
        token: token.expose().clone(),
        expires_at,
        ws_url: state.web.ws_url.clone(),
    }))
}
