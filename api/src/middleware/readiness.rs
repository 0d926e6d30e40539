//! Nothing is served from a database that nobody has tested.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{error::ApiError, routes::health, state::AppState};

/// Answers 503 until the pooler has passed its test and the schema fits. Health says why.
pub async fn gate(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if state.fitness.is_ready() || request.uri().path() == health::PATH {
        next.run(request).await
    } else {
        ApiError::NotReady.into_response()
    }
}
