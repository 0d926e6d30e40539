//! How large the platform is.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::{Timestamp, Uuid};

use crate::{StoreError, column, sql};

/// Figures of one moment. What nobody has is left out of the maps.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PlatformFigures)] // those of a backtest have the name
pub struct Figures {
    /// Accounts by status.
    pub users: BTreeMap<String, i64>,
    /// Connections by venue.
    pub connections: BTreeMap<String, i64>,
    /// Bots by status.
    pub bots: BTreeMap<String, i64>,
    /// Orders placed since midnight UTC.
    #[schema(minimum = 0)]
    pub orders_today: i64,
    /// Logins that have not ended.
    #[schema(minimum = 0)]
    pub sessions: i64,
}

#[derive(FromQueryResult)]
struct Row {
    users: serde_json::Value,
    connections: serde_json::Value,
    bots: serde_json::Value,
    orders_today: i64,
    sessions: i64,
}

/// Counts everything.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn read(conn: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Figures, StoreError> {
    // Ids begin with the time at which they were made: orders of today are a range of the primary key.
    let midnight = now.date_naive().and_time(NaiveTime::MIN).and_utc();
    let seconds = u64::try_from(midnight.timestamp()).unwrap_or(0);
    let first = Uuid::new_v7(Timestamp::from_unix(uuid::NoContext, seconds, 0));
    let first = Uuid::from_u128(first.as_u128() >> 80 << 80);
    // One statement is one snapshot.
    let row: Option<Row> = sql::row(
        conn,
        "SELECT (SELECT coalesce(jsonb_object_agg(status, n), '{}')
                 FROM (SELECT status, count(*) AS n FROM users GROUP BY status) c) AS users,
             (SELECT coalesce(jsonb_object_agg(venue, n), '{}')
                 FROM (SELECT venue, count(*) AS n FROM connections WHERE deleted_at IS NULL GROUP BY venue) c)
                 AS connections,
             (SELECT coalesce(jsonb_object_agg(status, n), '{}')
                 FROM (SELECT status, count(*) AS n FROM bots WHERE deleted_at IS NULL GROUP BY status) c) AS bots,
             (SELECT count(*) FROM orders WHERE id >= $1) AS orders_today,
             (SELECT count(*) FROM sessions
                 WHERE rotated_at IS NULL AND revoked_at IS NULL AND expires_at > $2) AS sessions",
        [first.into(), now.into()],
    )
    .await?;
    let row = row.ok_or(StoreError::NotFound)?;
    Ok(Figures {
        users: column::json(row.users)?,
        connections: column::json(row.connections)?,
        bots: column::json(row.bots)?,
        orders_today: row.orders_today,
        sessions: row.sessions,
    })
}
