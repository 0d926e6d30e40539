//! The security log of everybody.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use store::admin::log::{self, LogEntry, LogFilter};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    error::{ApiError, FieldCode},
    extract::{Admin, ApiQuery},
    page::{self, Page},
    state::AppState,
};

const LIST: &str = "admin-security-log";

/// Which entries.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SecurityLogQuery {
    /// Of this account; what an admin did is an entry of both accounts.
    #[schema(max_length = 36, pattern = r"^[0-9a-fA-F-]{36}$", nullable = false)]
    #[param(max_length = 36, pattern = r"^[0-9a-fA-F-]{36}$", nullable = false)]
    user_id: Option<String>,
    /// Of this kind, such as `login_failed`.
    #[schema(max_length = 60, pattern = r"^[a-z_]+$", nullable = false)]
    #[param(max_length = 60, pattern = r"^[a-z_]+$", nullable = false)]
    kind: Option<String>,
    /// From this address.
    #[schema(max_length = 45, pattern = r"^[0-9a-fA-F.:]+$", nullable = false)]
    #[param(max_length = 45, pattern = r"^[0-9a-fA-F.:]+$", nullable = false)]
    address: Option<String>,
    /// Only those that happened at or after this time.
    #[schema(max_length = 40, nullable = false, value_type = Option<DateTime<Utc>>)]
    #[param(max_length = 40, nullable = false, value_type = Option<DateTime<Utc>>)]
    from: Option<DateTime<Utc>>,
    /// Only those that happened before this time.
    #[schema(max_length = 40, nullable = false, value_type = Option<DateTime<Utc>>)]
    #[param(max_length = 40, nullable = false, value_type = Option<DateTime<Utc>>)]
    to: Option<DateTime<Utc>>,
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    cursor: Option<String>,
    /// Rows of a page, 50 by default.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
}

/// The security log
///
/// Newest first; kept for a year.
#[utoipa::path(
    get, path = "/api/v1/admin/security-log", tag = "admin", operation_id = "list_all_security_logs",
    params(SecurityLogQuery),
    responses((status = 200, description = "A page of entries", body = Page<LogEntry>)),
)]
pub async fn list_security_log(
    State(state): State<AppState>,
    _: Admin,
    ApiQuery(query): ApiQuery<SecurityLogQuery>,
) -> Result<Json<Page<LogEntry>>, ApiError> {
    let before = query
        .cursor
        .map(|cursor| page::decode(&state.keys, LIST, &cursor))
        .transpose()?;
    let limit = query.limit.unwrap_or(page::DEFAULT_LIMIT);
    let user = query.user_id.map(|text| {
        Uuid::try_parse(&text)
            .map_err(|_| ApiError::field("/query/user_id", FieldCode::Format, "is not an id"))
    });
    let filter = LogFilter {
        user: user.transpose()?,
        kind: query.kind,
        address: query.address,
        since: query.from,
        until: query.to,
    };
    let mut data = log::list(state.db.conn(), &filter, before, limit + 1).await?;
    let next_cursor = page::cut(&mut data, limit, |row| {
        page::encode(&state.keys, LIST, &row.id)
    })?;
    Ok(Json(Page { data, next_cursor }))
}
