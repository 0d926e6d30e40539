//! Reading cookies; those who set them use a library.

use http::{HeaderMap, header};

/// The access token's cookie: set by the api, read by api and gateway.
pub const ACCESS_COOKIE: &str = "accessToken";

/// The value of a cookie; of several with the same name the first, which is the one with the longest path.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    cookies(headers)
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// All cookies of a request, by name.
pub fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| (name, value.trim_matches('"')))
}
