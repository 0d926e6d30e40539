//! What accounts hold of each asset.

use platform::ids::UserId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use trading::{Amount, Asset, paper::Balance};
use utoipa::ToSchema;
use uuid::Uuid;

use super::array;
use crate::{StoreError, Txn, entity::balances, sql};

/// What an account holds of an asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeldAsset {
    /// The connection that holds it.
    pub connection_id: Uuid,
    /// The asset that is held.
    pub asset: String,
    /// How much is free and how much is reserved.
    #[serde(flatten)]
    pub balance: Balance,
}

fn balance(row: &balances::Model) -> Balance {
    Balance {
        free: row.free.0,
        reserved: row.reserved.0,
    }
}

/// What is held in a user's connections, or in one of them.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn held(
    conn: &impl ConnectionTrait,
    user: UserId,
    connection: Option<Uuid>,
) -> Result<Vec<HeldAsset>, StoreError> {
    // A join: the owner is in the row of the connection.
    let rows: Vec<balances::Model> = sql::rows(
        conn,
        "SELECT h.* FROM balances h JOIN connections c ON c.id = h.connection_id
         WHERE c.user_id = $1 AND ($2::uuid IS NULL OR c.id = $2) ORDER BY h.connection_id, h.asset",
        [user.0.into(), connection.into()],
    )
    .await?;
    let held = rows.into_iter().map(|row| HeldAsset {
        connection_id: row.connection_id,
        asset: row.asset.to_string(),
        balance: balance(&row),
    });
    Ok(held.collect())
}

/// What a connection holds, by asset.
pub(super) async fn of_connection(
    txn: &Txn,
    connection: Uuid,
) -> Result<Vec<(Asset, Balance)>, StoreError> {
    let rows = balances::Entity::find()
        .filter(balances::Column::ConnectionId.eq(connection))
        .order_by_asc(balances::Column::Asset)
        .all(txn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.asset.0.clone(), balance(&row)))
        .collect())
}

/// Fills a new account.
pub(super) async fn insert(
    txn: &Txn,
    connection: Uuid,
    balances: &[(Asset, Amount)],
) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "INSERT INTO balances (connection_id, asset, free, reserved)
         SELECT $1, r->>0, (r->>1)::numeric, 0 FROM jsonb_array_elements($2) AS r",
        [connection.into(), array(balances)?],
    )
    .await?;
    Ok(())
}

/// Writes what an account holds.
pub(super) const PUT: &str = "\
INSERT INTO balances (connection_id, asset, free, reserved)
SELECT $5, r->>0, (r->1->>'free')::numeric, (r->1->>'reserved')::numeric
FROM feed, given, jsonb_array_elements(batch->'balances') AS r
ON CONFLICT (connection_id, asset)
    DO UPDATE SET free = excluded.free, reserved = excluded.reserved, updated_at = now()";
