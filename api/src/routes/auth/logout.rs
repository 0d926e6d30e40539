//! Signing out.

use axum::{
    extract::State,
    response::{AppendHeaders, IntoResponse, Response},
};
use http::StatusCode;
use store::{credentials::Reach, sessions::RevokeReason};

use super::{end_logins, end_session};
use crate::{
    auth::cookies,
    error::ApiError,
    extract::{ClientInfo, SessionUser},
    state::AppState,
};

/// Signs out of this session
///
/// Ends the session and takes its cookies away. Its access tokens are void at once.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "auth",
    responses((status = 204, description = "The session has ended")),
)]
pub async fn logout_session(
    State(state): State<AppState>,
    client: ClientInfo,
    SessionUser(login): SessionUser,
) -> Result<Response, ApiError> {
    end_session(
        &state,
        login.user,
        login.session,
        RevokeReason::Logout,
        &client.caller,
    )
    .await?;
    let cookies = cookies::clear(state.secure_cookies);
    Ok((StatusCode::NO_CONTENT, AppendHeaders(cookies)).into_response())
}

/// Signs out everywhere
///
/// Ends all sessions, this one and those of the frontend included. Their access tokens are void at once, and their sockets
/// are closed. Links in mails are void, but for one to a new password. API tokens stay.
#[utoipa::path(
    post, path = "/api/v1/auth/logout-all", tag = "auth",
    responses((status = 204, description = "All sessions have ended")),
)]
pub async fn logout_everywhere(
    State(state): State<AppState>,
    client: ClientInfo,
    SessionUser(login): SessionUser,
) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let mut change = state.begin_change(login.user).await?;
    let how = (RevokeReason::LogoutAll, Reach::Sessions);
    end_logins(&mut change, None, how, &client.caller, now).await?;
    change.commit(now).await?;
    let cookies = cookies::clear(state.secure_cookies);
    Ok((StatusCode::NO_CONTENT, AppendHeaders(cookies)).into_response())
}
