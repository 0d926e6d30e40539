//! While the platform is under maintenance only admins are served.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::request::Parts;

use super::rate_limit::genuine;
use crate::{error::ApiError, extract::Admin, state::AppState};

/// Health, configuration and documentation are not under it: they say what is going on, and are served on.
const UNDER: &str = "/api/v1/";

/// Signals to bots from outside: the engine trades on, and without them a deal would stay open.
const HOOKS: &str = "/api/v1/hooks/";

/// By these, admins come in.
const OPEN: &[&str] = &[
    "/api/v1/auth/login",
    "/api/v1/auth/login/totp",
    "/api/v1/auth/logout",
    "/api/v1/auth/refresh",
    "/api/v1/auth/step-up",
];

/// Answers 503 to everybody else. The engine goes on trading: what is open has to stay protected.
pub async fn gate(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let maintenance = &state.switches.get().maintenance;
    if !maintenance.enabled || !is_under(request.uri().path()) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    if is_admin(&state, &mut parts).await {
        return next.run(Request::from_parts(parts, body)).await;
    }
    ApiError::Maintenance {
        message: maintenance.message.clone(),
        retry_after: Duration::from_secs(maintenance.retry_after_s.into()),
    }
    .into_response()
}

/// Whether a path is closed during maintenance to all but admins.
pub(crate) fn is_under(path: &str) -> bool {
    path.starts_with(UNDER) && !path.starts_with(HOOKS) && !OPEN.contains(&path)
}

/// Whether an admin sent the request. The gate stands before all budgets, so the database is asked only about credentials
/// that we made, and once a minute about one that is no admin's.
async fn is_admin(state: &AppState, parts: &mut Parts) -> bool {
    let Some(credential) = genuine(state, parts) else {
        return false;
    };
    let name = format!("no admin:{credential}");
    if state.limiter.refused.has(&name) {
        return false;
    }
    match Admin::from_request_parts(parts, state).await {
        Ok(_) => true,
        Err(error) => {
            if error.status().is_client_error() {
                state.limiter.refused.note(name);
            }
            false
        }
    }
}
