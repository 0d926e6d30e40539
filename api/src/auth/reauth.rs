//! The password once more, of somebody who is signed in: a session that was left open or stolen is not enough for what
//! cannot be taken back.

use platform::Secret;
use serde_json::json;
use store::{
    Txn,
    security_log::{self, SecurityEvent},
    sessions,
    users::{self, User, UserStatus},
};

use super::{lockout::Attempt, password::Verdict};
use crate::{
    error::ApiError,
    extract::{ClientInfo, Login},
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
    let (user, verified) = users::find_with_password(state.db.conn(), login.user)
        .await?
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
    /// Takes the lock over the user's sessions and looks again: what was the password a moment ago may be no more.
    ///
    /// # Errors
    /// 403 where it was changed meanwhile, 401 where the account is gone.
    pub(crate) async fn still_holds(&self, txn: &Txn) -> Result<(), ApiError> {
        sessions::lock(txn, self.user.id).await?;
        let (_, hash) = users::find_with_password(txn, self.user.id)
            .await?
            .ok_or(ApiError::Unauthenticated)?;
        if hash.expose() == self.verified.expose() {
            Ok(())
        } else {
            Err(ApiError::WrongPassword)
        }
    }
}
