//! The session's cookies.
//!
//! They name no domain, so that they go back to the host that set them and to none beside it: frontend and api share a
//! host, and the gateway, which may be elsewhere, is given a token of its own.

use cookie::{Cookie, SameSite, time::Duration};
use http::{HeaderName, HeaderValue, header};
use platform::Secret;
pub use platform::http::{ACCESS_COOKIE, cookie as read, cookies as all};

/// Carries the refresh token to the refresh route only.
pub const REFRESH_COOKIE: &str = "refreshToken";
/// The refresh route.
pub const REFRESH_PATH: &str = "/api/v1/auth/refresh";

/// Where passwords and codes are tried: the only routes that see device cookies.
const AUTH_PATH: &str = "/api/v1/auth";
/// The longest that browsers keep a cookie.
const DEVICE_MAX_AGE: Duration = Duration::days(400);

/// The header that sets the access token.
pub fn access(token: &Secret<String>, max_age_s: i64, secure: bool) -> (HeaderName, HeaderValue) {
    set(build(ACCESS_COOKIE, token.expose().clone(), secure).max_age(Duration::seconds(max_age_s)))
}

/// The header that sets the refresh token.
pub fn refresh(token: &Secret<String>, max_age_s: i64, secure: bool) -> (HeaderName, HeaderValue) {
    set(build(REFRESH_COOKIE, token.expose().clone(), secure).max_age(Duration::seconds(max_age_s)))
}

/// The header that remembers a device for as long as browsers keep cookies. Sent to the routes of `auth` only.
pub fn device(name: String, value: String, secure: bool) -> (HeaderName, HeaderValue) {
    set(Cookie::build((name, value))
        .path(AUTH_PATH)
        .same_site(SameSite::Strict)
        .http_only(true)
        .secure(secure)
        .max_age(DEVICE_MAX_AGE))
}

/// The headers that take both away.
pub fn clear(secure: bool) -> [(HeaderName, HeaderValue); 2] {
    [ACCESS_COOKIE, REFRESH_COOKIE]
        .map(|name| set(build(name, String::new(), secure).max_age(Duration::ZERO)))
}

fn build(name: &'static str, value: String, secure: bool) -> cookie::CookieBuilder<'static> {
    let (path, same_site) = if name == REFRESH_COOKIE {
        (REFRESH_PATH, SameSite::Strict)
    } else {
        ("/", SameSite::Lax)
    };
    Cookie::build((name, value))
        .path(path)
        .same_site(same_site)
        .http_only(true)
        .secure(secure)
}

fn set(cookie: cookie::CookieBuilder<'static>) -> (HeaderName, HeaderValue) {
    // Names, paths and base64url tokens are all visible ASCII.
    let value = HeaderValue::try_from(cookie.build().to_string())
        .unwrap_or_else(|_| HeaderValue::from_static(""));
    (header::SET_COOKIE, value)
}
