//! How large the platform is.

use axum::{Json, extract::State};
use store::admin::figures::{self, Figures};

use crate::{error::ApiError, extract::Admin, state::AppState};

/// The platform in figures
#[utoipa::path(
    get, path = "/api/v1/admin/figures", tag = "admin",
    responses((status = 200, description = "The figures", body = Figures)),
)]
pub async fn get_figures(
    State(state): State<AppState>,
    _: Admin,
) -> Result<Json<Figures>, ApiError> {
    Ok(Json(
        figures::read(state.db.conn(), state.clock.now()).await?,
    ))
}
