//! The password once more, of somebody who is signed in: a session that was left open or stolen is not enough for what
//! cannot be taken back.

use chrono::{DateTime, Utc};
use platform::Secret;
use serde_json::json;
use store::{
    Txn,
    security_log::{self, SecurityEvent},
    sessions::{self, Generation},
    users::{self, User, UserStatus},
};

use super::{lockout::Attempt, password::Verdict, step_up};
use crate::{
    error::ApiError,
    extract::{ClientInfo, Login, require_active},
    state::AppState,
};

/// Somebody whose password was right.
pub(crate) struct Confirmed {
    pub(crate) user: User,
    verified: Secret<String>,
}

/// Checks the password; wrong ones are counted together with those of step-up in this session.
///
/// # Errors
/// 403 where it is wrong, 429 where it was wrong too often.
pub(crate) async fn confirm_password(
    state: &AppState,
    client: &ClientInfo,
    login: Login,
    password: &Secret<String>,
) -> Result<Confirmed, ApiError> {
    let now = state.clock.now();
    let (user, verified) = users::find_with_password(state.db.conn(), &state.vault, login.user)
        .await?
        .map(|(user, password)| (user, password.hash))
        // Closed meanwhile by another request of the user's: it has no password any more.
        .filter(|(user, _)| user.status == UserStatus::Active)
        .ok_or(ApiError::Unauthenticated)?;
    let attempt = Attempt::in_session(&state.db, login.session, now).await?;
    let checked = state
        .passwords
        .verify(password.clone(), Some(verified.clone()))
        .await;
    match checked {
        Ok(Verdict::Right | Verdict::RightButOld) => {
            attempt.succeeded(&state.db).await?;
            Ok(Confirmed { user, verified })
        }
        Ok(Verdict::Wrong) => {
            security_log::record(
                state.db.conn(),
                Some(user.id),
                SecurityEvent::PasswordCheckFailed,
                &client.caller,
                json!({}),
                now,
            )
            .await?;
            Err(ApiError::WrongPassword)
        }
        Err(error) => {
            attempt.withdrawn(&state.db).await?;
            Err(error)
        }
    }
}

impl Confirmed {
    /// Takes the lock over the user's sessions and looks again: what was the password a moment ago may be no more, and the
    /// session that asks may have ended.
    ///
    /// # Errors
    /// 403 where it was changed meanwhile or the step-up is void, 401 where the session or the account is gone.
    pub(crate) async fn still_holds(
        &self,
        state: &AppState,
        txn: &Txn,
        login: Login,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        hold_stepped_up(txn, login, now).await?;
        let (_, password) = users::find_with_password(txn, &state.vault, self.user.id)
            .await?
            .ok_or(ApiError::Unauthenticated)?;
        if password.hash.expose() == self.verified.expose() {
            Ok(())
        } else {
            Err(ApiError::WrongPassword)
        }
    }
}

/// Takes the lock over a user's sessions, and looks again whether the one that asks is alive: what it makes would outlive
/// the change of credentials that ended it a moment ago.
///
/// # Errors
/// 401 where it has ended, 403 where the account is not active.
pub(crate) async fn hold(
    txn: &Txn,
    login: Login,
    now: DateTime<Utc>,
) -> Result<(User, Generation), ApiError> {
    let current = sessions::lock_current(txn, login.user, login.session, now)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    let user = users::find(txn, login.user)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    require_active(user.status)?;
    Ok((user, current))
}

/// The same for what needs a fresh second factor.
///
/// # Errors
/// Those of [`hold`], and 403 where the step-up is void.
pub(crate) async fn hold_stepped_up(
    txn: &Txn,
    login: Login,
    now: DateTime<Utc>,
) -> Result<User, ApiError> {
    let (user, current) = hold(txn, login, now).await?;
    if step_up::is_fresh(current.stepped_up_at, now) {
        Ok(user)
    } else {
        Err(ApiError::StepUpRequired)
    }
}

/// Refuses what may not be made before the address of the account is proven: whoever registered it may be somebody else
/// than its owner, for whom it would lie in wait.
///
/// # Errors
/// 403 where it is not.
pub(crate) fn require_proven(user: &User) -> Result<(), ApiError> {
    match user.email_verified_at {
        Some(_) => Ok(()),
        None => Err(ApiError::EmailUnverified),
    }
}
