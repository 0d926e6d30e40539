//! Closing the account.

use axum::{
    extract::State,
    response::{AppendHeaders, IntoResponse, Response},
};
use events::control::Revocation;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use store::{
    admin::{self, users as accounts},
    billing::subscriptions,
    credentials::Reach,
    deletions,
    mails::{self, MailKind, NewMail},
    security_log::{self, SecurityEvent},
    sessions::RevokeReason,
};
use utoipa::ToSchema;

use crate::{
    auth::{cookies, reauth::confirm_password},
    billing,
    error::ApiError,
    extract::{ApiJson, Check, ClientInfo, SteppedUp},
    routes::auth::{end_logins, register::SecretText},
    state::AppState,
};

/// The word that it is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteMeRequest {
    /// The account's password.
    #[schema(format = Password, min_length = 1, max_length = 256, pattern = r"^[^\x00]*$", value_type = String)]
    password: SecretText,
}

impl Check for DeleteMeRequest {}

/// Closes the account, for good
///
/// Needs a fresh second factor, and no subscription that would be charged on: cancel it first. A checkout that is open can
/// no longer be paid. The last superadmin makes another one first. All sessions end at once and the address is free again.
/// The engine then stops the bots, which cancel their orders and sell nothing, destroys the keys of exchanges, and later, in
/// a quarter of an hour as a rule, deletes everything but the entries of the security log, which name nobody any more.
#[utoipa::path(
    delete, path = "/api/v1/me", tag = "me",
    request_body = DeleteMeRequest,
    responses(
        (status = 202, description = "The account is closed and being deleted"),
        (status = 403, description = "`wrong_password`, `step_up_required`, `session_required`, `account_suspended`, `origin_refused`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`last_superadmin`, `subscription_active`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "`login_locked`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`billing_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn delete_me(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUp(login): SteppedUp,
    ApiJson { value: request, .. }: ApiJson<DeleteMeRequest>,
) -> Result<Response, ApiError> {
    let confirmed = confirm_password(&state, &client, login, &request.password.0).await?;
    let (user, now) = (confirmed.user.id, state.clock.now());
    if let Some(billing) = &state.billing
        && let Some(known) = subscriptions::find(state.db.conn(), user).await?
    {
        billing::checkout::close(billing, &known.stripe_customer_id).await?;
    }
    let mut change = state.begin_change(user).await?;
    admin::lock(&change.txn).await?;
    confirmed
        .still_holds(&state, &change.txn, login, now)
        .await?;
    if accounts::is_last_superadmin(&change.txn, user).await? {
        return Err(ApiError::LastSuperadmin);
    }
    if deletions::is_charged(&change.txn, user).await? {
        return Err(ApiError::SubscriptionActive);
    }
    let how = (RevokeReason::AccountDeleted, Reach::Sessions);
    end_logins(&mut change, None, how, &client.caller, now).await?;
    let event = SecurityEvent::AccountDeleted;
    security_log::record(
        &change.txn,
        Some(user),
        event,
        &client.caller,
        json!({}),
        now,
    )
    .await?;
    deletions::begin(&change.txn, user, now).await?;
    let farewell = NewMail {
        kind: MailKind::AccountDeleted,
        user: None,
        recipient: &confirmed.user.email,
        data: json!({
            "address": client.caller.address,
            "was_proven": confirmed.user.email_verified_at.is_some(),
        }),
    };
    mails::enqueue(&change.txn, farewell, now).await?;
    change.commit(now).await?;
    state
        .notifier
        .revoked(Revocation::User { user, until: now });
    state.mail.ring();
    let cookies = cookies::clear(state.secure_cookies);
    Ok((StatusCode::ACCEPTED, AppendHeaders(cookies)).into_response())
}
