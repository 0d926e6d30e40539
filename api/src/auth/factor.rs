//! Second factors, checked and used up.

use chrono::{DateTime, Duration, Utc};
use platform::{
    Secret,
    ids::UserId,
    totp::{TotpSecret, TotpVerdict, recovery_hash},
    vault::Binding,
};
use serde_json::{Value, json};
use store::{
    StoreError, Txn,
    factors::{self, Totp},
    mails::{self, MailKind},
    security_log::{self, Caller, SecurityEvent},
    users,
};

use crate::{error::ApiError, mail::notice, state::AppState};

/// How often a user is told by mail of codes that come again.
const REPLAY_TOLD_EVERY: Duration = Duration::minutes(10);

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

/// What became of a code that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spent {
    /// It was good, and is used up.
    Good,
    /// It is the code of this moment, and was used before.
    Replayed,
    /// It is no good.
    Wrong,
}

/// Uses up a TOTP or recovery code, in the transaction of what it allows: of two requests with the same code one wins.
/// What is not [`Spent::Good`] is to be told by [`refuse`] once the transaction is gone.
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
) -> Result<Spent, ApiError> {
    let Some(totp) = factors::find(txn, user).await? else {
        return Ok(Spent::Wrong);
    };
    if totp.confirmed_at.is_none() {
        return Ok(Spent::Wrong);
    }
    // A recovery code has more symbols than a TOTP code has digits: what one takes the other never does.
    if let Some(hash) = recovery_hash(user, code.expose()) {
        if !factors::use_recovery_code(txn, user, &hash, now).await? {
            return Ok(Spent::Wrong);
        }
        let left = factors::recovery_codes_left(txn, user).await?;
        let (event, detail) = (SecurityEvent::RecoveryCodeUsed, json!({ "left": left }));
        security_log::record(txn, Some(user), event, caller, detail, now).await?;
        // Nobody rings for this one: the courier finds it within seconds.
        let mail = (MailKind::RecoveryCodeUsed, None);
        notice::leave(txn, user, mail, caller, now).await?;
        return Ok(Spent::Good);
    }
    let secret = open(state, user, &totp)?;
    match secret.verify(code.expose(), now, totp.last_used_step) {
        // Another request may have used it since it was read.
        TotpVerdict::Right(step) if !factors::use_step(txn, user, step).await? => {
            Ok(Spent::Replayed)
        }
        TotpVerdict::Right(_) => Ok(Spent::Good),
        TotpVerdict::Replayed => Ok(Spent::Replayed),
        TotpVerdict::Wrong => Ok(Spent::Wrong),
    }
}

/// Writes a refused code into the security log, and mails the user about one that was used before: whoever gives it has
/// read it over the user's shoulder, or taken it on its way. Answers what the caller is told. `detail` goes into the log.
///
/// # Errors
/// 503 when the database is away.
pub(crate) async fn refuse(
    state: &AppState,
    user: UserId,
    spent: Spent,
    detail: Value,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<ApiError, ApiError> {
    let (event, told) = match spent {
        Spent::Replayed => (SecurityEvent::TotpReplayed, ApiError::TotpReplayed),
        Spent::Good | Spent::Wrong => (SecurityEvent::SecondFactorFailed, ApiError::InvalidCode),
    };
    let txn = state.db.begin().await?;
    security_log::record(&txn, Some(user), event, caller, detail, now).await?;
    if spent == Spent::Replayed {
        leave_once(&txn, user, caller, now).await?;
    }
    txn.commit().await.map_err(StoreError::from)?;
    state.mail.ring();
    Ok(told)
}

/// One mail a while is enough, however often the same code comes.
async fn leave_once(
    txn: &Txn,
    user: UserId,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let kind = MailKind::TotpReplayed;
    let owner = users::find(txn, user)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    let since = now - REPLAY_TOLD_EVERY;
    if mails::last_since(txn, kind, &owner.email, since)
        .await?
        .is_none()
    {
        notice::leave(txn, user, (kind, None), caller, now).await?;
    }
    Ok(())
}
