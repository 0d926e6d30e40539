//! What admins switch for everybody.

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use store::{
    StoreError,
    security_log::SecurityEvent,
    switches::{self, Registration, Switches},
};
use utoipa::ToSchema;

use super::record;
use crate::{
    error::{ApiError, FieldCode},
    extract::{Admin, ApiJson, Check, ClientInfo, IfMatch, SteppedUpAdmin, with_etag},
    state::AppState,
};

/// How the platform is switched
#[utoipa::path(
    get, path = "/api/v1/admin/settings", tag = "admin",
    responses((
        status = 200, description = "Every switch", body = Switches,
        headers(("ETag" = String, description = "The version, for `If-Match`")),
    )),
)]
pub async fn get_settings(State(state): State<AppState>, _: Admin) -> Result<Response, ApiError> {
    let found = switches::read(state.db.conn()).await?;
    Ok(answer(&state, found))
}

/// The switches as they take effect.
fn answer(state: &AppState, mut found: Switches) -> Response {
    if state.configured_registration == Registration::Closed {
        found.registration = Registration::Closed;
    }
    with_etag(StatusCode::OK, found.version, &found)
}

/// A change of the switches. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSettings {
    /// Whether accounts can be made. Cannot be opened where the operator has set `REGISTRATION=closed`.
    #[schema(nullable = false)]
    registration: Option<Registration>,
    /// The version that is changed; may be given as `If-Match` instead.
    #[schema(minimum = 1, maximum = 2_147_483_647, nullable = false)]
    version: Option<i32>,
}

impl Check for UpdateSettings {}

/// Changes switches of the platform
///
/// Other copies follow within a second or two. Maintenance mode has a route of its own.
#[utoipa::path(
    patch, path = "/api/v1/admin/settings", tag = "admin",
    params(("If-Match" = inline(Option<String>), Header, description = "The version that is changed, as `ETag` gave it; `*` for whichever is there",
        pattern = r#"^(\*|(W/)?"[1-9][0-9]{0,8}(-[0-9A-Za-z_-]+)?")$"#)),
    request_body = UpdateSettings,
    responses(
        (status = 200, description = "Every switch, after the change", body = Switches),
        (status = 409, description = "`version_conflict`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn update_settings(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUpAdmin(admin): SteppedUpAdmin,
    if_match: IfMatch,
    ApiJson { value, .. }: ApiJson<UpdateSettings>,
) -> Result<Response, ApiError> {
    let expected = if_match.or_body(value.version)?;
    if state.configured_registration == Registration::Closed
        && value.registration == Some(Registration::Open)
    {
        let message = "cannot be opened here: the operator has set REGISTRATION=closed";
        return Err(ApiError::field(
            "/registration",
            FieldCode::Conflict,
            message,
        ));
    }
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    let before = switches::lock(&txn).await?;
    expected.check(before.version)?;
    let wanted = value.registration.unwrap_or(before.registration);
    if wanted != before.registration {
        switches::set_registration(&txn, &before, wanted, now).await?;
        let detail =
            json!({ "setting": "registration", "from": before.registration, "to": wanted });
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
    let found = state.switches.refresh(&state.db).await?;
    Ok(answer(&state, Switches::clone(&found)))
}
