//! Second factors: the TOTP secret of a user, and the recovery codes for the day it is lost.

use chrono::{DateTime, Utc};
use platform::{ids::UserId, totp::RecoveryHash};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{
    StoreError,
    entity::{recovery_codes, totp},
    sql,
};

/// A user's TOTP secret.
pub struct Totp {
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    /// When the first code was given: from then on codes are asked for.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The step of the newest code that was used.
    pub last_used_step: Option<i64>,
}

/// The secret of a user, confirmed or not.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find(conn: &impl ConnectionTrait, user: UserId) -> Result<Option<Totp>, StoreError> {
    let row = totp::Entity::find_by_id(user.0).one(conn).await?;
    Ok(row.map(|row| Totp {
        sealed: row.secret,
        confirmed_at: row.confirmed_at,
        last_used_step: row.last_used_step,
    }))
}

/// Whether codes are asked for.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn is_enabled(conn: &impl ConnectionTrait, user: UserId) -> Result<bool, StoreError> {
    let totp = find(conn, user).await?;
    Ok(totp.is_some_and(|totp| totp.confirmed_at.is_some()))
}

/// Keeps a secret that is still to be confirmed, in place of another such. False: one is confirmed already.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn enrol(
    conn: &impl ConnectionTrait,
    user: UserId,
    sealed: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sql::execute(
        conn,
        "INSERT INTO totp AS t (user_id, secret, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET secret = $2, created_at = $3 WHERE t.confirmed_at IS NULL",
        [user.0.into(), sealed.into(), now.into()],
    )
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Asks for codes from now on. False: the secret is no longer the one that the code was checked against, or is
/// confirmed already.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn confirm(
    conn: &impl ConnectionTrait,
    user: UserId,
    checked: &Totp,
    step: i64,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = totp::Entity::update_many()
        .col_expr(totp::Column::ConfirmedAt, Expr::value(now))
        .col_expr(totp::Column::LastUsedStep, Expr::value(step))
        .filter(totp::Column::UserId.eq(user.0))
        .filter(totp::Column::Secret.eq(checked.sealed.clone()))
        .filter(totp::Column::ConfirmedAt.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Uses up a code, and all that are older. False: it was used meanwhile. Of two at the same time one waits for the
/// other's transaction, and loses.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn use_step(
    conn: &impl ConnectionTrait,
    user: UserId,
    step: i64,
) -> Result<bool, StoreError> {
    let done = sql::execute(
        conn,
        "UPDATE totp SET last_used_step = $2
         WHERE user_id = $1 AND confirmed_at IS NOT NULL AND coalesce(last_used_step < $2, true)",
        [user.0.into(), step.into()],
    )
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes the second factor away, recovery codes too. False: there was none.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn remove(conn: &impl ConnectionTrait, user: UserId) -> Result<bool, StoreError> {
    let done = totp::Entity::delete_by_id(user.0)
        .filter(totp::Column::ConfirmedAt.is_not_null())
        .exec(conn)
        .await?;
    forget_recovery_codes(conn, user).await?;
    Ok(done.rows_affected > 0)
}

/// Takes the second factor away, one that is still to be confirmed too. False: none was enabled.
///
/// # Errors
/// [`StoreError`] of the statements.
pub(crate) async fn forget(conn: &impl ConnectionTrait, user: UserId) -> Result<bool, StoreError> {
    let was_enabled = remove(conn, user).await?;
    forget_pending(conn, user).await?;
    Ok(was_enabled)
}

/// Takes away a second factor that is still to be confirmed.
///
/// # Errors
/// [`StoreError`] of the statement.
pub(crate) async fn forget_pending(
    conn: &impl ConnectionTrait,
    user: UserId,
) -> Result<(), StoreError> {
    totp::Entity::delete_by_id(user.0)
        .filter(totp::Column::ConfirmedAt.is_null())
        .exec(conn)
        .await?;
    Ok(())
}

async fn forget_recovery_codes(
    conn: &impl ConnectionTrait,
    user: UserId,
) -> Result<(), StoreError> {
    recovery_codes::Entity::delete_many()
        .filter(recovery_codes::Column::UserId.eq(user.0))
        .exec(conn)
        .await?;
    Ok(())
}

/// Keeps these recovery codes in place of all others.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn replace_recovery_codes(
    conn: &impl ConnectionTrait,
    user: UserId,
    hashes: &[RecoveryHash],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    forget_recovery_codes(conn, user).await?;
    let hashes: Vec<Vec<u8>> = hashes.iter().map(|hash| hash.to_vec()).collect();
    sql::execute(
        conn,
        "INSERT INTO recovery_codes (user_id, hash, created_at) SELECT $1, unnest($2::bytea[]), $3",
        [user.0.into(), hashes.into(), now.into()],
    )
    .await?;
    Ok(())
}

/// Uses up a recovery code. False: it is none of this user's, or was used before.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn use_recovery_code(
    conn: &impl ConnectionTrait,
    user: UserId,
    hash: &RecoveryHash,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = recovery_codes::Entity::update_many()
        .col_expr(recovery_codes::Column::UsedAt, Expr::value(now))
        .filter(recovery_codes::Column::UserId.eq(user.0))
        .filter(recovery_codes::Column::Hash.eq(hash.to_vec()))
        .filter(recovery_codes::Column::UsedAt.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Recovery codes that are still good.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn recovery_codes_left(
    conn: &impl ConnectionTrait,
    user: UserId,
) -> Result<i64, StoreError> {
    let codes = sql::value(
        conn,
        "SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL",
        [user.0.into()],
    )
    .await?;
    Ok(codes.unwrap_or(0))
}
