//! Whether a connection works.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    owned_connection,
    paper::{check_paper_spec, paper_spec},
};
use crate::{
    error::ApiError,
    extract::{ApiPath, Trader},
    state::AppState,
};

/// Whether a connection works.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionTest {
    /// Whether the connection works.
    pub ok: bool,
    /// Why it does not.
    pub message: Option<String>,
}

/// Tests a connection
///
/// A paper account works while its candles can be had. Of an exchange nothing is asked yet: `unsupported_venue`.
#[utoipa::path(
    post, path = "/api/v1/exchange-connections/{id}/test", tag = "exchange-connections",
    params(("id" = Uuid, Path, description = "Id of the connection")),
    responses(
        (status = 200, description = "Whether it works", body = ConnectionTest),
        (status = 409, description = "`unsupported_venue`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn test_connection(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<ConnectionTest>, ApiError> {
    let connection = owned_connection(&state, principal, id).await?;
    let spec = paper_spec(&connection)?;
    let message = match check_paper_spec(&state, &spec).await {
        Ok(()) => None,
        Err(ApiError::Invalid(errors)) => errors.into_iter().next().map(|e| e.message.into_owned()),
        Err(error) => return Err(error),
    };
    Ok(Json(ConnectionTest {
        ok: message.is_none(),
        message,
    }))
}
