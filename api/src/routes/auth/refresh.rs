//! New tokens for old.

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use store::{
    StoreError,
    sessions::{self, NewToken, RevokeReason},
    users::{self, UserStatus},
};
use utoipa::ToSchema;

use super::{SignedIn, end_session, register::SecretText};
use crate::{
    auth::{
        cookies::{self, REFRESH_COOKIE},
        session::{Issued, ROTATION_GRACE, RefreshToken, TokenDelivery, refresh_hash},
    },
    error::ApiError,
    extract::{ApiJson, Check, ClientInfo},
    state::AppState,
};

/// A refresh token, where it is not in the cookie.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The token; the new ones are in the body of the answer then.
    #[schema(min_length = 1, max_length = 512, pattern = r"^[^\x00]*$", value_type = String)]
    refresh_token: SecretText,
}

impl Check for RefreshRequest {}

/// Renews a session
///
/// Takes the refresh token from its cookie, or from the body. Each token can be used once. One that comes back within ten
/// seconds gets 409: another request (another tab) has just used it, use the one that it got. One that comes back later
/// may have been stolen: the whole session ends. So does one that is as old as a session may become, 30 days after its login
/// unless the operator sets another age.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "auth", security(("refresh_cookie" = []), ()),
    request_body = RefreshRequest,
    responses(
        (status = 200, description = "The account and its renewed session", body = SignedIn),
        (status = 401, description = "`invalid_refresh_token`, `refresh_token_reused`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`refresh_in_progress`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`account_suspended`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn refresh_session(
    State(state): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    body: Option<ApiJson<RefreshRequest>>,
) -> Result<Response, ApiError> {
    let (token, delivery) = if let Some(body) = body {
        (body.value.refresh_token.0, TokenDelivery::Body)
    } else {
        let token = cookies::read(&headers, REFRESH_COOKIE).ok_or(ApiError::InvalidRefreshToken)?;
        (token.into(), TokenDelivery::Cookie)
    };
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    let used = sessions::lock_by_hash(&txn, &refresh_hash(token.expose()))
        .await?
        .filter(|used| used.revoked_at.is_none() && used.expires_at > now)
        .ok_or(ApiError::InvalidRefreshToken)?;
    if let Some(rotated_at) = used.rotated_at {
        drop(txn);
        if now - rotated_at <= ROTATION_GRACE {
            return Err(ApiError::RefreshInProgress);
        }
        end_session(
            &state,
            used.user,
            used.session,
            RevokeReason::TokenReused,
            &client.caller,
        )
        .await?;
        return Err(ApiError::RefreshTokenReused);
    }
    let user = users::find(&txn, used.user)
        .await?
        .ok_or(ApiError::InvalidRefreshToken)?;
    if user.status != UserStatus::Active {
        return Err(ApiError::AccountSuspended);
    }
    let refresh = RefreshToken::new();
    let expires_at = state.sessions.refresh_end(used.session, now)?;
    if expires_at <= now {
        return Err(ApiError::InvalidRefreshToken);
    }
    let next = NewToken {
        hash: &refresh.hash,
        expires_at,
    };
    sessions::rotate(&txn, &used, next, &client.caller, now).await?;
    txn.commit().await.map_err(StoreError::from)?;
    let issued = Issued::new(&state, user.id, used.session, user.role, refresh, now)?;
    let body = SignedIn {
        user: (&user).into(),
        session: issued.info(delivery),
    };
    Ok(issued.respond(&state, delivery, StatusCode::OK, body))
}
