//! What ends with a change of credentials. Everybody who changes one comes here, so that no kind of link, mail or login
//! is forgotten: an alarm must not prescribe a remedy that the intruder outlives.

use chrono::{DateTime, Duration, Utc};
use platform::ids::{SessionId, UserId, uuid_v7};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

pub use crate::account_tokens::Links;
use crate::{
    StoreError, Txn, account_tokens, api_tokens,
    entity::ended_frontend_logins,
    factors, mails,
    sessions::{self, RevokeReason},
    sql,
};

/// How long it is known which logins of the frontend ended: longer than a token lives that names one.
const ENDED_KEPT: Duration = Duration::hours(1);

/// How much ends besides links, pending changes and sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nothing: API tokens and second factors stay.
    Sessions,
    /// API tokens too.
    ApiTokens,
    /// API tokens and the second factor with its recovery codes, enrolled or about to be: whoever made them had not
    /// proven the account's address.
    Everything,
}

/// What ended.
#[derive(Debug)]
pub struct Ended {
    /// Sessions of ours that were alive.
    pub sessions: Vec<SessionId>,
    /// API tokens that were not revoked before.
    pub api_tokens: Vec<Uuid>,
    /// Whether a second factor was enabled.
    pub had_factor: bool,
    /// What the gateway tokens of frontend sessions were made for.
    pub frontend_login: SessionId,
}

impl Ended {
    /// What the gateways know by the `sid` of tokens, all of it void from now on.
    pub fn gateway_logins(&self) -> impl Iterator<Item = SessionId> + '_ {
        let tokens = self.api_tokens.iter().map(|id| SessionId(*id));
        let sessions = self.sessions.iter().copied();
        sessions.chain(tokens).chain([self.frontend_login])
    }
}

/// Ends a user's logins: all sessions but `except`, the frontend's, and as much more as `reach` says; every link, queued
/// mail with a link and pending change too.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn end(
    txn: &Txn,
    user: UserId,
    except: Option<SessionId>,
    (reason, reach): (RevokeReason, Reach),
    now: DateTime<Utc>,
) -> Result<Ended, StoreError> {
    // Until the first proof no session of the frontend was taken: one that was issued in its very second is good.
    let void_at = match reach {
        Reach::Sessions | Reach::ApiTokens => now,
        Reach::Everything => now - Duration::seconds(1),
    };
    let links = match reason {
        RevokeReason::LogoutAll | RevokeReason::SecondFactorEnabled => Links::ButResets,
        RevokeReason::Logout
        | RevokeReason::Revoked
        | RevokeReason::TokenReused
        | RevokeReason::Admin
        | RevokeReason::PasswordChanged
        | RevokeReason::PasswordReset
        | RevokeReason::AccountDeleted
        | RevokeReason::AddressProven => Links::All,
    };
    void_links(txn, user, links, now).await?;
    let frontend_login = void_frontend(txn, user, void_at, now).await?;
    let sessions = sessions::revoke_all(txn, user, except, reason, now).await?;
    let api_tokens = if reach >= Reach::ApiTokens {
        api_tokens::revoke_all(txn, user, now).await?
    } else {
        Vec::new()
    };
    factors::forget_pending(txn, user).await?;
    let had_factor = reach == Reach::Everything && factors::forget(txn, user).await?;
    Ok(Ended {
        sessions,
        api_tokens,
        had_factor,
        frontend_login,
    })
}

/// Voids every link of an account, every queued mail with one, and the sessions of the frontend; sessions of ours stay.
/// Answers the login that gateway tokens of the frontend's sessions had.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn void(txn: &Txn, user: UserId, now: DateTime<Utc>) -> Result<SessionId, StoreError> {
    void_links(txn, user, Links::All, now).await?;
    void_frontend(txn, user, now, now).await
}

/// Ends the sessions of the frontend that were issued up to `void_at`.
async fn void_frontend(
    txn: &Txn,
    user: UserId,
    void_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<SessionId, StoreError> {
    let login: Option<Uuid> = sql::value(
        txn,
        "WITH former AS (
             SELECT id, coalesce(frontend_login, id) AS login FROM users WHERE id = $1 FOR NO KEY UPDATE
         ), ended AS (
             INSERT INTO ended_frontend_logins (id, user_id, ended_at) SELECT login, id, $2 FROM former
             ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at
         )
         UPDATE users u SET logins_void_at = $4, frontend_login = $3 FROM former WHERE u.id = former.id
         RETURNING former.login",
        [
            user.0.into(),
            now.into(),
            uuid_v7(now).into(),
            void_at.into(),
        ],
    )
    .await?;
    ended_frontend_logins::Entity::delete_many()
        .filter(ended_frontend_logins::Column::UserId.eq(user.0))
        .filter(ended_frontend_logins::Column::EndedAt.lt(now - ENDED_KEPT))
        .exec(txn)
        .await?;
    Ok(SessionId(login.unwrap_or(user.0)))
}

/// Voids links of an account and queued mails with one: for changes after which logins go on.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn void_links(
    txn: &Txn,
    user: UserId,
    links: Links,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    // Whoever makes or uses a link waits here, and then looks again.
    sessions::lock(txn, user).await?;
    account_tokens::void(txn, user, links).await?;
    mails::void_links(txn, user, links, now).await
}
