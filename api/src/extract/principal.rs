//! Who is calling.

use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};
use platform::{
    ids::{SessionId, UserId},
    telemetry::request::Facts,
    token::{Role, TokenError},
};
use store::{sessions, users::UserStatus};

use crate::{
    auth::cookies::{self, ACCESS_COOKIE},
    error::ApiError,
    state::AppState,
};

/// How an access token came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer`: no browser sends it by itself.
    Bearer,
    /// A cookie, which browsers send by themselves.
    Cookie,
}

/// A signed-in user, checked against Postgres with this request.
#[derive(Debug, Clone, Copy)]
pub struct Principal {
    /// Who.
    pub user: UserId,
    /// Which login.
    pub session: SessionId,
    /// What the user may do now, whatever the token says.
    pub role: Role,
}

/// The access token of a request. An `Authorization` header rules out the cookie, even if it is no good.
///
/// # Errors
/// 401 where the header is not a Bearer one.
pub fn access_token(headers: &HeaderMap) -> Result<Option<(Credential, String)>, ApiError> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    if let Some(value) = given.next() {
        let token = value
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned());
        return match (token, given.next()) {
            (Some(token), None) => Ok(Some((Credential::Bearer, token))),
            _ => Err(ApiError::Unauthenticated),
        };
    }
    Ok(cookies::read(headers, ACCESS_COOKIE).map(|token| (Credential::Cookie, token)))
}

impl FromRequestParts<AppState> for Principal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let (_, token) = access_token(&parts.headers)?.ok_or(ApiError::Unauthenticated)?;
        let now = state.clock.now();
        let claims = state
            .verifier
            .verify(&token, now)
            .map_err(|error| match error {
                TokenError::Expired => ApiError::TokenExpired,
                TokenError::Invalid => ApiError::Unauthenticated,
            })?;
        if let Some(facts) = parts.extensions.get::<Facts>() {
            facts.set_user(claims.sub);
        }
        let owner = sessions::owner(state.db.conn(), claims.sub, claims.sid, now).await?;
        match owner {
            Some((role, UserStatus::Active)) => Ok(Self {
                user: claims.sub,
                session: claims.sid,
                role,
            }),
            Some((_, UserStatus::Suspended | UserStatus::Banned)) => {
                Err(ApiError::AccountSuspended)
            }
            None => Err(ApiError::Unauthenticated),
        }
    }
}
