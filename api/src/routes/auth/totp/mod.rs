//! The second factor: an authenticator app, and recovery codes for the day it is lost.

pub mod recovery;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use platform::{
    totp::{TotpSecret, TotpVerdict},
    vault::Binding,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    StoreError,
    credentials::{self, Links, Reach},
    factors,
    mails::MailKind,
    security_log::{self, SecurityEvent},
    sessions::{self, RevokeReason},
    users,
};
use utoipa::ToSchema;
use views::event::{SecondFactorDisabled, SecondFactorEnabled};

use self::recovery::RecoveryCodes;
use super::{end_logins, register::SecretText};
use crate::{
    auth::{
        device, factor,
        lockout::Attempt,
        reauth::{hold, hold_stepped_up, require_proven},
    },
    error::ApiError,
    extract::{ApiJson, Check, ClientInfo, SessionUser, SteppedUp},
    mail::notice,
    state::AppState,
};

/// How the account's second factor stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct TotpStatus {
    /// Whether codes are asked for.
    pub enabled: bool,
    /// Since when; null where they are not.
    #[serde(with = "platform::time::wire_option")]
    pub enabled_at: Option<DateTime<Utc>>,
    /// Recovery codes that are still good.
    pub recovery_codes_left: i64,
}

/// A secret for an authenticator app. It is not shown again.
#[derive(Debug, Serialize, ToSchema)]
pub struct TotpEnrolment {
    /// The secret in base32, for typing.
    pub secret: String,
    /// The same as an `otpauth://` URI, for a QR code.
    pub uri: String,
}

/// The first code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmTotp {
    /// Six digits of the authenticator.
    #[schema(min_length = 6, max_length = 16, pattern = r"^[0-9 ]*$", value_type = String)]
    code: SecretText,
}

impl Check for ConfirmTotp {}

/// The second factor
#[utoipa::path(
    get, path = "/api/v1/auth/totp", tag = "auth",
    responses((status = 200, description = "How it stands", body = TotpStatus)),
)]
pub async fn get_totp(
    State(state): State<AppState>,
    SessionUser(login): SessionUser,
) -> Result<Json<TotpStatus>, ApiError> {
    let conn = state.db.conn();
    let totp = factors::find(conn, login.user).await?;
    let enabled_at = totp.and_then(|totp| totp.confirmed_at);
    Ok(Json(TotpStatus {
        enabled: enabled_at.is_some(),
        enabled_at,
        recovery_codes_left: factors::recovery_codes_left(conn, login.user).await?,
    }))
}

/// Begins to enrol an authenticator app
///
/// No code is asked for before the first one is given to `confirm`. Enrolling again before that replaces the secret.
#[utoipa::path(
    post, path = "/api/v1/auth/totp", tag = "auth",
    responses(
        (status = 201, description = "The secret, shown this once", body = TotpEnrolment),
        (status = 403, description = "`email_unverified`: confirm the account's address first; `step_up_required`, \
            `session_required`, `account_suspended`, `origin_refused`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`totp_enabled`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn enrol_totp(
    State(state): State<AppState>,
    SteppedUp(login): SteppedUp,
) -> Result<(StatusCode, Json<TotpEnrolment>), ApiError> {
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    let user = hold_stepped_up(&txn, login, now).await?;
    require_proven(&user)?;
    let secret = TotpSecret::generate();
    let uri = secret.uri(&user.email).map_err(ApiError::internal)?;
    let sealed = state.vault.seal(Binding::totp(user.id), &secret.to_bytes());
    if !factors::enrol(&txn, user.id, sealed, now).await? {
        return Err(ApiError::TotpEnabled);
    }
    txn.commit().await.map_err(StoreError::from)?;
    let shown = TotpEnrolment {
        secret: secret.base32().expose().clone(),
        uri: uri.expose().clone(),
    };
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Enables the second factor
///
/// With the first code of the app. From then on logins and `step-up` ask for codes, and steps up that the password gave are
/// void; so are links in mails, but for one to a new password. All other sessions end, those of the frontend too. Answers the
/// recovery codes.
#[utoipa::path(
    post, path = "/api/v1/auth/totp/confirm", tag = "auth", request_body = ConfirmTotp,
    responses(
        (status = 200, description = "The recovery codes, shown this once", body = RecoveryCodes),
        (status = 401, description = "`invalid_code`, `unauthenticated`, `token_expired`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`email_unverified`: confirm the account's address first; `session_required`, \
            `account_suspended`, `origin_refused`", body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`totp_enabled`, `totp_not_enabled`: no secret was enrolled",
            body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 429, description = "`login_locked`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn confirm_totp(
    State(state): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    SessionUser(login): SessionUser,
    ApiJson { value: request, .. }: ApiJson<ConfirmTotp>,
) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let totp = factors::find(state.db.conn(), login.user)
        .await?
        .ok_or(ApiError::TotpNotEnabled)?;
    if totp.confirmed_at.is_some() {
        return Err(ApiError::TotpEnabled);
    }
    let attempt = Attempt::at_session_factor(&state.db, login.session, now).await?;
    let secret = factor::open(&state, login.user, &totp)?;
    let TotpVerdict::Right(step) = secret.verify(request.code.0.expose(), now, None) else {
        return Err(ApiError::InvalidCode);
    };
    let mut change = state.begin_change(login.user).await?;
    let (user, _) = hold(&change.txn, login, now).await?;
    require_proven(&user)?;
    if !factors::confirm(&change.txn, login.user, &totp, step, now).await? {
        return Err(ApiError::InvalidCode);
    }
    sessions::forget_step_ups(&change.txn, login.user).await?;
    // Whoever signed in without a code has not shown that they have the factor.
    let how = (RevokeReason::SecondFactorEnabled, Reach::Sessions);
    let except = Some(login.session);
    end_logins(&mut change, except, how, &client.caller, now).await?;
    let user = users::find(&change.txn, login.user)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    let codes = recovery::replace(&change.txn, login.user, now).await?;
    let event = SecurityEvent::TotpEnabled;
    security_log::record(
        &change.txn,
        Some(login.user),
        event,
        &client.caller,
        json!({}),
        now,
    )
    .await?;
    let mail = (MailKind::SecondFactorEnabled, None);
    notice::leave(&change.txn, login.user, mail, &client.caller, now).await?;
    change.event(SecondFactorEnabled {});
    change.commit(now).await?;
    state.mail.ring();
    attempt.succeeded(&state.db).await?;
    let answer = Json(codes).into_response();
    Ok(device::remember(&state, &headers, &user, answer))
}

/// Disables the second factor
///
/// The recovery codes are void too, and so are links in mails, but for one to a new password.
#[utoipa::path(
    delete, path = "/api/v1/auth/totp", tag = "auth",
    responses(
        (status = 204, description = "Codes are no longer asked for"),
        (status = 409, description = "`totp_not_enabled`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn disable_totp(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUp(login): SteppedUp,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let mut change = state.begin_change(login.user).await?;
    hold_stepped_up(&change.txn, login, now).await?;
    if !factors::remove(&change.txn, login.user).await? {
        return Err(ApiError::TotpNotEnabled);
    }
    credentials::void_links(&change.txn, login.user, Links::ButResets, now).await?;
    let event = SecurityEvent::TotpDisabled;
    security_log::record(
        &change.txn,
        Some(login.user),
        event,
        &client.caller,
        json!({}),
        now,
    )
    .await?;
    let mail = (MailKind::SecondFactorDisabled, None);
    notice::leave(&change.txn, login.user, mail, &client.caller, now).await?;
    change.event(SecondFactorDisabled { reason: None });
    change.commit(now).await?;
    state.mail.ring();
    Ok(StatusCode::NO_CONTENT)
}
