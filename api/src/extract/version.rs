//! `If-Match`, the other way to say which version is being changed.

use axum::extract::FromRequestParts;
use http::{header, request::Parts};

use crate::{
    access::Asks,
    error::{ApiError, FieldCode},
};

/// The version named by `If-Match: "3"`, if the header came.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub Option<i32>);

impl Asks for IfMatch {}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut values = parts.headers.get_all(header::IF_MATCH).iter();
        let Some(value) = values.next() else {
            return Ok(Self(None));
        };
        let version = value
            .to_str()
            .ok()
            .and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"'))
            .and_then(|text| text.parse().ok());
        match (version, values.next()) {
            (Some(version), None) => Ok(Self(Some(version))),
            _ => Err(refused("must be one version in quotes, such as \"3\"")),
        }
    }
}

impl IfMatch {
    /// The version that the caller means: from the header, the body, or both if they agree.
    ///
    /// # Errors
    /// 422 where both or neither say it.
    pub fn or_body(self, body: Option<i32>) -> Result<i32, ApiError> {
        match (self.0, body) {
            (Some(header), Some(body)) if header != body => {
                Err(refused("names another version than the body"))
            }
            (Some(version), _) | (None, Some(version)) => Ok(version),
            (None, None) => Err(ApiError::field(
                "/version",
                FieldCode::Required,
                "is required, here or as If-Match",
            )),
        }
    }
}

fn refused(message: &'static str) -> ApiError {
    ApiError::field("/headers/If-Match", FieldCode::Format, message)
}
