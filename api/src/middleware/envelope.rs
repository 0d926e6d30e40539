//! The outermost layer: every answer gets its security headers, every error its body.

use std::{any::Any, sync::Arc};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tower_http::catch_panic::CatchPanicLayer;

use platform::telemetry::request::{Facts, RequestId};

use crate::{
    error::{self, ApiError},
    state::AppState,
};

/// Nothing of the API is a page: it may load nothing and be framed nowhere.
const CSP: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// Wraps everything else.
pub async fn wrap(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let facts = request
        .extensions()
        .get::<Facts>()
        .cloned()
        .unwrap_or_default();

    let mut response = next.run(request).await;
    let error = response
        .extensions_mut()
        .remove::<Arc<ApiError>>()
        .or_else(|| foreign(&response).map(Arc::new));
    if let Some(error) = error {
        facts.set_code(error.code().as_str());
        report(&error);
        let body = error::render(&error, id.as_ref().map_or("", RequestId::as_str));
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        *response.body_mut() = Body::from(body);
    }
    add_headers(response.headers_mut(), state.secure_cookies);
    response
}

/// An error that a library answered with: its body is not ours.
fn foreign(response: &Response) -> Option<ApiError> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    if response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/problem+json")
        || response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind == "application/json")
    {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => ApiError::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ApiError::MethodNotAllowed,
        StatusCode::REQUEST_TIMEOUT => ApiError::RequestTimeout,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::UnsupportedMediaType,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => ApiError::HeadersTooLarge,
        status if status.is_client_error() => {
            ApiError::BadRequest("The request cannot be understood".into())
        }
        status => ApiError::internal(format!("a library answered {status}")),
    })
}

fn report(error: &ApiError) {
    metrics::counter!("api_errors_total", "code" => error.code().as_str()).increment(1);
    if error.is_reportable() {
        tracing::error!(error = error as &dyn std::error::Error, "request failed");
    } else if error.status().is_server_error() {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "request not served"
        );
    }
}

fn add_headers(headers: &mut HeaderMap, secure: bool) {
    let mut default = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    default(header::CACHE_CONTROL, "no-store");
    default(header::CONTENT_SECURITY_POLICY, CSP);
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::REFERRER_POLICY, "no-referrer");
    default(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    default(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    if secure {
        default(
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=63072000; includeSubDomains",
        );
    }
}

/// Answers for a handler that panicked. The count of those is there from the start: to an alert a series that begins at
/// one has not risen.
pub fn catch_panics() -> CatchPanicLayer<fn(Box<dyn Any + Send>) -> Response> {
    metrics::counter!("api_panics_total").increment(0);
    CatchPanicLayer::custom(panicked)
}

/// What a panic in a handler becomes. Its message stays in the log.
#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message");
    metrics::counter!("api_panics_total").increment(1);
    ApiError::internal(format!("panicked: {message}")).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use http::StatusCode;

    use super::panicked;

    #[tokio::test]
    async fn a_panic_is_a_500_that_does_not_say_why() {
        for panic in [
            std::panic::catch_unwind(|| panic!("hunter2")),
            std::panic::catch_unwind(|| panic!("hunter{}", 2)),
            std::panic::catch_unwind(|| std::panic::panic_any(2)),
        ] {
            let answer = panicked(panic.unwrap_err());
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let body = to_bytes(answer.into_body(), 4_096).await.unwrap();
            assert!(!String::from_utf8_lossy(&body).contains("hunter"));
        }
    }
}
