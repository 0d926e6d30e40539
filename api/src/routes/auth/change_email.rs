//! Another address, of somebody who is signed in: named here, and confirmed from there.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use store::{
    StoreError,
    account_tokens::{self, Purpose},
    credentials::{self, Links, Reach},
    mails::{self, MailKind, NewMail},
    security_log::{self, SecurityEvent},
    sessions::RevokeReason,
    users::{self, UserStatus},
};
use utoipa::ToSchema;
use views::event::UserUpdated;

use super::{end_logins, register::SecretText, verify_email::TokenRequest};
use crate::{
    auth::{email::Email, reauth::confirm_password},
    error::{ApiError, FieldCode},
    extract::{ApiJson, Check, ClientInfo, SteppedUp},
    mail::budget::charge_named_address,
    state::AppState,
};

/// The address that the account is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeEmailRequest {
    /// The new one.
    #[schema(format = Email, max_length = 320)]
    email: String,
    /// The account's password.
    #[schema(format = Password, min_length = 1, max_length = 256, pattern = r"^[^\x00]*$", value_type = String)]
    password: SecretText,
}

impl Check for ChangeEmailRequest {}

/// Names another address for the account
///
/// Needs a fresh second factor. The address counts once it is confirmed by the link that is sent there, which is good once,
/// for an hour, and void after any change of the account's credentials. The present address is told, with a link that
/// cancels the change. Whether another account has the new one is not said: its owner is told instead. Three addresses may be
/// named at once, and one more each 20 minutes; six, and one more each four hours in the long run.
#[utoipa::path(
    post, path = "/api/v1/auth/change-email", tag = "auth",
    request_body = ChangeEmailRequest,
    responses(
        (status = 202, description = "A mail is on its way to the new address"),
        (status = 403, description = "`wrong_password`, `step_up_required`, `session_required`, `account_suspended`, `origin_refused`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "`login_locked`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn change_email(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUp(login): SteppedUp,
    ApiJson { value: request, .. }: ApiJson<ChangeEmailRequest>,
) -> Result<StatusCode, ApiError> {
    let email = Email::parse(&request.email)
        .ok_or_else(|| ApiError::field("/email", FieldCode::Format, "is not a valid email"))?;
    let confirmed = confirm_password(&state, &client, login, &request.password.0).await?;
    let user = &confirmed.user;
    if user.email == email.as_str() {
        let message = "is the present one";
        return Err(ApiError::field("/email", FieldCode::Conflict, message));
    }
    charge_named_address(&state, user.id).await?;

    let now = state.clock.now();
    let txn = state.db.begin().await?;
    confirmed.still_holds(&state, &txn, login, now).await?;
    // The change before this one, and the link that cancels it.
    credentials::void_links(&txn, user.id, Links::ButResets, now).await?;
    let confirm = NewMail {
        kind: MailKind::ConfirmEmail,
        user: Some(user.id),
        recipient: email.as_str(),
        data: json!({}),
    };
    mails::enqueue(&txn, confirm, now).await?;
    let notice = NewMail {
        kind: MailKind::EmailChangeRequested,
        user: Some(user.id),
        recipient: &user.email,
        data: json!({
            "address": client.caller.address,
            "was_proven": user.email_verified_at.is_some(),
        }),
    };
    mails::enqueue(&txn, notice, now).await?;
    let event = SecurityEvent::EmailChangeRequested;
    security_log::record(&txn, Some(user.id), event, &client.caller, json!({}), now).await?;
    txn.commit().await.map_err(StoreError::from)?;
    state.mail.ring();
    Ok(StatusCode::ACCEPTED)
}

/// Confirms the account's new address
///
/// As whoever proves the address may be somebody else than who was signed in before, all sessions, API tokens, the second
/// factor and its recovery codes end. Sign in with the new address, and make them anew.
#[utoipa::path(
    post, path = "/api/v1/auth/confirm-email-change", tag = "auth", security(()),
    request_body = TokenRequest,
    responses(
        (status = 204, description = "The account has the new address"),
        (status = 400, description = "`invalid_token`, `malformed_json`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`email_taken`: another account was made with it meanwhile",
            body = crate::error::Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn confirm_email_change(
    State(state): State<AppState>,
    client: ClientInfo,
    ApiJson { value: request, .. }: ApiJson<TokenRequest>,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    let proof = account_tokens::take(&txn, Purpose::ChangeEmail, &request.hash(), now)
        .await?
        .ok_or(ApiError::InvalidToken)?;
    let before = users::find(&txn, proof.user)
        .await?
        .filter(|user| user.status == UserStatus::Active)
        .ok_or(ApiError::InvalidToken)?;
    let mut change = state.change_in(txn, before.id);
    // Before the address changes: it voids what went to the one before.
    let how = (RevokeReason::AddressProven, Reach::Everything);
    end_logins(&mut change, None, how, &client.caller, now).await?;
    let user = users::set_verified_email(&change.txn, proof.user, &proof.email, now)
        .await
        .map_err(|error| {
            if error.is_conflict_on(users::EMAIL_KEY) {
                ApiError::EmailTaken
            } else {
                error.into()
            }
        })?
        .ok_or(ApiError::InvalidToken)?;
    let mail = NewMail {
        kind: MailKind::EmailChanged,
        user: Some(user.id),
        recipient: &before.email,
        data: json!({ "was_proven": before.email_verified_at.is_some() }),
    };
    mails::enqueue(&change.txn, mail, now).await?;
    let event = SecurityEvent::EmailChanged;
    security_log::record(
        &change.txn,
        Some(user.id),
        event,
        &client.caller,
        json!({}),
        now,
    )
    .await?;
    change.event(UserUpdated {
        email: Some(user.email.clone()),
        email_verified: Some(true),
        ..UserUpdated::to(user.version)
    });
    change.commit(now).await?;
    state.mail.ring();
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps the account's present address
///
/// With the token of the mail that told the present address of a new one. Voids the link that was sent to the new address.
/// Whoever asked for the change knows the password: set another one.
#[utoipa::path(
    post, path = "/api/v1/auth/cancel-email-change", tag = "auth", security(()),
    request_body = TokenRequest,
    responses(
        (status = 204, description = "The account keeps its address"),
        (status = 400, description = "`invalid_token`: also where the change was confirmed or voided meanwhile; `malformed_json`",
            body = crate::error::Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn cancel_email_change(
    State(state): State<AppState>,
    client: ClientInfo,
    ApiJson { value: request, .. }: ApiJson<TokenRequest>,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    let proof = account_tokens::take(&txn, Purpose::CancelEmailChange, &request.hash(), now)
        .await?
        .ok_or(ApiError::InvalidToken)?;
    credentials::void_links(&txn, proof.user, Links::ButResets, now).await?;
    let event = SecurityEvent::EmailChangeCanceled;
    security_log::record(
        &txn,
        Some(proof.user),
        event,
        &client.caller,
        json!({}),
        now,
    )
    .await?;
    txn.commit().await.map_err(StoreError::from)?;
    Ok(StatusCode::NO_CONTENT)
}
