//! Versions in headers: `ETag` says which one is answered, `If-Match` which one is being changed.

use axum::{
    Json,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header, request::Parts};
use serde::Serialize;

use crate::{
    access::RequiresAccess,
    error::{ApiError, FieldCode},
};

/// The versions named by `If-Match: "3"`, if the header came.
#[derive(Debug, Clone)]
pub struct IfMatch(Option<Expected>);

/// Which versions of a resource the caller means to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// `*`: whichever is there.
    Any,
    /// One of these.
    OneOf(Vec<i32>),
}

impl Expected {
    /// The version that is there, if it is one of those that were meant.
    ///
    /// # Errors
    /// [`ApiError::VersionConflict`] with the version that is there.
    pub fn check(&self, current: i32) -> Result<i32, ApiError> {
        let is_meant = match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&current),
        };
        if is_meant {
            Ok(current)
        } else {
            Err(ApiError::VersionConflict {
                current_version: current,
            })
        }
    }
}

impl RequiresAccess for IfMatch {}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let values: Vec<_> = parts.headers.get_all(header::IF_MATCH).iter().collect();
        if values.is_empty() {
            return Ok(Self(None));
        }
        expected(&values)
            .map(|found| Self(Some(found)))
            .ok_or_else(|| refused("must be `*` or versions in quotes, such as \"3\""))
    }
}

impl IfMatch {
    /// The versions that the caller means: from the header, the body, or both if they agree.
    ///
    /// # Errors
    /// 422 where both or neither say it.
    pub fn or_body(self, body: Option<i32>) -> Result<Expected, ApiError> {
        match (self.0, body) {
            (Some(Expected::OneOf(versions)), Some(body)) if !versions.contains(&body) => {
                Err(refused("names another version than the body"))
            }
            (_, Some(version)) => Ok(Expected::OneOf(vec![version])),
            (Some(expected), None) => Ok(expected),
            (None, None) => Err(ApiError::field(
                "/version",
                FieldCode::Required,
                "is required, here or as If-Match",
            )),
        }
    }

    /// Whether the header came.
    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }
}

/// An answer whose `ETag` is the version of what it shows.
pub(crate) fn with_etag(status: StatusCode, version: i32, body: &impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn expected(values: &[&HeaderValue]) -> Option<Expected> {
    let tags: Vec<&str> = values
        .iter()
        .map(|value| value.to_str())
        .collect::<Result<Vec<_>, _>>()
        .ok()?
        .into_iter()
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    if tags == ["*"] {
        return Some(Expected::Any);
    }
    tags.into_iter()
        .map(version)
        .collect::<Option<_>>()
        .map(Expected::OneOf)
}

/// The version in an entity tag: `"11"`, `W/"11"`, or with what follows a hyphen: a digest of the body, which reads add, and
/// the encoding, which compressing proxies add (`"11-zstd"`).
fn version(tag: &str) -> Option<i32> {
    let quoted = tag.strip_prefix("W/").unwrap_or(tag);
    let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let (number, _) = text.split_once('-').unwrap_or((text, ""));
    let is_plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| number.parse().ok()).flatten()
}

fn refused(message: &'static str) -> ApiError {
    ApiError::field("/headers/If-Match", FieldCode::Format, message)
}
