//! Path parameters.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::{access::RequiresAccess, error::ApiError};

/// Path parameters. A text that cannot be an id names nothing, so it is a 404 like any other unknown id.
#[derive(Debug)]
pub struct ApiPath<T>(pub T);

impl<T> RequiresAccess for ApiPath<T> {}

impl<T, S> FromRequestParts<S> for ApiPath<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(ApiError::NotFound),
        }
    }
}
