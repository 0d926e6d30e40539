//! Writes that a browser may have been tricked into.
//!
//! Browsers send cookies by themselves, so a write with one needs an `Origin` that is ours. A Bearer token no browser
//! sends by itself, and where one is sent our cookies count for nothing but a refresh. Other `Authorization` headers, such
//! as the Basic one that browsers remember, prove nothing. Beside that, a foreign `Origin` may not log anybody in or out.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, header};
use platform::token::nextauth::SessionCookie;
use url::Url;

use crate::{
    auth::cookies::{self, ACCESS_COOKIE, REFRESH_COOKIE},
    error::ApiError,
    extract::bearer,
    state::AppState,
};

/// Refuses what may have been sent for somebody else.
pub async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if is_safe(request.method()) || is_by_bearer(headers) {
        return next.run(request).await;
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let trusted = match (origins.next(), origins.next()) {
        (Some(origin), None) => origin
            .to_str()
            .is_ok_and(|origin| is_ours(origin, headers, &state)),
        (Some(_), Some(_)) => false,
        (None, _) => !has_session_cookie(headers, &state) || is_same_origin_fetch(headers),
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

/// Whether the credential is a Bearer token, and no cookie can be one: the refresh token's is, whatever else is sent.
fn is_by_bearer(headers: &HeaderMap) -> bool {
    bearer(headers).is_some() && cookies::read(headers, REFRESH_COOKIE).is_none()
}

/// On the list, or what the request was sent to, by scheme, host and port: a page of another host cannot make a browser
/// send ours, but one that was brought in without TLS can be anybody's.
fn is_ours(origin: &str, headers: &HeaderMap, state: &AppState) -> bool {
    if state.web.origins.iter().any(|one| one == origin) {
        return true;
    }
    let scheme = if state.secure_cookies {
        "https"
    } else {
        "http"
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let own = host.and_then(|host| Url::parse(&format!("{scheme}://{host}")).ok());
    let named = Url::parse(origin).ok();
    matches!((named, own), (Some(named), Some(own)) if is_bare(&named, origin) && named.origin() == own.origin())
}

/// Whether a text is a URL's scheme, host and port and nothing else, but for a port that goes without saying.
fn is_bare(url: &Url, text: &str) -> bool {
    let plain = url.origin().ascii_serialization();
    let port = url.port_or_known_default().unwrap_or_default();
    text.eq_ignore_ascii_case(&plain) || text.eq_ignore_ascii_case(&format!("{plain}:{port}"))
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
