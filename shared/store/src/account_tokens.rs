//! What links in mails prove. A token is found by its hash, good once and for a while, and the newest of its purpose.

use chrono::{DateTime, Utc};
use platform::ids::{UserId, uuid_v7};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{StoreError, Txn, credentials::Links, sessions, sql};

/// What a token allows its bearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To say that the account's address is theirs.
    VerifyEmail,
    /// To set a new password.
    ResetPassword,
    /// To make the address that it was sent to the account's.
    ChangeEmail,
    /// To keep the address that it was sent to, although another one was named.
    CancelEmailChange,
}

impl Purpose {
    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::CancelEmailChange => "cancel_email_change",
        }
    }
}

/// What a token proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Whose account it is about.
    pub user: UserId,
    /// The address that it was sent to.
    pub email: String,
}

/// Makes a token the only one of its purpose.
///
/// # Errors
/// [`StoreError::Reference`] where the account is gone.
pub async fn issue(
    conn: &impl ConnectionTrait,
    proof: &Proof,
    purpose: Purpose,
    hash: &[u8; 32],
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql::execute(
        conn,
        "INSERT INTO account_tokens (id, user_id, purpose, token_hash, email, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (user_id, purpose) DO UPDATE SET id = excluded.id, token_hash = excluded.token_hash,
             email = excluded.email, expires_at = excluded.expires_at, created_at = excluded.created_at",
        [
            uuid_v7(now).into(),
            proof.user.0.into(),
            purpose.as_str().into(),
            hash.to_vec().into(),
            proof.email.as_str().into(),
            expires_at.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// What a token proves, without using it up.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find(
    conn: &impl ConnectionTrait,
    purpose: Purpose,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<Proof>, StoreError> {
    let row = sql::value(
        conn,
        "SELECT user_id, email FROM account_tokens WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3",
        [
            hash.to_vec().into(),
            purpose.as_str().into(),
            now.into(),
        ],
    )
    .await?;
    Ok(row.map(proof))
}

/// Uses a token up, under the lock over its user's sessions. Of two who try at once one gets the proof; so does one of a
/// link and a change of credentials that voids it.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn take(
    txn: &Txn,
    purpose: Purpose,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<Proof>, StoreError> {
    // The lock comes before the row, as with everybody who voids links.
    let Some(found) = find(txn, purpose, hash, now).await? else {
        return Ok(None);
    };
    sessions::lock(txn, found.user).await?;
    let row = sql::value(
        txn,
        "DELETE FROM account_tokens WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3
         RETURNING user_id, email",
        [hash.to_vec().into(), purpose.as_str().into(), now.into()],
    )
    .await?;
    Ok(row.map(proof))
}

/// Voids the links of a user.
///
/// # Errors
/// [`StoreError`] of the statement.
pub(crate) async fn void(txn: &Txn, user: UserId, links: Links) -> Result<(), StoreError> {
    let change = [Purpose::ChangeEmail, Purpose::CancelEmailChange];
    let but_resets = [change[0], change[1], Purpose::VerifyEmail];
    let all = [
        change[0],
        change[1],
        Purpose::VerifyEmail,
        Purpose::ResetPassword,
    ];
    let purposes = match links {
        Links::All => all.as_slice(),
        Links::ButResets => &but_resets,
        Links::OfAddressChange => &change,
    };
    let purposes: Vec<_> = purposes
        .iter()
        .map(|purpose| purpose.as_str().to_owned())
        .collect();
    sql::execute(
        txn,
        "DELETE FROM account_tokens WHERE user_id = $1 AND purpose = ANY($2)",
        [user.0.into(), purposes.into()],
    )
    .await?;
    Ok(())
}

fn proof((user, email): (Uuid, String)) -> Proof {
    Proof {
        user: UserId(user),
        email,
    }
}
