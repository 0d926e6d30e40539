//! Another label.

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use store::trading::connections::{self, Connection};
use utoipa::ToSchema;
use uuid::Uuid;
use views::event::ConnectionUpdated;

use crate::{
    error::ApiError,
    extract::{ApiJson, ApiPath, Check, IfMatch, Trader, with_etag},
    state::AppState,
};

/// Another label for a connection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateConnection {
    /// The user's name for it.
    #[schema(
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"
    )]
    label: String,
    /// The version that is changed; may be given as `If-Match` instead.
    #[schema(minimum = 1, maximum = 2_147_483_647, nullable = false)]
    version: Option<i32>,
}

impl Check for UpdateConnection {}

/// Gives a connection another label
#[utoipa::path(
    patch, path = "/api/v1/exchange-connections/{id}", tag = "exchange-connections",
    params(
        ("id" = Uuid, Path, description = "Id of the connection"),
        ("If-Match" = inline(Option<String>), Header, description = "The version that is changed, as `ETag` gave it; `*` for whichever is there",
            pattern = r#"^(\*|(W/)?"[1-9][0-9]{0,8}(-[0-9A-Za-z_-]+)?")$"#),
    ),
    request_body = UpdateConnection,
    responses(
        (status = 200, description = "The connection after the change", body = Connection),
        (status = 409, description = "`version_conflict`, `name_taken`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn update_connection(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
    if_match: IfMatch,
    ApiJson { value, .. }: ApiJson<UpdateConnection>,
) -> Result<Response, ApiError> {
    let expected = if_match.or_body(value.version)?;
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    let before = connections::lock(&change.txn, principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    expected.check(before.version)?;
    let changed = connections::rename(&change.txn, principal.user, id, &value.label, now)
        .await
        .map_err(|error| ApiError::of_named(error, connections::LABEL_KEY))?;
    change.event(ConnectionUpdated::renamed(
        id,
        changed.label.clone(),
        changed.version,
    ));
    change.commit(now).await?;
    Ok(with_etag(StatusCode::OK, changed.version, &changed))
}
