//! While the platform is under maintenance only admins are served.

use std::time::Duration;

use axum::{
    RequestExt,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{error::ApiError, extract::Admin, state::AppState};

/// Health, configuration and documentation are not under it: they say what is going on, and are served on.
const UNDER: &str = "/api/v1/";

/// By these, admins come in.
const OPEN: &[&str] = &[
    "/api/v1/auth/login",
    "/api/v1/auth/login/totp",
    "/api/v1/auth/logout",
    "/api/v1/auth/refresh",
    "/api/v1/auth/step-up",
];

/// Answers 503 to everybody else. The engine goes on trading: what is open has to stay protected.
pub async fn gate(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let maintenance = &state.switches.get().maintenance;
    let path = request.uri().path();
    if !maintenance.enabled || !path.starts_with(UNDER) || OPEN.contains(&path) {
        return next.run(request).await;
    }
    if request
        .extract_parts_with_state::<Admin, _>(&state)
        .await
        .is_ok()
    {
        return next.run(request).await;
    }
    ApiError::Maintenance {
        message: maintenance.message.clone(),
        retry_after: Duration::from_secs(maintenance.retry_after_s.into()),
    }
    .into_response()
}
