//! What concerned the safety of the account.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{entity::security_log::Model, security_log};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{ApiQuery, Person},
    page::{self, Page},
    state::AppState,
};

const LIST: &str = "security-log";

/// Which page.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SecurityLogQuery {
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    cursor: Option<String>,
    /// Entries of a page, 50 by default.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
}

/// Something that concerned the safety of the account.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecurityLogRow {
    /// Id of the entry.
    pub id: Uuid,
    /// What happened, for programs.
    #[schema(example = "logged_in")]
    pub kind: String,
    /// Where the caller was.
    pub address: Option<String>,
    /// What the caller was.
    pub agent: Option<String>,
    /// More about it.
    #[schema(value_type = Object)]
    pub detail: Value,
    /// When it happened.
    #[serde(with = "platform::time::wire")]
    pub created_at: DateTime<Utc>,
}

impl From<Model> for SecurityLogRow {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            address: row.address,
            agent: row.agent,
            detail: row.detail,
            created_at: row.created_at,
        }
    }
}

/// What concerned the safety of the account
///
/// Newest first, kept for a year.
#[utoipa::path(
    get, path = "/api/v1/me/security-log", tag = "me",
    params(SecurityLogQuery),
    responses((status = 200, description = "A page of entries", body = Page<SecurityLogRow>)),
)]
pub async fn list_security_log(
    State(state): State<AppState>,
    Person(principal): Person,
    ApiQuery(query): ApiQuery<SecurityLogQuery>,
) -> Result<Json<Page<SecurityLogRow>>, ApiError> {
    let limit = query.limit.unwrap_or(page::DEFAULT_LIMIT);
    let before: Option<Uuid> = query
        .cursor
        .map(|cursor| page::decode(&state.keys, LIST, &cursor))
        .transpose()?;
    let (conn, wanted) = (state.db.conn(), u64::from(limit) + 1);
    let mut rows = security_log::owned_by(conn, principal.user, before, wanted).await?;
    let next_cursor = page::cut(&mut rows, limit, |row| {
        page::encode(&state.keys, LIST, &row.id)
    })?;
    let data = rows.into_iter().map(SecurityLogRow::from).collect();
    Ok(Json(Page { data, next_cursor }))
}
