//! Proving that an address is one's own.

use axum::extract::State;
use chrono::TimeDelta;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use store::{
    account_tokens::{self, Purpose},
    credentials::Reach,
    mails::{self, MailKind, NewMail},
    security_log::{self, SecurityEvent},
    sessions::RevokeReason,
    users::{self, UserStatus},
};
use utoipa::ToSchema;
use views::event::UserUpdated;

use super::{end_logins, register::SecretText};
use crate::{
    error::ApiError,
    extract::{ApiJson, Check, ClientInfo, Person},
    mail::token_hash,
    state::AppState,
};

/// How long after a mail the same one is not sent again.
pub(super) const MAIL_EVERY: TimeDelta = TimeDelta::minutes(1);

/// The secret of a link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// What stands behind `#token=` in the link, and in the mail as code.
    #[schema(min_length = 1, max_length = 512, pattern = r"^[^\x00]*$", value_type = String)]
    pub(super) token: SecretText,
}

impl Check for TokenRequest {}

impl TokenRequest {
    pub(super) fn hash(&self) -> [u8; 32] {
        token_hash(self.token.0.expose())
    }
}

/// Confirms the account's address
///
/// With the token of the mail that registration sent. Good once, for 24 hours. As whoever registered the address may be
/// somebody else than who proves it, all sessions, API tokens and second factors from before end: sign in again.
#[utoipa::path(
    post, path = "/api/v1/auth/verify-email", tag = "auth", security(()),
    request_body = TokenRequest,
    responses(
        (status = 204, description = "The address is confirmed"),
        (status = 400, description = "`invalid_token`, `malformed_json`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn verify_email(
    State(state): State<AppState>,
    client: ClientInfo,
    ApiJson { value: request, .. }: ApiJson<TokenRequest>,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    let proof = account_tokens::take(&txn, Purpose::VerifyEmail, &request.hash(), now)
        .await?
        .ok_or(ApiError::InvalidToken)?;
    // The link went to the address that the account had then.
    users::find(&txn, proof.user)
        .await?
        .filter(|user| user.email == proof.email && user.status == UserStatus::Active)
        .ok_or(ApiError::InvalidToken)?;
    let mut change = state.change_in(txn, proof.user);
    let how = (RevokeReason::AddressProven, Reach::Everything);
    end_logins(&mut change, None, how, &client.caller, now).await?;
    let user = users::set_verified_email(&change.txn, proof.user, &proof.email, now)
        .await?
        .ok_or(ApiError::InvalidToken)?;
    security_log::record(
        &change.txn,
        Some(user.id),
        SecurityEvent::EmailVerified,
        &client.caller,
        json!({}),
        now,
    )
    .await?;
    change.event(UserUpdated {
        email_verified: Some(true),
        ..UserUpdated::to(user.version)
    });
    change.commit(now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends the mail that confirms the address again
///
/// The link of the mail before is void then. Does nothing where the address is confirmed; at most once a minute.
#[utoipa::path(
    post, path = "/api/v1/auth/verify-email/resend", tag = "auth",
    responses((status = 202, description = "It is on its way")),
)]
pub async fn resend_verification(
    State(state): State<AppState>,
    Person(principal): Person,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let conn = state.db.conn();
    let user = users::find(conn, principal.user)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    if user.email_verified_at.is_some() {
        return Ok(StatusCode::ACCEPTED);
    }
    refuse_too_soon(&state, MailKind::VerifyEmail, &user.email).await?;
    let mail = NewMail {
        kind: MailKind::VerifyEmail,
        user: Some(user.id),
        recipient: &user.email,
        data: json!({}),
    };
    mails::enqueue(conn, mail, now).await?;
    state.mail.ring();
    Ok(StatusCode::ACCEPTED)
}

/// Keeps a user from filling a mailbox.
async fn refuse_too_soon(
    state: &AppState,
    kind: MailKind,
    recipient: &str,
) -> Result<(), ApiError> {
    let since = state.clock.now() - MAIL_EVERY;
    match mails::last_since(state.db.conn(), kind, recipient, since).await? {
        None => Ok(()),
        Some(last) => Err(ApiError::RateLimited {
            retry_after: (last - since).to_std().unwrap_or_default(),
        }),
    }
}
