//! Accounts.

pub mod role;
pub mod sessions;
pub mod sockets;
pub mod status;

use axum::{Json, extract::State, response::Response};
use http::StatusCode;
use platform::{ids::UserId, token::Role};
use serde::Deserialize;
use store::{
    admin::users::{self, Account, AccountFilter},
    users::UserStatus,
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use views::account::RoleName;

use crate::{
    error::ApiError,
    extract::{Admin, ApiPath, ApiQuery, with_etag},
    page::{self, Page},
    state::AppState,
};

const LIST: &str = "admin-users";

/// Which accounts.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountsQuery {
    /// Address or display name holds this text, whatever its case.
    #[schema(min_length = 1, max_length = 320, nullable = false)]
    #[param(min_length = 1, max_length = 320, nullable = false)]
    q: Option<String>,
    /// Of this status.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    status: Option<UserStatus>,
    /// Of this role.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    role: Option<RoleName>,
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    cursor: Option<String>,
    /// Rows of a page, 50 by default.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
}

/// Lists the accounts
///
/// The newest come first.
#[utoipa::path(
    get, path = "/api/v1/admin/users", tag = "admin",
    params(AccountsQuery),
    responses((status = 200, description = "A page of accounts", body = Page<Account>)),
)]
pub async fn list_users(
    State(state): State<AppState>,
    _: Admin,
    ApiQuery(query): ApiQuery<AccountsQuery>,
) -> Result<Json<Page<Account>>, ApiError> {
    let before = query
        .cursor
        .map(|cursor| page::decode(&state.keys, LIST, &cursor))
        .transpose()?;
    let limit = query.limit.unwrap_or(page::DEFAULT_LIMIT);
    let filter = AccountFilter {
        text: query.q,
        role: query.role.map(Role::from),
        status: query.status,
    };
    let mut data = users::list(state.db.conn(), &filter, before, limit + 1).await?;
    let next_cursor = page::cut(&mut data, limit, |row| {
        page::encode(&state.keys, LIST, &row.id)
    })?;
    Ok(Json(Page { data, next_cursor }))
}

/// Shows an account
#[utoipa::path(
    get, path = "/api/v1/admin/users/{id}", tag = "admin",
    params(("id" = Uuid, Path, description = "Id of the account")),
    responses((status = 200, description = "The account", body = Account)),
)]
pub async fn get_user(
    State(state): State<AppState>,
    _: Admin,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Response, ApiError> {
    let account = users::find(state.db.conn(), UserId(id))
        .await?
        .ok_or(ApiError::NotFound)?;
    Ok(with_etag(StatusCode::OK, account.version, &account))
}
