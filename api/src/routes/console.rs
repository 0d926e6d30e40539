//! The console: one page for every address outside `/api` and `/ws`, and the files that it loads.

use std::io;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use crate::{
    console::{Served, accepts_html, is_known},
    error::ApiError,
    state::AppState,
};

/// Where the files of the page are.
pub const ASSETS_PATH: &str = "/assets/{*name}";

/// Names of files change with their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The page is asked for each time, and is not sent again where the browser has it.
const ASK_EACH_TIME: &str = "no-cache";

const NOT_BUILT: &str = "The console is not built. Make it with: ops/dev console build\n";

/// A file that the page loads.
pub async fn get_asset(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let found = state.console.asset(&name, accepted_encoding(&headers));
    let served = found.await.map_err(unreadable)?.ok_or(ApiError::NotFound)?;
    Ok(answer(&headers, served, FOR_EVER))
}

/// What no route of the API answers: a browser that looks for a page gets the console's, everybody else a 404.
pub async fn get_page(
    State(state): State<AppState>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let is_read = matches!(method, Method::GET | Method::HEAD);
    if !is_read || !state.console.is_on() || !is_page(uri.path(), &headers) {
        return Err(ApiError::NotFound);
    }
    let found = state.console.page(accepted_encoding(&headers));
    let Some(served) = found.await.map_err(unreadable)? else {
        let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        return Ok((headers, NOT_BUILT).into_response());
    };
    let mut response = answer(&headers, served, ASK_EACH_TIME);
    let policy = state.page_policy.header();
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// Whether an address is one of the console's, for the reader who asks. The root is, whatever the reader takes.
fn is_page(path: &str, headers: &HeaderMap) -> bool {
    let is_below = |root: &str| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if ["/api", "/ws", "/assets"].into_iter().any(is_below) {
        return false;
    }
    let accepted = headers.get(header::ACCEPT);
    path == "/" || accepts_html(accepted.and_then(|accepted| accepted.to_str().ok()))
}

fn accepted_encoding(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ACCEPT_ENCODING)?.to_str().ok()
}

fn unreadable(error: io::Error) -> ApiError {
    ApiError::internal(error)
}

fn answer(asked: &HeaderMap, served: Served, caching: &'static str) -> Response {
    let is_known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .any(|line| is_known(line, &served.tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, served.kind)], served.body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(
        header::VARY,
        HeaderValue::from_static("accept, accept-encoding"),
    );
    if let Ok(tag) = HeaderValue::try_from(served.tag) {
        headers.insert(header::ETAG, tag);
    }
    if let (Some(encoding), false) = (served.encoding, is_known) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}
