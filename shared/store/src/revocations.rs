//! What was revoked lately: repeated to the gateways, which have no database.

use ::events::control::Revocation;
use chrono::{DateTime, Utc};
use platform::ids::{SessionId, UserId};

use crate::{Db, StoreError, sql};

/// Logins that were ended and users that were suspended or banned since `since`.
///
/// # Errors
/// Any [`StoreError`] of a query.
pub async fn since(db: &Db, since: DateTime<Utc>) -> Result<Vec<Revocation>, StoreError> {
    // A user who is not active has no valid token whatever the time of the change: `updated_at` can only be later.
    let rows = sql::all(
        db.conn(),
        "SELECT user_id, family AS session, max(revoked_at) AS until FROM sessions
         WHERE revoked_at > $1 GROUP BY user_id, family
         UNION ALL
         SELECT id, NULL::uuid, updated_at FROM users WHERE status <> 'active' AND updated_at > $1",
        [since.into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let user = UserId(row.try_get_by("user_id")?);
            Ok(match row.try_get_by("session")? {
                Some(session) => Revocation::Session {
                    user,
                    session: SessionId(session),
                },
                None => Revocation::User {
                    user,
                    until: row.try_get_by("until")?,
                },
            })
        })
        .collect()
}
