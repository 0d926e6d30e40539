//! Naming admins.

use axum::{extract::State, response::Response};
use http::StatusCode;
use platform::{ids::UserId, token::Role};
use serde::Deserialize;
use serde_json::json;
use store::{
    admin::users::{self, Account},
    security_log::SecurityEvent,
};
use utoipa::ToSchema;
use uuid::Uuid;
use views::{account::RoleName, event::UserUpdated};

use super::super::{act_on, record};
use crate::{
    error::ApiError,
    extract::{ApiJson, ApiPath, Check, ClientInfo, IfMatch, SteppedUpAdmin, with_etag},
    state::AppState,
};

/// The role that an account is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleChange {
    /// What the user may do from now on.
    role: RoleName,
    /// The version that is changed; may be given as `If-Match` instead.
    #[schema(minimum = 1, maximum = 2_147_483_647, nullable = false)]
    version: Option<i32>,
}

impl Check for RoleChange {}

/// Gives an account another role
///
/// Superadmins only, and never on their own account: there is always one left.
#[utoipa::path(
    put, path = "/api/v1/admin/users/{id}/role", tag = "admin",
    params(
        ("id" = Uuid, Path, description = "Id of the account"),
        ("If-Match" = inline(Option<String>), Header, description = "The version that is changed, as `ETag` gave it; `*` for whichever is there",
            pattern = r#"^(\*|(W/)?"[1-9][0-9]{0,8}(-[0-9A-Za-z_-]+)?")$"#),
    ),
    request_body = RoleChange,
    responses(
        (status = 200, description = "The account after the change", body = Account),
        (status = 409, description = "`own_account`, `version_conflict`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn set_role(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUpAdmin(admin): SteppedUpAdmin,
    ApiPath(id): ApiPath<Uuid>,
    if_match: IfMatch,
    ApiJson { value, .. }: ApiJson<RoleChange>,
) -> Result<Response, ApiError> {
    let expected = if_match.or_body(value.version)?;
    let (user, role) = (UserId(id), Role::from(value.role));
    let now = state.clock.now();
    let mut change = state.begin_change(user).await?;
    let (acting, before) = act_on(&change.txn, admin.user, user).await?;
    if acting != Role::Superadmin {
        return Err(ApiError::InsufficientRole);
    }
    expected.check(before.version)?;
    if before.role == role {
        return Ok(with_etag(StatusCode::OK, before.version, &before));
    }
    users::set_role(&change.txn, user, role, now).await?;
    let account = users::find(&change.txn, user)
        .await?
        .ok_or(ApiError::NotFound)?;
    let detail = json!({ "from": before.role, "to": role });
    let logged = SecurityEvent::RoleChanged;
    record(
        &change.txn,
        (admin.user, Some(user)),
        logged,
        &client.caller,
        detail,
        now,
    )
    .await?;
    change.event(UserUpdated {
        role: Some(role.into()),
        ..UserUpdated::to(account.version)
    });
    change.commit(now).await?;
    Ok(with_etag(StatusCode::OK, account.version, &account))
}
