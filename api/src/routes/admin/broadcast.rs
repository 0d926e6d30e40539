//! A word to everybody who is connected.

use std::time::Duration;

use axum::extract::State;
use events::{Publisher, control::ControlMessage};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{StoreError, security_log::SecurityEvent};
use utoipa::ToSchema;

use super::record;
use crate::{
    error::ApiError,
    extract::{ApiJson, Check, ClientInfo, SteppedUpAdmin},
    state::AppState,
};

/// The notice's type.
const KIND: &str = "platform.broadcast";

/// How long Redis may take.
const LIMIT: Duration = Duration::from_secs(3);

/// A notice for every socket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Broadcast {
    /// How it is meant; `info` unless said otherwise.
    #[serde(default)]
    #[schema(required = false)]
    level: Level,
    /// What it says.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"
    )]
    message: String,
}

/// How a notice is meant.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Good to know.
    #[default]
    Info,
    /// To be acted on.
    Warning,
}

impl Check for Broadcast {}

/// Says something to every open socket
///
/// As the notice `platform.broadcast`. Whoever is not connected never sees it.
#[utoipa::path(
    post, path = "/api/v1/admin/broadcast", tag = "admin",
    request_body = Broadcast,
    responses(
        (status = 202, description = "The gateways were told"),
        (status = 503, description = "`realtime_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn send_broadcast(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUpAdmin(admin): SteppedUpAdmin,
    ApiJson { value, .. }: ApiJson<Broadcast>,
) -> Result<StatusCode, ApiError> {
    let data = json!({ "level": value.level, "message": value.message });
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    let logged = SecurityEvent::BroadcastSent;
    record(
        &txn,
        (admin.user, None),
        logged,
        &client.caller,
        data.clone(),
        now,
    )
    .await?;
    let message = ControlMessage::Broadcast {
        kind: KIND.to_owned(),
        data,
    };
    let publisher = Publisher::new(state.redis.clone());
    // Not said, not logged.
    match tokio::time::timeout(LIMIT, publisher.control(&message)).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) | Err(_) => return Err(ApiError::RealtimeUnavailable),
    }
    txn.commit().await.map_err(StoreError::from)?;
    Ok(StatusCode::ACCEPTED)
}
