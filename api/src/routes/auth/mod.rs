//! Accounts and sessions.

pub mod change_email;
pub mod change_password;
pub mod forgot_password;
pub mod login;
pub mod login_totp;
pub mod logout;
pub mod realtime_token;
pub mod refresh;
pub mod register;
pub mod reset_password;
pub mod sessions;
pub mod step_up;
pub mod tokens;
pub mod totp;
pub mod verify_email;

use chrono::{DateTime, Utc};
use events::control::Revocation;
use platform::ids::{SessionId, UserId};
use serde::Serialize;
use serde_json::json;
use store::{
    credentials::{self, Links, Reach},
    security_log::{self, Caller, SecurityEvent},
    sessions::{self as store_sessions, RevokeReason},
};
use utoipa::ToSchema;
use views::{
    EventBody,
    event::{ApiTokenRevoked, SecondFactorDisabled, SessionRevoked},
};

use super::me::UserProfile;
use crate::{auth::session::SessionInfo, change::UserChange, error::ApiError, state::AppState};

/// A signed-in user and the session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    /// The account that is signed in.
    pub user: UserProfile,
    /// The session that was begun or renewed.
    pub session: SessionInfo,
}

/// Ends a session: row, security log and event in one transaction, then the word to the gateways. False: it is not this
/// user's, or has ended before.
pub(crate) async fn end_session(
    state: &AppState,
    user: UserId,
    session: SessionId,
    reason: RevokeReason,
    caller: &Caller,
) -> Result<bool, ApiError> {
    let now = state.clock.now();
    let mut change = state.begin_change(user).await?;
    if !store_sessions::revoke(&change.txn, user, session, reason, now).await? {
        return Ok(false);
    }
    match reason {
        // Ended for what it did, or may have done: a change of address that it asked for is void too.
        RevokeReason::Revoked | RevokeReason::TokenReused | RevokeReason::Admin => {
            credentials::void_links(&change.txn, user, Links::OfAddressChange, now).await?;
        }
        RevokeReason::Logout
        | RevokeReason::LogoutAll
        | RevokeReason::PasswordChanged
        | RevokeReason::PasswordReset
        | RevokeReason::AccountDeleted
        | RevokeReason::AddressProven
        | RevokeReason::SecondFactorEnabled => {}
    }
    let logged = match reason {
        RevokeReason::Logout
        | RevokeReason::Revoked
        | RevokeReason::Admin
        | RevokeReason::LogoutAll
        | RevokeReason::PasswordChanged
        | RevokeReason::PasswordReset
        | RevokeReason::AccountDeleted
        | RevokeReason::AddressProven
        | RevokeReason::SecondFactorEnabled => SecurityEvent::SessionRevoked,
        RevokeReason::TokenReused => SecurityEvent::RefreshTokenReused,
    };
    let detail = json!({ "session": session, "reason": reason.as_str() });
    security_log::record(&change.txn, Some(user), logged, caller, detail, now).await?;
    change.event(SessionRevoked { session, reason });
    change.revoke(Revocation::Session { user, session });
    change.commit(now).await?;
    Ok(true)
}

/// Ends all sessions of the user but `except`, and as much more as `reach` says; voids links, and logs it. The user and
/// the gateways are told once the change is committed.
pub(crate) async fn end_logins(
    change: &mut UserChange,
    except: Option<SessionId>,
    (reason, reach): (RevokeReason, Reach),
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let user = change.user();
    let ended = credentials::end(&change.txn, user, except, (reason, reach), now).await?;
    for session in ended.gateway_logins() {
        change.revoke(Revocation::Session { user, session });
    }
    let sessions = ended.sessions.iter().map(|session| {
        let event = SessionRevoked {
            session: *session,
            reason,
        };
        (SecurityEvent::SessionRevoked, EventBody::from(event))
    });
    let tokens = ended.api_tokens.iter().map(|token| {
        let event = ApiTokenRevoked {
            api_token: *token,
            reason: Some(reason),
        };
        (SecurityEvent::ApiTokenRevoked, event.into())
    });
    let factor = ended.had_factor.then(|| {
        let event = SecondFactorDisabled {
            reason: Some(reason),
        };
        (SecurityEvent::TotpDisabled, event.into())
    });
    for (logged, event) in sessions.chain(tokens).chain(factor) {
        let detail = event.data().map_err(ApiError::internal)?;
        security_log::record(&change.txn, Some(user), logged, caller, detail, now).await?;
        change.event(event);
    }
    Ok(())
}
