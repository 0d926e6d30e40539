//! From a credential to its user, as Postgres knows them at this moment.

use http::request::Parts;
use platform::{
    Secret,
    telemetry::request::Facts,
    token::{TokenError, nextauth::NextAuthSession},
};
use store::{sessions, users};

use super::{Login, Presented, Principal, Via, api_token, presented, require_active};
use crate::{
    auth::{email::Email, step_up},
    error::ApiError,
    extract::ClientInfo,
    state::AppState,
};

/// Whom the layer that counts requests has found, so that they are looked up once.
#[derive(Clone, Copy)]
struct Found(Principal);

impl Principal {
    /// Who sent this request. Only guards ask: a route says by the guard that it takes what it needs.
    ///
    /// # Errors
    /// 401 where nobody did, 403 where the account is not active.
    pub(super) async fn resolve(parts: &Parts, state: &AppState) -> Result<Self, ApiError> {
        if let Some(Found(principal)) = parts.extensions.get() {
            return Ok(*principal);
        }
        Self::look_up(parts, state).await
    }

    /// Leaves who it is for the guard of this request.
    pub(crate) fn leave_in(self, parts: &mut Parts) {
        parts.extensions.insert(Found(self));
    }

    /// Who sent this request, from the database.
    ///
    /// # Errors
    /// Those of [`Principal::resolve`]; 503 when the database is away.
    pub(crate) async fn look_up(parts: &Parts, state: &AppState) -> Result<Self, ApiError> {
        let now = state.clock.now();
        let shown = presented(&parts.headers, state.nextauth.as_ref(), now)?
            .ok_or(ApiError::Unauthenticated)?;
        match shown {
            Presented::Bearer(token) => {
                let login = by_access_token(parts, state, &token).await?;
                Ok(login.principal(Via::Bearer(login)))
            }
            Presented::Cookie(token) => {
                let login = by_access_token(parts, state, &token).await?;
                Ok(login.principal(Via::Cookie(login)))
            }
            Presented::ApiToken(token) => {
                let client = ClientInfo::of(parts);
                let principal = api_token::resolve(state, &token, &client).await?;
                note(parts, &principal);
                Ok(principal)
            }
            Presented::NextAuth(session) => by_frontend(parts, state, session).await,
        }
    }
}

impl Login {
    fn principal(self, via: Via) -> Principal {
        Principal {
            user: self.user,
            role: self.role,
            via,
        }
    }
}

async fn by_access_token(
    parts: &Parts,
    state: &AppState,
    token: &Secret<String>,
) -> Result<Login, ApiError> {
    let now = state.clock.now();
    let claims = state
        .verifier
        .verify(token.expose(), now)
        .map_err(|error| match error {
            TokenError::Expired => ApiError::TokenExpired,
            TokenError::Invalid => ApiError::Unauthenticated,
        })?;
    if let Some(facts) = parts.extensions.get::<Facts>() {
        facts.set_user(claims.sub);
    }
    let owner = sessions::owner(state.db.conn(), claims.sub, claims.sid, now)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    require_active(owner.status)?;
    Ok(Login {
        user: claims.sub,
        role: owner.role,
        session: claims.sid,
        stepped_up: step_up::is_fresh(owner.stepped_up_at, now),
    })
}

/// The user whose address the frontend vouches for, if the owner of that address has answered us too, and the session is
/// neither older than the account nor from before its logins were last ended everywhere.
async fn by_frontend(
    parts: &Parts,
    state: &AppState,
    session: NextAuthSession,
) -> Result<Principal, ApiError> {
    // Letters that only look like ours name another mailbox, which the frontend has proven instead of the account's.
    let email = Email::parse(&session.email)
        .filter(|_| session.email.is_ascii())
        .ok_or(ApiError::Unauthenticated)?;
    let user = users::find_by_frontend(state.db.conn(), email.as_str(), session.iat)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    let principal = Principal {
        user: user.id,
        role: user.role,
        via: Via::NextAuth {
            issued_at: session.iat,
            expires_at: session.exp,
        },
    };
    note(parts, &principal);
    require_active(user.status)?;
    Ok(principal)
}

fn note(parts: &Parts, principal: &Principal) {
    if let Some(facts) = parts.extensions.get::<Facts>() {
        facts.set_user(principal.user);
    }
}
