//! For whom a gateway token may be made, asked in one moment that no suspension and no "everywhere" can slip through.

use chrono::{DateTime, Utc};
use platform::{
    ids::{SessionId, UserId},
    token::Role,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::{
    StoreError, Txn,
    entity::{api_tokens, sessions},
    sql,
    users::{self, TAKES_FRONTEND, UserStatus},
};

/// By what a user asks for a gateway token.
#[derive(Debug, Clone, Copy)]
pub enum Asker {
    /// A session of ours.
    Session(SessionId),
    /// An API token.
    ApiToken(Uuid),
    /// A session of the frontend.
    Frontend {
        /// When it was issued, whole seconds.
        issued_at: DateTime<Utc>,
        /// When it ends.
        expires_at: DateTime<Utc>,
    },
}

/// For what a gateway token is made, and how long it may live.
#[derive(Debug, Clone, Copy)]
pub struct GatewayLogin {
    /// Its `sid`: what is revoked with what asked.
    pub sid: SessionId,
    /// What the user may do now.
    pub role: Role,
    /// Whether the account may be used.
    pub status: UserStatus,
    /// When what asked ends by itself.
    pub ends_at: DateTime<Utc>,
}

/// What a gateway token may be made for; none where what asks has ended. Until the end of the transaction the user is
/// neither suspended nor logged out everywhere, so that a revocation bears a later time than a token made in it.
///
/// # Errors
/// [`StoreError`] of the queries.
pub async fn hold(
    txn: &Txn,
    user: UserId,
    asker: Asker,
    now: DateTime<Utc>,
) -> Result<Option<GatewayLogin>, StoreError> {
    // Of nobody else, and of nothing that has ended: only the frontend's sessions are asked for it here.
    let issued_at = match asker {
        Asker::Frontend { issued_at, .. } => issued_at,
        Asker::Session(_) | Asker::ApiToken(_) => now,
    };
    // A statement of its own: the one after it sees what whoever held the row has committed.
    let row: Option<(String, String, Uuid, bool)> = sql::value(
        txn,
        &format!(
            "SELECT role, status, coalesce(frontend_login, id), {TAKES_FRONTEND} FROM users WHERE id = $2 FOR SHARE"
        ),
        [issued_at.into(), user.0.into()],
    )
    .await?;
    let Some((role, status, frontend_login, takes_frontend)) = row else {
        return Ok(None);
    };
    let found = match asker {
        Asker::Session(session) => session_end(txn, user, session, now)
            .await?
            .map(|ends_at| (session, ends_at)),
        Asker::ApiToken(id) => token_end(txn, user, id, now)
            .await?
            .map(|ends_at| (SessionId(id), ends_at)),
        Asker::Frontend { expires_at, .. } => {
            takes_frontend.then_some((SessionId(frontend_login), expires_at))
        }
    };
    let role = users::role(&role)?;
    let status = users::status(&status)?;
    Ok(found.map(|(sid, ends_at)| GatewayLogin {
        sid,
        role,
        status,
        ends_at,
    }))
}

async fn session_end(
    txn: &Txn,
    user: UserId,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row = sessions::Entity::find()
        .filter(sessions::Column::UserId.eq(user.0))
        .filter(sessions::Column::Family.eq(session.0))
        .filter(sessions::Column::RotatedAt.is_null())
        .filter(sessions::Column::RevokedAt.is_null())
        .filter(sessions::Column::ExpiresAt.gt(now))
        .one(txn)
        .await?;
    Ok(row.map(|row| row.expires_at))
}

async fn token_end(
    txn: &Txn,
    user: UserId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row = api_tokens::Entity::find_by_id(id)
        .filter(api_tokens::Column::UserId.eq(user.0))
        .filter(api_tokens::Column::RevokedAt.is_null())
        .filter(api_tokens::Column::ExpiresAt.gt(now))
        .one(txn)
        .await?;
    Ok(row.map(|row| row.expires_at))
}
