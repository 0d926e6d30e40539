//! Setting a new password by the link of a mail.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use store::{
    account_tokens::{self, Proof, Purpose},
    credentials::Reach,
    mails::{self, MailKind, NewMail},
    security_log::{self, SecurityEvent},
    sessions::{self, RevokeReason},
    users::{self, User, UserStatus},
};
use utoipa::ToSchema;
use views::event::UserUpdated;

use super::{end_logins, register::SecretText};
use crate::{
    auth::{lockout, password},
    error::ApiError,
    extract::{ApiJson, Check, ClientInfo},
    mail::{budget::forget_password_changes, token_hash},
    state::AppState,
};

/// A new password and the leave to set it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPasswordRequest {
    /// What stands behind `#token=` in the link, and in the mail as code.
    #[schema(min_length = 1, max_length = 512, pattern = r"^[^\x00]*$", value_type = String)]
    token: SecretText,
    /// 12 to 128 characters, and not one that is guessed soon.
    #[schema(format = Password, min_length = 12, max_length = 128, pattern = r"^[^\x00]*$", value_type = String)]
    password: SecretText,
}

impl Check for ResetPasswordRequest {}

/// Sets a new password by the link of a mail
///
/// Good once, for 30 minutes. Ends all sessions, API tokens and any lock after wrong passwords, and voids every other link.
/// As the link was read in the mailbox, the address counts as confirmed; where it was not before, the second factor ends
/// too.
#[utoipa::path(
    post, path = "/api/v1/auth/reset-password", tag = "auth", security(()),
    request_body = ResetPasswordRequest,
    responses(
        (status = 204, description = "The password is set; sign in with it"),
        (status = 400, description = "`invalid_token`, `malformed_json`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn reset_password(
    State(state): State<AppState>,
    client: ClientInfo,
    ApiJson { value: request, .. }: ApiJson<ResetPasswordRequest>,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let token = token_hash(request.token.0.expose());
    // Looked at before a password is hashed: guesses cost us nothing.
    let proof = account_tokens::find(state.db.conn(), Purpose::ResetPassword, &token, now)
        .await?
        .ok_or(ApiError::InvalidToken)?;
    let user = account_of(&state, &proof).await?;
    let known = [user.email.as_str(), &user.display_name, "blockbotx"];
    password::check("/password", request.password.0.expose(), &known)?;
    let hash = state.passwords.hash(request.password.0.clone()).await?;

    let mut change = state.begin_change(user.id).await?;
    // First of all, as everybody does who ends sessions.
    sessions::lock(&change.txn, user.id).await?;
    let proof = account_tokens::take(&change.txn, Purpose::ResetPassword, &token, now)
        .await?
        .ok_or(ApiError::InvalidToken)?;
    let before = users::find(&change.txn, user.id)
        .await?
        .filter(|user| user.email == proof.email && user.status == UserStatus::Active)
        .ok_or(ApiError::InvalidToken)?;
    // Whoever enrolled a second factor before the first proof had none to give that the mailbox is theirs.
    let reach = match before.email_verified_at {
        Some(_) => Reach::ApiTokens,
        None => Reach::Everything,
    };
    let how = (RevokeReason::PasswordReset, reach);
    end_logins(&mut change, None, how, &client.caller, now).await?;
    users::set_password(&change.txn, &state.vault, user.id, &hash, now).await?;
    let user = users::set_verified_email(&change.txn, user.id, &proof.email, now)
        .await?
        .ok_or(ApiError::InvalidToken)?;
    let event = SecurityEvent::PasswordReset;
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
    lockout::forgive(&change.txn, &state.keys, &user.email).await?;
    forget_password_changes(&change.txn, user.id).await?;
    change.event(UserUpdated {
        email_verified: Some(true),
        ..UserUpdated::to(user.version)
    });
    change.commit(now).await?;
    state.mail.ring();
    Ok(StatusCode::NO_CONTENT)
}

/// The account that a link is about, if it still has the address that the link went to.
async fn account_of(state: &AppState, proof: &Proof) -> Result<User, ApiError> {
    users::find(state.db.conn(), proof.user)
        .await?
        .filter(|user| user.email == proof.email && user.status == UserStatus::Active)
        .ok_or(ApiError::InvalidToken)
}
