//! Signing out.

use axum::{
    extract::State,
    response::{AppendHeaders, IntoResponse, Response},
};
use http::StatusCode;
use store::sessions::RevokeReason;

use super::end_session;
use crate::{
    auth::cookies,
    error::ApiError,
    extract::{ClientInfo, SessionUser},
    state::AppState,
};

/// Signs out
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
