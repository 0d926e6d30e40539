//! What Stripe told and was applied: each of its events once.

use chrono::{DateTime, Duration, Utc};
use platform::ids::UserId;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::{StoreError, Txn, entity::billing_events, sql};

/// How long the id of an event is kept: far longer than Stripe sends one again.
pub const KEPT: Duration = Duration::days(365);

/// Whether this event has been applied.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn is_applied(conn: &impl ConnectionTrait, id: &str) -> Result<bool, StoreError> {
    let found = billing_events::Entity::find_by_id(id.to_owned())
        .one(conn)
        .await?;
    Ok(found.is_some())
}

/// Notes an event in the transaction of its effect. False: it has been applied before. Whoever applies the same one at
/// the same time waits here.
///
/// # Errors
/// [`StoreError`] of the insert.
pub async fn note(
    txn: &Txn,
    (id, kind): (&str, &str),
    user: UserId,
    happened_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sql::execute(
        txn,
        "INSERT INTO billing_events (stripe_event_id, user_id, type, happened_at, created_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (stripe_event_id) DO NOTHING",
        [
            id.into(),
            user.0.into(),
            kind.into(),
            happened_at.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(done.rows_affected() == 1)
}
