//! What accounts were worth at full hours.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use trading::{Amount, Asset, order::Millis};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{StoreError, column, entity::equity};

/// Equity of a connection at an hour.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EquityRow {
    /// Id of the connection.
    pub connection_id: Uuid,
    /// Where it stands among the others: its time in milliseconds.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub place: i64,
    /// When, on the clock of the data.
    #[serde(with = "platform::time::wire_option")]
    pub at: Option<DateTime<Utc>>,
    /// The asset that the equity is counted in.
    pub asset: String,
    /// Value of everything held through the connection.
    pub amount: Amount,
}

impl From<equity::Model> for EquityRow {
    fn from(row: equity::Model) -> Self {
        Self {
            connection_id: row.connection_id,
            place: row.at,
            at: column::moment(row.at),
            asset: row.asset.to_string(),
            amount: row.amount.0,
        }
    }
}

/// What the account was worth.
#[derive(Debug, Clone, Serialize)]
pub struct NewEquity {
    /// End of the hour, on the clock of the data.
    pub at: Millis,
    /// Asset that the equity is counted in.
    pub asset: Asset,
    /// Value of everything held through the connection.
    pub amount: Amount,
}

/// Equity of a user's connections, oldest first, after `after` in milliseconds.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list(
    conn: &impl ConnectionTrait,
    user: UserId,
    connection: Uuid,
    after: i64,
    limit: u32,
) -> Result<Vec<EquityRow>, StoreError> {
    let rows = equity::Entity::find()
        .filter(equity::Column::UserId.eq(user.0))
        .filter(equity::Column::ConnectionId.eq(connection))
        .filter(equity::Column::At.gt(after))
        .order_by_asc(equity::Column::At)
        .limit(u64::from(limit))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(EquityRow::from).collect())
}

/// Writes what an account was worth.
pub(super) const INSERT: &str = "\
INSERT INTO equity (user_id, connection_id, at, asset, amount)
SELECT $15, $5, (r->>'at')::bigint, r->>'asset', (r->>'amount')::numeric
FROM feed, given, jsonb_array_elements(batch->'equity') AS r";
