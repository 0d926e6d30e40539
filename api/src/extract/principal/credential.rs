//! The credential that came with a request. Nothing of it is believed yet, except that the frontend's cookie is genuine.

use chrono::{DateTime, Utc};
use http::{HeaderMap, header};
use platform::{
    Secret,
    token::nextauth::{NextAuth, NextAuthSession},
};

use crate::{
    auth::{
        api_token,
        cookies::{self, ACCESS_COOKIE},
    },
    error::ApiError,
};

/// What a caller shows.
#[derive(Debug)]
pub(crate) enum Presented {
    /// An access token as `Authorization: Bearer`.
    Bearer(Secret<String>),
    /// An access token in its cookie.
    Cookie(Secret<String>),
    /// Something that begins like an API token.
    ApiToken(Secret<String>),
    /// A session of the frontend, made with its secret and not expired.
    NextAuth(NextAuthSession),
}

/// What the only `Authorization` header of a request says, if it is a Bearer one.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// The credential of a request. An `Authorization` header rules out cookies, even if it is no good, and our cookie those
/// of the frontend.
///
/// # Errors
/// 401 where the header is not a Bearer one, or the frontend's cookie is not genuine.
pub(crate) fn presented(
    headers: &HeaderMap,
    frontend: Option<&NextAuth>,
    now: DateTime<Utc>,
) -> Result<Option<Presented>, ApiError> {
    if headers.contains_key(header::AUTHORIZATION) {
        let token = bearer(headers).ok_or(ApiError::Unauthenticated)?;
        return Ok(Some(if token.starts_with(api_token::PREFIX) {
            Presented::ApiToken(token.into())
        } else {
            Presented::Bearer(token.into())
        }));
    }
    if let Some(token) = cookies::read(headers, ACCESS_COOKIE) {
        return Ok(Some(Presented::Cookie(token.into())));
    }
    let Some(frontend) = frontend else {
        return Ok(None);
    };
    let cookies: Vec<_> = cookies::all(headers).collect();
    match frontend.session(&cookies, now) {
        Ok(session) => Ok(session.map(Presented::NextAuth)),
        Err(error) => {
            tracing::debug!(%error, "a session cookie of the frontend was refused");
            Err(ApiError::Unauthenticated)
        }
    }
}
