//! `If-None-Match`: a reader that has what is there already gets 304 and no body (RFC 9110, 13.1.2).

use axum::{body::Body, extract::Request, middleware::Next, response::Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// What compressing proxies append to a tag.
const ENCODINGS: [&str; 4] = ["-gzip", "-br", "-zstd", "-deflate"];

/// Adds a digest of the body to the `ETag` of a read, and answers 304 where the reader has it.
///
/// The version alone would not do: a bot's status changes without one.
pub async fn answer(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let known: Vec<HeaderValue> = request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .cloned()
        .collect();
    let response = next.run(request).await;
    if !is_read || response.status() != StatusCode::OK {
        return response;
    }
    let Some(version) = version(response.headers()) else {
        return response;
    };
    let (mut head, body) = response.into_parts();
    let bytes = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            return axum::response::IntoResponse::into_response(ApiError::internal(error));
        }
    };
    let digest = hex::encode(&Sha256::digest(&bytes)[..8]);
    let tag = format!("\"{version}-{digest}\"");
    let is_known = known.iter().any(|line| names(line, &tag));
    if let Ok(value) = HeaderValue::try_from(tag) {
        head.headers.insert(header::ETAG, value);
    }
    if !is_known {
        return Response::from_parts(head, Body::from(bytes));
    }
    head.status = StatusCode::NOT_MODIFIED;
    head.headers.remove(header::CONTENT_TYPE);
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::empty())
}

/// The version in an answer's own tag, `"11"`.
fn version(headers: &HeaderMap) -> Option<String> {
    let tag = headers.get(header::ETAG)?.to_str().ok()?;
    let number = tag.strip_prefix('"')?.strip_suffix('"')?;
    number
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| number.to_owned())
}

/// Whether a line of `If-None-Match` names the tag, weak or not, under whichever encoding.
fn names(line: &HeaderValue, tag: &str) -> bool {
    let Ok(line) = line.to_str() else {
        return false;
    };
    line.split(',').map(str::trim).any(|given| {
        given == "*" || {
            let quoted = given.strip_prefix("W/").unwrap_or(given);
            let bare = quoted.strip_suffix('"').unwrap_or(quoted);
            let bare = ENCODINGS
                .iter()
                .find_map(|encoding| bare.strip_suffix(encoding))
                .unwrap_or(bare);
            Some(bare) == tag.strip_suffix('"')
        }
    })
}
