//! What users call their connections and bots, also those that were deleted.

use platform::ids::UserId;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{StoreError, sql};

/// Labels of connections and names of bots, by id. What was deleted keeps its own, without the id that frees it for another.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn of_user(
    conn: &impl ConnectionTrait,
    user: UserId,
) -> Result<Vec<(Uuid, String)>, StoreError> {
    let query = "\
SELECT id, CASE WHEN deleted_at IS NULL THEN label ELSE replace(label, ' ' || id, '') END FROM connections WHERE user_id = $1
UNION ALL
SELECT id, CASE WHEN deleted_at IS NULL THEN name ELSE replace(name, ' ' || id, '') END FROM bots WHERE user_id = $1";
    sql::values(conn, query, [user.0.into()]).await
}
