//! Asking for a link to a new password.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use store::mails::{self, MailKind, NewMail};
use utoipa::ToSchema;

use super::verify_email::MAIL_EVERY;
use crate::{
    auth::email::Email,
    error::{ApiError, FieldCode},
    extract::{ApiJson, Check, ClientInfo},
    state::AppState,
};

/// Whose password was forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotPasswordRequest {
    /// The address of the account.
    #[schema(format = Email, max_length = 320)]
    email: String,
}

impl Check for ForgotPasswordRequest {}

/// Asks for a link to a new password
///
/// Answers alike, and takes as long, whether or not the address has an account. At most one mail a minute.
#[utoipa::path(
    post, path = "/api/v1/auth/forgot-password", tag = "auth", security(()),
    request_body = ForgotPasswordRequest,
    responses((status = 202, description = "If there is such an account, a mail is on its way")),
)]
pub async fn forgot_password(
    State(state): State<AppState>,
    client: ClientInfo,
    ApiJson { value: request, .. }: ApiJson<ForgotPasswordRequest>,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let email = Email::parse(&request.email)
        .ok_or_else(|| ApiError::field("/email", FieldCode::Format, "is not a valid email"))?;
    // Nothing here looks whether there is an account: who sends the mail does.
    let (conn, kind) = (state.db.conn(), MailKind::ResetPassword);
    let last = mails::last_since(conn, kind, email.as_str(), now - MAIL_EVERY).await?;
    if last.is_none() {
        let mail = NewMail {
            kind,
            user: None,
            recipient: email.as_str(),
            data: json!({ "address": client.caller.address, "agent": client.caller.agent }),
        };
        mails::enqueue(conn, mail, now).await?;
        state.mail.ring();
    }
    Ok(StatusCode::ACCEPTED)
}
