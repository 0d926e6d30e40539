//! The security log of everybody.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{StoreError, trading::rows};

/// An entry of the security log.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LogEntry {
    /// Which.
    pub id: Uuid,
    /// Whose account; none for unknown ones, and after an account was deleted.
    pub user_id: Option<Uuid>,
    /// What happened.
    pub kind: String,
    /// Where the caller was.
    pub address: Option<String>,
    /// What the caller was.
    pub agent: Option<String>,
    /// More about it; of what admins do, `actor` and `target`.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// When.
    #[serde(with = "platform::time::wire")]
    pub at: DateTime<Utc>,
}

/// Which entries.
#[derive(Debug, Default)]
pub struct LogFilter {
    /// Of this account.
    pub user: Option<Uuid>,
    /// Of this kind.
    pub kind: Option<String>,
    /// From this address.
    pub address: Option<String>,
    /// Not older.
    pub since: Option<DateTime<Utc>>,
    /// Older.
    pub until: Option<DateTime<Utc>>,
}

/// Entries, newest first, older than `before`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list(
    conn: &impl ConnectionTrait,
    filter: &LogFilter,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<LogEntry>, StoreError> {
    let values: [Value; 7] = [
        before.unwrap_or(Uuid::max()).into(),
        filter.user.into(),
        filter.kind.clone().into(),
        filter.address.clone().into(),
        filter.since.into(),
        filter.until.into(),
        i64::from(limit).into(),
    ];
    rows(
        conn,
        "SELECT jsonb_build_object('id', id, 'user_id', user_id, 'kind', kind, 'address', address, 'agent', agent,
             'detail', detail, 'at', created_at) AS row
         FROM security_log
         WHERE id < $1 AND ($2::uuid IS NULL OR user_id = $2) AND ($3::text IS NULL OR kind = $3)
             AND ($4::text IS NULL OR address = $4) AND ($5::timestamptz IS NULL OR created_at >= $5)
             AND ($6::timestamptz IS NULL OR created_at < $6)
         ORDER BY id DESC LIMIT $7",
        values,
    )
    .await
}
