//! The security log of everybody.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    StoreError,
    entity::security_log::{self, Column},
};

/// An entry of the security log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogEntry {
    /// Id of the entry.
    pub id: Uuid,
    /// Whose account; none for unknown ones, and after an account was deleted.
    pub user_id: Option<Uuid>,
    /// What happened, for programs.
    pub kind: String,
    /// Where the caller was.
    pub address: Option<String>,
    /// What the caller was.
    pub agent: Option<String>,
    /// More about it; of what admins do, `actor` and `target`.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// When it happened.
    #[serde(with = "platform::time::wire")]
    pub at: DateTime<Utc>,
}

impl From<security_log::Model> for LogEntry {
    fn from(row: security_log::Model) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            kind: row.kind,
            address: row.address,
            agent: row.agent,
            detail: row.detail,
            at: row.created_at,
        }
    }
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
    let rows = security_log::Entity::find()
        .filter(Column::Id.lt(before.unwrap_or(Uuid::max())))
        .apply_if(filter.user, |query, user| {
            query.filter(Column::UserId.eq(user))
        })
        .apply_if(filter.kind.as_deref(), |query, kind| {
            query.filter(Column::Kind.eq(kind))
        })
        .apply_if(filter.address.as_deref(), |query, address| {
            query.filter(Column::Address.eq(address))
        })
        .apply_if(filter.since, |query, since| {
            query.filter(Column::CreatedAt.gte(since))
        })
        .apply_if(filter.until, |query, until| {
            query.filter(Column::CreatedAt.lt(until))
        })
        .order_by_desc(Column::Id)
        .limit(u64::from(limit))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(LogEntry::from).collect())
}
