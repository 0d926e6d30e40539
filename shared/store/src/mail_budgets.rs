//! How many mails a mailbox gets, and how many somebody may cause: two buckets that leak with time, one of minutes and one
//! of hours. In Postgres, for all copies together.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::{StoreError, entity::mail_budgets, sql};

/// So many at once, and one more each time `every` has passed.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    /// How many fit.
    pub size: i32,
    /// How long one takes to leak.
    pub every: Duration,
}

impl Bucket {
    /// Until when a full bucket leaks.
    fn full(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.every * self.size
    }

    fn sparing(self, places: i32) -> Self {
        Self {
            size: self.size - places,
            ..self
        }
    }
}

/// What both buckets allow.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Of minutes.
    pub burst: Bucket,
    /// Of hours.
    pub long: Bucket,
}

impl Budget {
    /// The same for what must leave room for others: so many places of either bucket stay free.
    #[must_use]
    pub fn sparing(self, of_burst: i32, of_long: i32) -> Self {
        Self {
            burst: self.burst.sparing(of_burst),
            long: self.long.sparing(of_long),
        }
    }
}

/// Takes one place in both buckets. Answers when there is one, if there is none now.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn charge(
    conn: &impl ConnectionTrait,
    key: &str,
    budget: Budget,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let Budget { burst, long } = budget;
    let charged = sql::exists(
        conn,
        "INSERT INTO mail_budgets AS b (key, burst_until, long_until)
         VALUES ($1, $2 + make_interval(secs => $3), $2 + make_interval(secs => $5))
         ON CONFLICT (key) DO UPDATE SET
           burst_until = greatest(b.burst_until, $2) + make_interval(secs => $3),
           long_until = greatest(b.long_until, $2) + make_interval(secs => $5)
         WHERE greatest(b.burst_until, $2) + make_interval(secs => $3) <= $4
           AND greatest(b.long_until, $2) + make_interval(secs => $5) <= $6
         RETURNING key",
        [
            key.into(),
            now.into(),
            seconds(burst).into(),
            burst.full(now).into(),
            seconds(long).into(),
            long.full(now).into(),
        ],
    )
    .await?;
    if charged {
        return Ok(None);
    }
    let row = mail_budgets::Entity::find_by_id(key.to_owned())
        .one(conn)
        .await?;
    let Some(row) = row else {
        return Ok(Some(now));
    };
    let free =
        |until: DateTime<Utc>, bucket: Bucket| until + bucket.every - (bucket.full(now) - now);
    let (burst, long) = (free(row.burst_until, burst), free(row.long_until, long));
    Ok(Some(burst.max(long)))
}

/// Gives a place back: nothing was sent.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn refund(
    conn: &impl ConnectionTrait,
    key: &str,
    budget: Budget,
) -> Result<(), StoreError> {
    sql::execute(
        conn,
        "UPDATE mail_budgets SET burst_until = burst_until - make_interval(secs => $2),
             long_until = long_until - make_interval(secs => $3) WHERE key = $1",
        [
            key.into(),
            seconds(budget.burst).into(),
            seconds(budget.long).into(),
        ],
    )
    .await?;
    Ok(())
}

/// Empties both buckets.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn forget(conn: &impl ConnectionTrait, key: &str) -> Result<(), StoreError> {
    sql::execute(
        conn,
        "DELETE FROM mail_budgets WHERE key = $1",
        [key.into()],
    )
    .await?;
    Ok(())
}

fn seconds(bucket: Bucket) -> f64 {
    bucket.every.as_seconds_f64()
}
