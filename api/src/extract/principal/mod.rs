//! Who is calling.

mod api_token;
mod credential;
mod guards;
mod resolve;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use platform::{
    ids::{SessionId, UserId},
    token::Role,
};
use store::{
    api_tokens::{Scope, Scopes},
    users::UserStatus,
};
use uuid::Uuid;

pub(crate) use credential::{Presented, bearer, presented};
pub use guards::{Admin, Person, Reader, SessionUser, SteppedUp, SteppedUpAdmin, Trader};

use crate::error::ApiError;

/// A signed-in user, checked against Postgres with this request.
#[derive(Debug, Clone, Copy)]
pub struct Principal {
    /// Who.
    pub user: UserId,
    /// What the user may do now, whatever a token says.
    pub role: Role,
    /// By what.
    pub via: Via,
}

/// The credential by which a user calls.
#[derive(Debug, Clone, Copy)]
pub enum Via {
    /// A session of ours, its access token sent as `Authorization: Bearer`.
    Bearer(Login),
    /// A session of ours, its access token in a cookie.
    Cookie(Login),
    /// A session of the frontend.
    NextAuth {
        /// When it was issued, whole seconds.
        issued_at: DateTime<Utc>,
        /// When it ends.
        expires_at: DateTime<Utc>,
    },
    /// An API token.
    ApiToken {
        /// Which.
        id: Uuid,
        /// What it is good for.
        scopes: Scopes,
        /// The network of its allowlist that it came from; none where it may come from everywhere.
        network: Option<IpNet>,
    },
}

/// A session of ours.
#[derive(Debug, Clone, Copy)]
pub struct Login {
    /// Whose.
    pub user: UserId,
    /// What the user may do now.
    pub role: Role,
    /// Which.
    pub session: SessionId,
    /// Whether a second factor was given in it lately.
    pub stepped_up: bool,
}

impl Principal {
    /// The session of ours, if that is how the user calls.
    pub fn login(&self) -> Option<Login> {
        match self.via {
            Via::Bearer(login) | Via::Cookie(login) => Some(login),
            Via::NextAuth { .. } | Via::ApiToken { .. } => None,
        }
    }

    /// For what needs a fresh second factor only sometimes; what always does takes [`SteppedUp`].
    ///
    /// # Errors
    /// 403 unless this is a session of ours in which one was given lately.
    pub fn require_step_up(&self) -> Result<Login, ApiError> {
        let login = self.require_session()?;
        if login.stepped_up {
            Ok(login)
        } else {
            Err(ApiError::StepUpRequired)
        }
    }

    fn require_session(&self) -> Result<Login, ApiError> {
        self.login().ok_or(ApiError::SessionRequired)
    }

    fn require_person(&self) -> Result<(), ApiError> {
        match self.via {
            Via::Bearer(_) | Via::Cookie(_) | Via::NextAuth { .. } => Ok(()),
            Via::ApiToken { .. } => Err(ApiError::SessionRequired),
        }
    }

    fn require_scope(&self, scope: Scope) -> Result<(), ApiError> {
        match self.via {
            Via::Bearer(_) | Via::Cookie(_) | Via::NextAuth { .. } => Ok(()),
            Via::ApiToken { scopes, .. } if scopes.allow(scope) => Ok(()),
            Via::ApiToken { .. } => Err(ApiError::InsufficientScope { scope }),
        }
    }

    fn require_admin(&self, is_read: bool) -> Result<(), ApiError> {
        match self.via {
            Via::ApiToken { .. } if is_read => self.require_scope(Scope::Admin)?,
            Via::Bearer(_) | Via::Cookie(_) | Via::NextAuth { .. } | Via::ApiToken { .. } => {
                self.require_session()?;
            }
        }
        match self.role {
            Role::Admin | Role::Superadmin => Ok(()),
            Role::User => Err(ApiError::InsufficientRole),
        }
    }
}

/// Refuses accounts that are suspended or banned.
pub(crate) fn require_active(status: UserStatus) -> Result<(), ApiError> {
    match status {
        UserStatus::Active => Ok(()),
        UserStatus::Suspended | UserStatus::Banned => Err(ApiError::AccountSuspended),
    }
}
