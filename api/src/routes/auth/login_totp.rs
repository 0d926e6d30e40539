//! The second step of a login.

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;
use store::users;
use utoipa::ToSchema;

use super::{
    SignedIn,
    login::{hold_unchanged, open_session},
    register::SecretText,
};
use crate::{
    auth::{
        challenge::Challenge,
        device::{self, Device},
        factor::{self, Spent},
        lockout::Attempt,
        session::TokenDelivery,
    },
    error::ApiError,
    extract::{ApiJson, Check, ClientInfo, require_active},
    state::AppState,
};

/// The challenge of a login, and a code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginTotpRequest {
    /// As the login answered it.
    #[schema(min_length = 1, max_length = 512, pattern = r"^[^\x00]*$", value_type = String)]
    challenge: SecretText,
    /// Six digits of the authenticator, or a recovery code.
    #[schema(min_length = 6, max_length = 40, pattern = r"^[^\x00]*$", value_type = String)]
    code: SecretText,
    /// Where the tokens go; into cookies unless said otherwise.
    #[serde(default)]
    #[schema(required = false)]
    tokens: TokenDelivery,
}

impl Check for LoginTotpRequest {}

/// Signs in with the second factor
///
/// Within five minutes of the right password. After five wrong codes the second factor is locked for a while that doubles
/// with each further one; the right password does not unlock it. A device that has signed in before (cookie `device-…`) has
/// guesses and locks of its own.
#[utoipa::path(
    post, path = "/api/v1/auth/login/totp", tag = "auth", security(()),
    request_body = LoginTotpRequest,
    responses(
        (status = 200, description = "The account and its new session", body = SignedIn),
        (status = 401, description = "`invalid_challenge`, `invalid_code`, `totp_replayed`: \
            the code was used before", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`account_suspended`, `origin_refused`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "`login_locked`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn login_with_totp(
    State(state): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    ApiJson { value: request, .. }: ApiJson<LoginTotpRequest>,
) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let challenge =
        Challenge::parse(request.challenge.0.expose()).ok_or(ApiError::InvalidChallenge)?;
    let (user, password) = users::find_with_password(state.db.conn(), &state.vault, challenge.user)
        .await?
        .filter(|(_, password)| challenge.is_genuine(&state.keys, &password.hash, now))
        .ok_or(ApiError::InvalidChallenge)?;
    require_active(user.status)?;
    let device = Device::of(&state.keys, &headers, Some(&user));
    let attempt = Attempt::at_login_factor(&state.db, user.id, device, client.address, now).await?;
    let change = state.begin_change(user.id).await?;
    let user = hold_unchanged(&state, &change.txn, &user, &password.hash)
        .await?
        .ok_or(ApiError::InvalidChallenge)?;
    let spent = factor::spend(
        &state,
        &change.txn,
        user.id,
        &request.code.0,
        &client.caller,
        now,
    )
    .await?;
    if spent != Spent::Good {
        drop(change);
        let detail = json!({ "given": "code" });
        return Err(factor::refuse(&state, user.id, spent, detail, &client.caller, now).await?);
    }
    let issued = open_session(&state, change, &client, &user, now).await?;
    attempt.succeeded(&state.db).await?;
    let body = SignedIn {
        user: (&user).into(),
        session: issued.info(request.tokens),
    };
    let answer = issued.respond(&state, request.tokens, StatusCode::OK, body);
    Ok(device::remember(&state, &headers, &user, answer))
}
