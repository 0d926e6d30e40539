//! The prices of a paper account, told to play or to wait.

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use store::trading::{
    connections::{self, Connection},
    feeds::{self, FeedStatus},
};
use utoipa::ToSchema;
use uuid::Uuid;
use views::event::ConnectionUpdated;

use crate::{
    error::ApiError,
    extract::{ApiJson, ApiPath, Check, Trader, with_etag},
    state::AppState,
};

/// What a feed is told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedRequest {
    /// `start` plays it from where it stands, `pause` stops it there.
    action: FeedAction,
}

impl Check for FeedRequest {}

/// What a feed is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedAction {
    /// Play.
    Start,
    /// Do not.
    Pause,
}

/// Starts or pauses the feed of a paper account
#[utoipa::path(
    post, path = "/api/v1/exchange-connections/{id}/feed", tag = "exchange-connections",
    params(("id" = Uuid, Path, description = "Id of the connection")),
    request_body = FeedRequest,
    responses(
        (status = 200, description = "The connection", body = Connection),
        (status = 409, description = "`feed_ended`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn control_feed(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
    ApiJson { value, .. }: ApiJson<FeedRequest>,
) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    let before = connections::find(&change.txn, principal.user, id)
        .await?
        .and_then(|connection| connection.feed)
        .ok_or(ApiError::NotFound)?;
    let wanted = value.action == FeedAction::Start;
    let status = feeds::set_running(&change.txn, id, wanted)
        .await?
        .ok_or(ApiError::NotFound)?;
    if matches!(status, FeedStatus::Finished | FeedStatus::Error) {
        return Err(ApiError::FeedEnded);
    }
    let connection = connections::find(&change.txn, principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    if before.status != status {
        change.event(ConnectionUpdated::feed_switched(id, status));
    }
    change.commit(now).await?;
    Ok(with_etag(StatusCode::OK, connection.version, &connection))
}
