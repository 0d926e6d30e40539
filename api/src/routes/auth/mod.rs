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
use events::{EventType, control::Revocation};
use platform::ids::{SessionId, UserId};
use serde::Serialize;
use serde_json::{Value, json};
use store::{
    StoreError, Txn,
    credentials::{self, Ended, Links, Reach},
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
    match reason {
        // Ended for what it did, or may have done: a change of address that it asked for is void too.
        RevokeReason::Revoked | RevokeReason::TokenReused | RevokeReason::Admin => {
            credentials::void_links(&txn, user, Links::OfAddressChange, now).await?;
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

/// Logins of a user that end together, and what is to be said of it.
pub(crate) struct EndedLogins {
    user: UserId,
    ended: Ended,
    events: Vec<NewEvent>,
}

impl EndedLogins {
    /// Ends all sessions but `except` and as much more as `reach` says, voids links, and logs it. The events wait for
    /// [`EndedLogins::append_events`], which is the last before the commit.
    pub(crate) async fn end(
        txn: &Txn,
        user: UserId,
        except: Option<SessionId>,
        (reason, reach): (RevokeReason, Reach),
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        let ended = credentials::end(txn, user, except, (reason, reach), now).await?;
        let reason = reason.as_str();
        let sessions = ended.sessions.iter().map(|session| {
            let detail = json!({ "session": session, "reason": reason });
            (
                SecurityEvent::SessionRevoked,
                EventType::SessionRevoked,
                detail,
            )
        });
        let tokens = ended.api_tokens.iter().map(|token| {
            let detail = json!({ "api_token": token, "reason": reason });
            (
                SecurityEvent::ApiTokenRevoked,
                EventType::ApiTokenRevoked,
                detail,
            )
        });
        let factor = ended.had_factor.then(|| {
            let detail = json!({ "reason": reason });
            (
                SecurityEvent::TotpDisabled,
                EventType::SecondFactorDisabled,
                detail,
            )
        });
        let mut events = Vec::new();
        for (logged, kind, detail) in sessions.chain(tokens).chain(factor) {
            security_log::record(txn, Some(user), logged, caller, detail.clone(), now).await?;
            events.push(new_event(kind, detail));
        }
        Ok(Self {
            user,
            ended,
            events,
        })
    }

    /// One more thing that happened.
    pub(crate) fn add(&mut self, event: NewEvent) {
        self.events.push(event);
    }

    /// Writes the events.
    pub(crate) async fn append_events(
        &self,
        txn: &Txn,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        if !self.events.is_empty() {
            store::events::append_batch(txn, now, self.user, &self.events).await?;
        }
        Ok(())
    }

    /// The word to the gateways, after the commit.
    pub(crate) fn announce(&self, state: &AppState) {
        let user = self.user;
        for session in self.ended.gateway_logins() {
            state
                .notifier
                .revoked(Revocation::Session { user, session });
        }
        state.notifier.events_committed(user);
    }
}
