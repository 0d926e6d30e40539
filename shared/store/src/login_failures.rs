//! Failed logins, counted in Postgres: a lockout must outlive an evicted key and a restart.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::{StoreError, entity::login_failures, sql};

/// When logins are locked, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct LockPolicy {
    /// Failures that are free.
    pub free: i32,
    /// The first lock, in seconds; each further failure doubles it.
    pub first_lock_s: i32,
    /// The longest lock, in seconds.
    pub longest_lock_s: i32,
    /// After this long without a failure the count starts again, in seconds.
    pub forget_s: i32,
}

/// Counts an attempt *before* its password is checked, so that attempts at the same time cannot slip through
/// together; [`clear`] or [`refund`] takes it back after a success. Answers until when logins are locked, if they are.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn charge(
    conn: &impl ConnectionTrait,
    key: &str,
    policy: LockPolicy,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    // The exponent is capped: 2^20 first locks are longer than any longest one.
    let charged = sql::exists(
        conn,
        "INSERT INTO login_failures AS l (key, failures, first_at, last_at) VALUES ($1, 1, $2, $2)
         ON CONFLICT (key) DO UPDATE SET
           failures = CASE WHEN l.last_at < $3 THEN 1 ELSE l.failures + 1 END,
           first_at = CASE WHEN l.last_at < $3 THEN $2 ELSE l.first_at END,
           last_at = $2,
           locked_until = CASE WHEN l.last_at >= $3 AND l.failures + 1 >= $4
             THEN $2 + make_interval(secs => least($6::float8, $5::float8 * 2 ^ least(l.failures + 1 - $4, 20)))
             END
         WHERE l.locked_until IS NULL OR l.locked_until <= $2
         RETURNING failures",
        [
            key.into(),
            now.into(),
            (now - Duration::seconds(policy.forget_s.into())).into(),
            policy.free.into(),
            policy.first_lock_s.into(),
            policy.longest_lock_s.into(),
        ],
    )
    .await?;
    if charged {
        return Ok(None);
    }
    let row = login_failures::Entity::find_by_id(key.to_owned())
        .one(conn)
        .await?;
    Ok(row
        .and_then(|row| row.locked_until)
        .filter(|until| *until > now))
}

/// Forgets all failures: the right password was given.
///
/// # Errors
/// [`StoreError`] of the delete.
pub async fn clear(conn: &impl ConnectionTrait, key: &str) -> Result<(), StoreError> {
    login_failures::Entity::delete_by_id(key.to_owned())
        .exec(conn)
        .await?;
    Ok(())
}

/// Takes one attempt back, and leaves the others: one right password must not excuse an address that tries many. What
/// the others have locked stays locked.
///
/// # Errors
/// [`StoreError`] of the update.
pub async fn refund(
    conn: &impl ConnectionTrait,
    key: &str,
    policy: LockPolicy,
) -> Result<(), StoreError> {
    sql::execute(
        conn,
        "UPDATE login_failures SET failures = greatest(failures - 1, 0),
           locked_until = CASE WHEN failures - 1 >= $2 THEN locked_until END
         WHERE key = $1",
        [key.into(), policy.free.into()],
    )
    .await?;
    Ok(())
}
