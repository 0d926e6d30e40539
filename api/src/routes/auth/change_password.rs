//! Another password, of somebody who is signed in.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;
use store::{
    credentials::Reach,
    mails::{self, MailKind, NewMail},
    security_log::{self, SecurityEvent},
    sessions::RevokeReason,
    users,
};
use utoipa::ToSchema;
use views::event::UserUpdated;

use super::{end_logins, register::SecretText};
use crate::{
    auth::{device, password, reauth::confirm_password},
    error::{ApiError, FieldCode},
    extract::{ApiJson, Check, ClientInfo, SteppedUp},
    mail::budget::charge_password_change,
    state::AppState,
};

/// The password before and after.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordRequest {
    /// The present one.
    #[schema(format = Password, min_length = 1, max_length = 256, pattern = r"^[^\x00]*$", value_type = String)]
    current_password: SecretText,
    /// 12 to 128 characters, not one that is guessed soon, and not the present one.
    #[schema(format = Password, min_length = 12, max_length = 128, pattern = r"^[^\x00]*$", value_type = String)]
    password: SecretText,
}

impl Check for ChangePasswordRequest {}

/// Changes the password
///
/// Ends all other sessions and those of the frontend, and voids every link in a mail; this session goes on, and so do API
/// tokens. Needs a fresh second factor, and the present password too: a wrong one counts
/// as a failed login. Three changes may be made at once, and one more each 30
/// minutes; six, and one more each four hours in the long run: those beyond are `rate_limited`.
#[utoipa::path(
    post, path = "/api/v1/auth/change-password", tag = "auth",
    request_body = ChangePasswordRequest,
    responses(
        (status = 204, description = "The password is changed"),
        (status = 403, description = "`wrong_password`, `step_up_required`, `session_required`, `account_suspended`, `origin_refused`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "`login_locked`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn change_password(
    State(state): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    SteppedUp(login): SteppedUp,
    ApiJson { value: request, .. }: ApiJson<ChangePasswordRequest>,
) -> Result<Response, ApiError> {
    let current = &request.current_password.0;
    let confirmed = confirm_password(&state, &client, login, current).await?;
    let user = &confirmed.user;
    let known = [user.email.as_str(), &user.display_name, "blockbotx"];
    password::check("/password", request.password.0.expose(), &known)?;
    if request.password.0.expose() == current.expose() {
        let message = "is the present one";
        return Err(ApiError::field("/password", FieldCode::Conflict, message));
    }
    let hash = state.passwords.hash(request.password.0.clone()).await?;

    let now = state.clock.now();
    let mut change = state.begin_change(user.id).await?;
    confirmed
        .still_holds(&state, &change.txn, login, now)
        .await?;
    charge_password_change(&change.txn, user.id, now).await?;
    let except = Some(login.session);
    let how = (RevokeReason::PasswordChanged, Reach::Sessions);
    end_logins(&mut change, except, how, &client.caller, now).await?;
    let user = users::set_password(&change.txn, &state.vault, user.id, &hash, now)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    let event = SecurityEvent::PasswordChanged;
    security_log::record(
        &change.txn,
        Some(user.id),
        event,
        &client.caller,
        json!({}),
        now,
    )
    .await?;
    let mail = NewMail {
        kind: MailKind::PasswordChanged,
        user: Some(user.id),
        recipient: &user.email,
        data: json!({ "address": client.caller.address }),
    };
    mails::enqueue(&change.txn, mail, now).await?;
    change.event(UserUpdated::to(user.version));
    change.commit(now).await?;
    state.mail.ring();
    let answer = StatusCode::NO_CONTENT.into_response();
    Ok(device::remember(&state, &headers, &user, answer))
}
