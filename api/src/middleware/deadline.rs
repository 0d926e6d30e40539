//! No answer takes for ever.

use std::time::Duration;

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::error::ApiError;

/// Above the time that any route takes, below the patience of proxies. The body's own limit, which is the server loop's,
/// comes first.
pub const LONGEST: Duration = Duration::from_secs(55);

/// Answers 503 in place of a handler that does not end.
pub async fn enforce(request: Request, next: Next) -> Response {
    tokio::time::timeout(LONGEST, next.run(request))
        .await
        .unwrap_or_else(|_| ApiError::Timeout.into_response())
}
