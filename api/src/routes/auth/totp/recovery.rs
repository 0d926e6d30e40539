//! Recovery codes.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use platform::{
    ids::UserId,
    totp::{RecoveryHash, recovery_codes, recovery_hash},
};
use serde::Serialize;
use serde_json::json;
use store::{
    StoreError, Txn,
    credentials::{self, Links},
    factors,
    mails::MailKind,
    security_log::{self, SecurityEvent},
};
use utoipa::ToSchema;

use crate::{
    auth::reauth::hold_stepped_up,
    error::ApiError,
    extract::{ClientInfo, SteppedUp},
    mail::notice,
    state::AppState,
};

/// Codes that take the place of the authenticator's, each once. They are not shown again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// The recovery codes, each good once.
    pub recovery_codes: Vec<String>,
}

/// New codes in place of all others.
pub(super) async fn replace(
    txn: &Txn,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<RecoveryCodes, ApiError> {
    let codes = recovery_codes();
    let hashes: Vec<RecoveryHash> = codes
        .iter()
        .filter_map(|code| recovery_hash(user, code.expose()))
        .collect();
    factors::replace_recovery_codes(txn, user, &hashes, now).await?;
    Ok(RecoveryCodes {
        recovery_codes: codes.iter().map(|code| code.expose().clone()).collect(),
    })
}

/// Renews the recovery codes
///
/// Those given out before are void.
#[utoipa::path(
    post, path = "/api/v1/auth/totp/recovery-codes", tag = "auth",
    responses(
        (status = 200, description = "The codes, shown this once", body = RecoveryCodes),
        (status = 409, description = "`totp_not_enabled`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn renew_recovery_codes(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUp(login): SteppedUp,
) -> Result<Json<RecoveryCodes>, ApiError> {
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    hold_stepped_up(&txn, login, now).await?;
    if !factors::is_enabled(&txn, login.user).await? {
        return Err(ApiError::TotpNotEnabled);
    }
    credentials::void_links(&txn, login.user, Links::ButResets, now).await?;
    let codes = replace(&txn, login.user, now).await?;
    let event = SecurityEvent::RecoveryCodesRenewed;
    security_log::record(
        &txn,
        Some(login.user),
        event,
        &client.caller,
        json!({}),
        now,
    )
    .await?;
    let mail = (MailKind::RecoveryCodesRenewed, None);
    notice::leave(&txn, login.user, mail, &client.caller, now).await?;
    txn.commit().await.map_err(StoreError::from)?;
    state.mail.ring();
    Ok(Json(codes))
}
