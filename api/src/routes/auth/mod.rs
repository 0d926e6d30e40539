//! Accounts and sessions.

pub mod login;
pub mod login_totp;
pub mod logout;
pub mod realtime_token;
pub mod refresh;
pub mod register;
pub mod sessions;
pub mod step_up;
pub mod tokens;
pub mod totp;

use events::{EventType, control::Revocation};
use platform::ids::{SessionId, UserId};
use serde::Serialize;
use serde_json::{Value, json};
use store::{
    StoreError,
    events::NewEvent,
    security_log::{self, Caller, SecurityEvent},
    sessions::{self as store_sessions, RevokeReason},
};
use utoipa::ToSchema;

use super::me::UserProfile;
use crate::{auth::session::SessionInfo, error::ApiError, state::AppState};

/// A signed-in user and the session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    /// The account.
    pub user: UserProfile,
    /// The session.
    pub session: SessionInfo,
}

/// An event for the log.
pub(crate) fn new_event(kind: EventType, body: Value) -> NewEvent {
    NewEvent { kind, body }
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
    let txn = state.db.begin().await?;
    if !store_sessions::revoke(&txn, user, session, reason, now).await? {
        return Ok(false);
    }
    let logged = match reason {
        RevokeReason::Logout | RevokeReason::Revoked | RevokeReason::Admin => {
            SecurityEvent::SessionRevoked
        }
        RevokeReason::TokenReused => SecurityEvent::RefreshTokenReused,
    };
    let detail = json!({ "session": session, "reason": reason.as_str() });
    security_log::record(&txn, Some(user), logged, caller, detail.clone(), now).await?;
    let event = new_event(EventType::SessionRevoked, detail);
    store::events::append(&txn, now, user, &event).await?;
    txn.commit().await.map_err(StoreError::from)?;
    state
        .notifier
        .revoked(Revocation::Session { user, session });
    state.notifier.events_committed(user);
    Ok(true)
}
