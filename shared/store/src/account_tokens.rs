//! What links in mails prove. A token is found by its hash, good once and for a while, and the newest of its purpose.

use chrono::{DateTime, Utc};
use platform::ids::{UserId, uuid_v7};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::OnConflict,
};

use crate::{
    StoreError, Txn,
    entity::account_tokens::{self, Column},
    sessions,
};

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

/// Which links of an account are void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Every link, of whatever purpose.
    All,
    /// All but those that set a new password: only the mailbox asks for one, and whoever holds a session must not be able to
    /// take its owner's way back.
    ButResets,
    /// Those of a change of address, asked for by a session that has ended.
    OfAddressChange,
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
    let row = account_tokens::ActiveModel {
        id: Set(uuid_v7(now)),
        user_id: Set(proof.user.0),
        purpose: Set(purpose.as_str().to_owned()),
        token_hash: Set(hash.to_vec()),
        email: Set(proof.email.clone()),
        expires_at: Set(expires_at),
        created_at: Set(now),
    };
    let newest_counts = OnConflict::columns([Column::UserId, Column::Purpose])
        .update_columns([
            Column::Id,
            Column::TokenHash,
            Column::Email,
            Column::ExpiresAt,
            Column::CreatedAt,
        ])
        .to_owned();
    account_tokens::Entity::insert(row)
        .on_conflict(newest_counts)
        .exec_without_returning(conn)
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
    let row = account_tokens::Entity::find()
        .filter(living(purpose, hash, now))
        .one(conn)
        .await?;
    Ok(row.map(Proof::from))
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
    let taken = account_tokens::Entity::delete_many()
        .filter(living(purpose, hash, now))
        .exec_with_returning(txn)
        .await?;
    Ok(taken.into_iter().next().map(Proof::from))
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
    let purposes = purposes.iter().map(|purpose| purpose.as_str());
    account_tokens::Entity::delete_many()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::Purpose.is_in(purposes))
        .exec(txn)
        .await?;
    Ok(())
}

/// The token of this hash, while it is good for this purpose.
fn living(purpose: Purpose, hash: &[u8; 32], now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(Column::TokenHash.eq(hash.to_vec()))
        .add(Column::Purpose.eq(purpose.as_str()))
        .add(Column::ExpiresAt.gt(now))
}

impl From<account_tokens::Model> for Proof {
    fn from(row: account_tokens::Model) -> Self {
        Self {
            user: UserId(row.user_id),
            email: row.email,
        }
    }
}
