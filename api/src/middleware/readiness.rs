//! Nothing is served from a database that nobody has tested.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{error::ApiError, routes::health, state::AppState};

/// Answers 503 until the pooler has passed its test and the schema fits. Health says why. The pages of the console need no
/// database, and say what their calls are answered.
pub async fn gate(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if state.fitness.is_ready() || path == health::PATH || !path.starts_with("/api") {
        next.run(request).await
    } else {
        ApiError::NotReady.into_response()
    }
}
