//! Writes that a browser may have been tricked into.
//!
//! Browsers send cookies by themselves, so a write with one needs an `Origin` that is ours. A Bearer token no browser
//! sends by itself. Beside that, a foreign `Origin` may not log anybody in or out.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, Uri, header};
use platform::token::nextauth::SessionCookie;

use crate::{
    auth::cookies::{self, ACCESS_COOKIE, REFRESH_COOKIE},
    error::ApiError,
    state::AppState,
};

/// Refuses what may have been sent for somebody else.
pub async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if is_safe(request.method()) || headers.contains_key(header::AUTHORIZATION) {
        return next.run(request).await;
    }
    let trusted = match headers.get(header::ORIGIN) {
        Some(origin) => origin
            .to_str()
            .is_ok_and(|origin| is_ours(origin, headers, &state.web.origins)),
        None => !has_session_cookie(headers, &state) || is_same_origin_fetch(headers),
    };
    if trusted {
        next.run(request).await
    } else {
        ApiError::OriginRefused.into_response()
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    )
}

/// On the list, or the host that the request was sent to: a page of another host cannot make a browser send ours.
fn is_ours(origin: &str, headers: &HeaderMap, allowed: &[String]) -> bool {
    if allowed.iter().any(|one| one == origin) {
        return true;
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let named = origin
        .parse::<Uri>()
        .ok()
        .filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
        .and_then(|uri| uri.authority().map(ToString::to_string));
    matches!((named, host), (Some(named), Some(host)) if named.eq_ignore_ascii_case(host))
}

fn has_session_cookie(headers: &HeaderMap, state: &AppState) -> bool {
    cookies::all(headers).any(|(name, _)| {
        [ACCESS_COOKIE, REFRESH_COOKIE].contains(&name)
            || state.nextauth.is_some() && SessionCookie::of(name).is_some()
    })
}

fn is_same_origin_fetch(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "same-origin")
}
