//! What was revoked lately: repeated to the gateways, which have no database.

use ::events::control::Revocation;
use chrono::{DateTime, Utc};
use platform::ids::{SessionId, UserId};
use uuid::Uuid;

use crate::{Db, StoreError, sql};

/// Logins, API tokens and frontend sessions that were ended, and users that were suspended or banned, since `since`.
///
/// # Errors
/// Any [`StoreError`] of a query.
pub async fn since(db: &Db, since: DateTime<Utc>) -> Result<Vec<Revocation>, StoreError> {
    // A user who is not active has no valid token, of whatever time: one may have been signed while the change was
    // under way, and bear a later time than it.
    let rows = sql::values::<(Uuid, Option<Uuid>, DateTime<Utc>)>(
        db.conn(),
        "SELECT user_id, family, max(revoked_at) FROM sessions
         WHERE revoked_at > $1 GROUP BY user_id, family
         UNION ALL
         SELECT user_id, id, revoked_at FROM api_tokens WHERE revoked_at > $1
         UNION ALL
         SELECT user_id, id, ended_at FROM ended_frontend_logins WHERE ended_at > $1
         UNION ALL
         SELECT id, NULL::uuid, greatest(updated_at, now()) FROM users WHERE status <> 'active' AND updated_at > $1",
        [since.into()],
    )
    .await?;
    let revocations = rows.into_iter().map(|(user, session, until)| {
        let user = UserId(user);
        match session {
            Some(session) => Revocation::Session {
                user,
                session: SessionId(session),
            },
            None => Revocation::User { user, until },
        }
    });
    Ok(revocations.collect())
}
