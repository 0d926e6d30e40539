//! Sessions: families of refresh tokens, of which one is current.

use chrono::{DateTime, Utc};
use platform::{
    ids::{SessionId, UserId, uuid_v7},
    token::Role,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, sea_query::Expr,
};
use uuid::Uuid;
pub use views::account::RevokeReason;

use crate::{
    StoreError, Txn,
    entity::sessions::{self, Column},
    security_log::Caller,
    sql,
    users::{self, UserStatus},
};

/// A refresh token to be kept, as its hash.
#[derive(Debug, Clone, Copy)]
pub struct NewToken<'a> {
    /// SHA-256 of the token.
    pub hash: &'a [u8; 32],
    /// Its end.
    pub expires_at: DateTime<Utc>,
}

/// One generation of a session's refresh token.
#[derive(Debug, Clone)]
pub struct Generation {
    id: Uuid,
    /// Whose.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// The token's end.
    pub expires_at: DateTime<Utc>,
    /// When the next one replaced it.
    pub rotated_at: Option<DateTime<Utc>>,
    /// When the session was ended.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When a second factor was last given in it.
    pub stepped_up_at: Option<DateTime<Utc>>,
}

impl From<sessions::Model> for Generation {
    fn from(row: sessions::Model) -> Self {
        Self {
            id: row.id,
            user: row.user_id.into(),
            session: row.family.into(),
            expires_at: row.expires_at,
            rotated_at: row.rotated_at,
            revoked_at: row.revoked_at,
            stepped_up_at: row.stepped_up_at,
        }
    }
}

/// A session as its user sees it.
#[derive(Debug, Clone)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// When its user logged in.
    pub created_at: DateTime<Utc>,
    /// When its token was last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// When it ends unless refreshed.
    pub expires_at: DateTime<Utc>,
    /// From where and with what it was last used.
    pub caller: Caller,
}

/// Begins a session.
///
/// # Errors
/// [`StoreError`] of the insert.
pub async fn add(
    conn: &impl ConnectionTrait,
    user: UserId,
    session: SessionId,
    token: NewToken<'_>,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    insert(conn, user, session, token, caller, None, now).await
}

async fn insert(
    conn: &impl ConnectionTrait,
    user: UserId,
    session: SessionId,
    token: NewToken<'_>,
    caller: &Caller,
    stepped_up_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = sessions::ActiveModel {
        id: Set(uuid_v7(now)),
        user_id: Set(user.into()),
        family: Set(session.into()),
        refresh_hash: Set(token.hash.to_vec()),
        expires_at: Set(token.expires_at),
        rotated_at: Set(None),
        revoked_at: Set(None),
        revoke_reason: Set(None),
        address: Set(caller.address.clone()),
        agent: Set(caller.agent.clone()),
        created_at: Set(now),
        last_used_at: Set(now),
        stepped_up_at: Set(stepped_up_at),
    };
    sessions::Entity::insert(row)
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

/// Whose a session is.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// What they may do now.
    pub role: Role,
    /// Whether their account may be used.
    pub status: UserStatus,
    /// When a second factor was last given in it.
    pub stepped_up_at: Option<DateTime<Utc>>,
}

/// Who a session belongs to, if it is alive: asked with every request, so that revocation and suspension take effect
/// at once. One lookup in the unique index over current generations.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn owner(
    conn: &impl ConnectionTrait,
    user: UserId,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<Option<Owner>, StoreError> {
    let row: Option<(String, String, Option<DateTime<Utc>>)> = sql::value(
        conn,
        "SELECT u.role, u.status, s.stepped_up_at FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.family = $1 AND s.rotated_at IS NULL
           AND s.user_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3",
        [session.0.into(), user.0.into(), now.into()],
    )
    .await?;
    row.map(|(role, status, stepped_up_at)| {
        Ok(Owner {
            role: users::role(&role)?,
            status: users::status(&status)?,
            stepped_up_at,
        })
    })
    .transpose()
}

/// Keeps everybody else from renewing or ending this user's sessions until the transaction ends. Locks on rows would not
/// do: an update that waits for one still does not see the generation that was added meanwhile, and leaves it alive.
/// A statement of its own, so that those after it see what the one who held it has committed.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn lock(txn: &Txn, user: UserId) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        [format!("sessions:{user}").into()],
    )
    .await?;
    Ok(())
}

/// The generation with this hash, under the [`lock`] of its user.
///
/// # Errors
/// [`StoreError`] of the queries.
pub async fn lock_by_hash(txn: &Txn, hash: &[u8; 32]) -> Result<Option<Generation>, StoreError> {
    let find = || sessions::Entity::find().filter(Column::RefreshHash.eq(hash.to_vec()));
    let Some(found) = find().one(txn).await? else {
        return Ok(None);
    };
    lock(txn, found.user_id.into()).await?;
    Ok(find().one(txn).await?.map(Generation::from))
}

/// The current generation of a session, under the [`lock`] of its user; none if it has ended.
///
/// # Errors
/// [`StoreError`] of the queries.
pub async fn lock_current(
    txn: &Txn,
    user: UserId,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<Option<Generation>, StoreError> {
    lock(txn, user).await?;
    let row = sessions::Entity::find()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::Family.eq(session.0))
        .filter(Column::RotatedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .one(txn)
        .await?;
    Ok(row.map(Generation::from))
}

/// Replaces a generation, which was read under the [`lock`], by the next.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn rotate(
    txn: &Txn,
    current: &Generation,
    token: NewToken<'_>,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sessions::Entity::update_many()
        .col_expr(Column::RotatedAt, Expr::value(now))
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .filter(Column::Id.eq(current.id))
        .exec(txn)
        .await?;
    let (user, session) = (current.user, current.session);
    insert(
        txn,
        user,
        session,
        token,
        caller,
        current.stepped_up_at,
        now,
    )
    .await
}

/// Notes that a second factor was given in a session of this user. False: it has ended.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn step_up(
    txn: &Txn,
    user: UserId,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    lock(txn, user).await?;
    let done = sessions::Entity::update_many()
        .col_expr(Column::SteppedUpAt, Expr::value(now))
        .filter(Column::UserId.eq(user.0))
        .filter(Column::Family.eq(session.0))
        .filter(Column::RotatedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(txn)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Ends a session of this user. False: it is not theirs, or has ended before.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn revoke(
    txn: &Txn,
    user: UserId,
    session: SessionId,
    reason: RevokeReason,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    lock(txn, user).await?;
    let done = sessions::Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .col_expr(Column::RevokeReason, Expr::value(reason.as_str()))
        .filter(Column::UserId.eq(user.0))
        .filter(Column::Family.eq(session.0))
        .filter(Column::RevokedAt.is_null())
        .exec(txn)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Forgets in which sessions of a user the password was given once more: where a second factor is enabled it is not
/// enough.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn forget_step_ups(txn: &Txn, user: UserId) -> Result<(), StoreError> {
    lock(txn, user).await?;
    sql::execute(
        txn,
        "UPDATE sessions SET stepped_up_at = NULL WHERE user_id = $1 AND stepped_up_at IS NOT NULL",
        [user.0.into()],
    )
    .await?;
    Ok(())
}

/// Ends all sessions of a user but `except`; answers those that were alive.
///
/// # Errors
/// [`StoreError`] of the statements.
pub(crate) async fn revoke_all(
    txn: &Txn,
    user: UserId,
    except: Option<SessionId>,
    reason: RevokeReason,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, StoreError> {
    lock(txn, user).await?;
    let families = sql::values(
        txn,
        "WITH ended AS (
             UPDATE sessions SET revoked_at = $2, revoke_reason = $3
             WHERE user_id = $1 AND revoked_at IS NULL AND ($4::uuid IS NULL OR family <> $4)
             RETURNING family, rotated_at, expires_at
         ) SELECT family FROM ended WHERE rotated_at IS NULL AND expires_at > $2 ORDER BY family",
        [
            user.0.into(),
            now.into(),
            reason.as_str().into(),
            except.map(|except| except.0).into(),
        ],
    )
    .await?;
    Ok(families.into_iter().map(SessionId).collect())
}

/// The living sessions of a user, newest first, older than `before`.
///
/// # Errors
/// [`StoreError`] of the queries.
pub async fn owned_by(
    conn: &impl ConnectionTrait,
    user: UserId,
    before: Option<SessionId>,
    limit: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Session>, StoreError> {
    let rows = sessions::Entity::find()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::RotatedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .apply_if(before, |query, before| {
            query.filter(Column::Family.lt(before.0))
        })
        .order_by_desc(Column::Family)
        .limit(limit)
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            let id = SessionId(row.family);
            Ok(Session {
                id,
                created_at: began_at(id)?,
                last_used_at: row.last_used_at,
                expires_at: row.expires_at,
                caller: Caller {
                    address: row.address,
                    agent: row.agent,
                },
            })
        })
        .collect()
}

/// When a session began. Its id carries it; the first generation, which would too, may have been pruned.
///
/// # Errors
/// [`StoreError`] where the id is none of ours.
pub fn began_at(id: SessionId) -> Result<DateTime<Utc>, StoreError> {
    id.0.get_timestamp()
        .and_then(|at| {
            DateTime::from_timestamp(i64::try_from(at.to_unix().0).ok()?, at.to_unix().1)
        })
        .ok_or(StoreError::broken("sessions.family"))
}
