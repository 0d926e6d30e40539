//! Maintenance mode.

use axum::{Json, extract::State};
use events::control::ControlMessage;
use serde::Deserialize;
use serde_json::json;
use store::{
    StoreError,
    security_log::SecurityEvent,
    switches::{self, Maintenance, RETRY_AFTER_S},
};
use utoipa::ToSchema;

use super::record;
use crate::{
    error::ApiError,
    extract::{ApiJson, Check, ClientInfo, SteppedUpAdmin},
    state::AppState,
};

/// Maintenance mode, on or off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetMaintenance {
    /// On or off.
    enabled: bool,
    /// What everybody but admins is told.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$",
        nullable = false
    )]
    message: Option<String>,
    /// When everybody but admins should come back, in seconds; 300 by default.
    #[schema(minimum = 1, maximum = 86400, nullable = false)]
    retry_after_s: Option<u32>,
}

impl Check for SetMaintenance {}

/// Switches maintenance mode
///
/// While it is on, everybody but admins is answered 503 `maintenance` with `Retry-After`, and sockets are told by the
/// notice `platform.maintenance`. Signing in stays possible, health goes on telling the truth, and the engine goes on
/// trading. Other copies follow within a second or two.
#[utoipa::path(
    put, path = "/api/v1/admin/maintenance", tag = "admin",
    request_body = SetMaintenance,
    responses((status = 200, description = "Maintenance mode after the change", body = Maintenance)),
)]
pub async fn set_maintenance(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUpAdmin(admin): SteppedUpAdmin,
    ApiJson { value, .. }: ApiJson<SetMaintenance>,
) -> Result<Json<Maintenance>, ApiError> {
    let wanted = Maintenance {
        enabled: value.enabled,
        message: value.message,
        retry_after_s: value.retry_after_s.unwrap_or(RETRY_AFTER_S),
    };
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    let before = switches::lock(&txn).await?.maintenance;
    if before != wanted {
        switches::set_maintenance(&txn, &wanted, now).await?;
        let detail = json!({ "setting": "maintenance", "from": before, "to": wanted });
        let logged = SecurityEvent::PlatformSwitched;
        record(
            &txn,
            (admin.user, None),
            logged,
            &client.caller,
            detail,
            now,
        )
        .await?;
    }
    txn.commit().await.map_err(StoreError::from)?;
    state.switches.refresh(&state.db).await?;
    if before != wanted {
        state.notifier.control(ControlMessage::Maintenance {
            on: wanted.enabled,
            message: wanted.message.clone(),
        });
    }
    Ok(Json(wanted))
}
