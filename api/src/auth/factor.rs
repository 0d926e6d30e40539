//! Second factors, checked and used up.

use chrono::{DateTime, Utc};
use platform::{
    Secret,
    ids::UserId,
    totp::{TotpSecret, recovery_hash},
    vault::Binding,
};
use serde_json::json;
use store::{
    Txn,
    factors::{self, Totp},
    mails::MailKind,
    security_log::{self, Caller, SecurityEvent},
};

use crate::{error::ApiError, mail::notice, state::AppState};

/// The secret in a stored row.
///
/// # Errors
/// Ours, where it cannot be opened.
pub(crate) fn open(state: &AppState, user: UserId, totp: &Totp) -> Result<TotpSecret, ApiError> {
    let bytes = state
        .vault
        .open(Binding::totp(user), &totp.sealed)
        .map_err(ApiError::internal)?;
    TotpSecret::from_bytes(&bytes).map_err(ApiError::internal)
}

/// Uses up a TOTP or recovery code, in the transaction of what it allows: of two requests with the same code one wins.
/// False: it is no good, or was used before.
///
/// # Errors
/// 503 when the database is away.
pub(crate) async fn spend(
    state: &AppState,
    txn: &Txn,
    user: UserId,
    code: &Secret<String>,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<bool, ApiError> {
    let Some(totp) = factors::find(txn, user).await? else {
        return Ok(false);
    };
    if totp.confirmed_at.is_none() {
        return Ok(false);
    }
    // A recovery code has more symbols than a TOTP code has digits: what one takes the other never does.
    if let Some(hash) = recovery_hash(user, code.expose()) {
        if !factors::use_recovery_code(txn, user, &hash, now).await? {
            return Ok(false);
        }
        let left = factors::recovery_codes_left(txn, user).await?;
        let (event, detail) = (SecurityEvent::RecoveryCodeUsed, json!({ "left": left }));
        security_log::record(txn, Some(user), event, caller, detail, now).await?;
        // Nobody rings for this one: the courier finds it within seconds.
        let mail = (MailKind::RecoveryCodeUsed, None);
        notice::leave(txn, user, mail, caller, now).await?;
        return Ok(true);
    }
    let secret = open(state, user, &totp)?;
    match secret.verify(code.expose(), now, totp.last_used_step) {
        Some(step) => Ok(factors::use_step(txn, user, step).await?),
        None => Ok(false),
    }
}
