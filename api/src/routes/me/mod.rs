//! The signed-in user.

pub mod delete;
pub mod export;
pub mod preferences;
pub mod security_log;

use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    security_log::{self as security_log_store, SecurityEvent},
    users::{self, User},
};
use utoipa::ToSchema;
use uuid::Uuid;
use views::{
    account::RoleName,
    event::{RegisteredUser, UserUpdated},
};

use crate::{
    error::ApiError,
    extract::{ApiJson, Check, ClientInfo, IfMatch, Person, Reader, with_etag},
    state::AppState,
};

/// An account, as its user sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserProfile {
    /// Id of the account.
    pub id: Uuid,
    /// The address, in its normal form.
    #[schema(format = Email)]
    pub email: String,
    /// Whether the owner of the address has answered.
    pub email_verified: bool,
    /// What others see; may be empty.
    pub display_name: String,
    /// What the user may do.
    pub role: RoleName,
    /// Raised by each change; sent back with the next one.
    pub version: i32,
    /// When the account was made.
    #[serde(with = "platform::time::wire")]
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    #[serde(with = "platform::time::wire")]
    pub updated_at: DateTime<Utc>,
}

impl From<&User> for UserProfile {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.0,
            email: user.email.clone(),
            email_verified: user.email_verified_at.is_some(),
            display_name: user.display_name.clone(),
            role: user.role.into(),
            version: user.version,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

impl From<&UserProfile> for RegisteredUser {
    fn from(profile: &UserProfile) -> Self {
        Self {
            id: profile.id,
            email: profile.email.clone(),
            role: profile.role,
            email_verified: Some(profile.email_verified),
            display_name: Some(profile.display_name.clone()),
            version: Some(profile.version),
            created_at: Some(profile.created_at),
            updated_at: Some(profile.updated_at),
        }
    }
}

/// A change of the profile.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    /// What others see. No control characters, no space at either end; empty takes the name away.
    #[schema(
        max_length = 100,
        pattern = r"^([^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?)?$"
    )]
    display_name: String,
    /// The version that is changed; may be given as `If-Match` instead.
    #[schema(minimum = 1, maximum = 2_147_483_647, nullable = false)]
    version: Option<i32>,
}

impl Check for UpdateMe {}

/// The signed-in user
#[utoipa::path(
    get, path = "/api/v1/me", tag = "me",
    responses((
        status = 200, description = "The account", body = UserProfile,
        headers(("ETag" = String, description = "The version, for `If-Match`")),
    )),
)]
pub async fn get_me(
    State(state): State<AppState>,
    Reader(principal): Reader,
) -> Result<Response, ApiError> {
    let user = users::find(state.db.conn(), principal.user)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    Ok(with_etag(
        StatusCode::OK,
        user.version,
        &UserProfile::from(&user),
    ))
}

/// Changes the profile
///
/// A stale version is refused with 409 and the current one.
#[utoipa::path(
    patch, path = "/api/v1/me", tag = "me",
    params(("If-Match" = inline(Option<String>), Header, description = "The version that is changed, as `ETag` gave it; `*` for whichever is there",
        pattern = r#"^(\*|(W/)?"[1-9][0-9]{0,8}(-[0-9A-Za-z_-]+)?")$"#)),
    request_body = UpdateMe,
    responses(
        (
            status = 200, description = "The account after the change", body = UserProfile,
            headers(("ETag" = String, description = "The version, for `If-Match`")),
        ),
        (status = 409, description = "`version_conflict`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn update_me(
    State(state): State<AppState>,
    client: ClientInfo,
    Person(principal): Person,
    if_match: IfMatch,
    ApiJson { value: request, .. }: ApiJson<UpdateMe>,
) -> Result<Response, ApiError> {
    let expected = if_match.or_body(request.version)?;
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    let before = users::find(&change.txn, principal.user)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    let version = expected.check(before.version)?;
    let changed = users::set_display_name(
        &change.txn,
        principal.user,
        version,
        &request.display_name,
        now,
    )
    .await?;
    let Some(user) = changed else {
        let current = users::find(&change.txn, principal.user)
            .await?
            .ok_or(ApiError::Unauthenticated)?;
        return Err(ApiError::VersionConflict {
            current_version: current.version,
        });
    };
    let event = SecurityEvent::SettingsChanged;
    security_log_store::record(
        &change.txn,
        Some(user.id),
        event,
        &client.caller,
        json!({}),
        now,
    )
    .await?;
    change.event(UserUpdated {
        display_name: Some(user.display_name.clone()),
        ..UserUpdated::to(user.version)
    });
    change.commit(now).await?;
    Ok(with_etag(
        StatusCode::OK,
        user.version,
        &UserProfile::from(&user),
    ))
}
