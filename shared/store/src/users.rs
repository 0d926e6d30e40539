//! Accounts.

mod passwords;

use chrono::{DateTime, Utc};
use platform::{Secret, ids::UserId, token::Role, vault::Vault};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter,
    sea_query::Expr,
};
pub use views::account::UserStatus;

use crate::{StoreError, Txn, entity::users, sql};

pub use passwords::{
    Batch, Password, SEALED, are_sealed, find_credentials, find_with_password, seal_batch,
    set_password, set_sealing, settle, unseal_batch, unsealed,
};

/// The unique index over e-mail addresses.
pub const EMAIL_KEY: &str = "users_email_key";

pub(crate) fn status(text: &str) -> Result<UserStatus, StoreError> {
    text.parse()
        .map_err(|()| StoreError::broken("users.status"))
}

pub(crate) fn role(text: &str) -> Result<Role, StoreError> {
    text.parse().map_err(|()| StoreError::broken("users.role"))
}

/// An account, without its password hash.
#[derive(Debug, Clone)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// The normalised address.
    pub email: String,
    /// When the owner of the address answered.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// What others see; may be empty.
    pub display_name: String,
    /// What the user may do.
    pub role: Role,
    /// Whether the account may be used.
    pub status: UserStatus,
    /// Raised by each edit.
    pub version: i32,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When all logins ended last.
    pub logins_void_at: Option<DateTime<Utc>>,
}

impl TryFrom<users::Model> for User {
    type Error = StoreError;

    fn try_from(row: users::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            role: role(&row.role)?,
            status: status(&row.status)?,
            email: row.email,
            email_verified_at: row.email_verified_at,
            display_name: row.display_name,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            logins_void_at: row.logins_void_at,
        })
    }
}

/// An account to be made.
#[derive(Debug)]
pub struct NewUser {
    /// The normalised address.
    pub email: String,
    /// argon2id, as a PHC string.
    pub password_hash: Secret<String>,
    /// What others see; may be empty.
    pub display_name: String,
}

/// Makes an account. Its hash is sealed by `vault` where hashes are; without one it will be at the first login.
///
/// # Errors
/// [`StoreError::Conflict`] on [`EMAIL_KEY`] where the address has an account.
pub async fn insert(
    txn: &Txn,
    vault: Option<&Vault>,
    new: NewUser,
    now: DateTime<Utc>,
) -> Result<User, StoreError> {
    let id = UserId::new(now);
    let (password_hash, password_sealed) =
        passwords::to_store(txn, vault, id, &new.password_hash).await?;
    let row = users::ActiveModel {
        id: Set(id.into()),
        email: Set(new.email),
        email_verified_at: Set(None),
        password_hash: Set(password_hash),
        password_sealed: Set(password_sealed),
        display_name: Set(new.display_name),
        role: Set(Role::User.as_str().to_owned()),
        status: Set(UserStatus::Active.as_str().to_owned()),
        shard: Set(id.shard().into()),
        preferences: Set(serde_json::json!({})),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        status_reason: Set(None),
        logins_void_at: Set(None),
        frontend_login: Set(None),
    };
    users::Entity::insert(row)
        .exec_with_returning(txn)
        .await?
        .try_into()
}

/// The account itself.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find(conn: &impl ConnectionTrait, id: UserId) -> Result<Option<User>, StoreError> {
    let row = users::Entity::find_by_id(id.0).one(conn).await?;
    row.map(User::try_from).transpose()
}

/// Keeps the status of an account from changing until the end of the transaction. False: it is not active.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn hold_active(txn: &Txn, id: UserId) -> Result<bool, StoreError> {
    let active = sql::value(
        txn,
        "SELECT status = 'active' FROM users WHERE id = $1 FOR SHARE",
        [id.0.into()],
    )
    .await?;
    Ok(active.unwrap_or(false))
}

/// The account that a session of the frontend is of: it has the session's address, the address's owner has answered, and
/// the session was issued to nobody else and ended by nothing since.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find_by_frontend(
    conn: &impl ConnectionTrait,
    email: &str,
    issued_at: DateTime<Utc>,
) -> Result<Option<User>, StoreError> {
    let row = users::Entity::find()
        .filter(Expr::cust("lower(email)").eq(email.to_lowercase()))
        .filter(users::Column::EmailVerifiedAt.is_not_null())
        .filter(Expr::cust_with_values(TAKES_FRONTEND, [issued_at]))
        .one(conn)
        .await?;
    row.map(User::try_from).transpose()
}

/// Whether a session of the frontend that was issued in the second `$1` is of an account: not of a former one with the same
/// address, and not from before all logins ended. The second in which they ended is before.
pub(crate) const TAKES_FRONTEND: &str = "date_trunc('second', created_at) <= $1
    AND coalesce(date_trunc('second', logins_void_at) < $1, true)";

/// Changes the display name of an account that still has `version`; none if it has another one.
///
/// # Errors
/// [`StoreError`] of the update.
pub async fn set_display_name(
    conn: &impl ConnectionTrait,
    id: UserId,
    version: i32,
    display_name: &str,
    now: DateTime<Utc>,
) -> Result<Option<User>, StoreError> {
    let rows = users::Entity::update_many()
        .col_expr(users::Column::DisplayName, Expr::value(display_name))
        .col_expr(
            users::Column::Version,
            Expr::col(users::Column::Version).add(1),
        )
        .col_expr(users::Column::UpdatedAt, Expr::value(now))
        .filter(users::Column::Id.eq(id.0))
        .filter(users::Column::Version.eq(version))
        .exec_with_returning(conn)
        .await?;
    rows.into_iter().next().map(User::try_from).transpose()
}

/// The account with this address.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find_by_email(
    conn: &impl ConnectionTrait,
    email: &str,
) -> Result<Option<User>, StoreError> {
    let row = by_email(email).one(conn).await?;
    row.map(User::try_from).transpose()
}

/// A closed account has no password: for whoever looks for it, it is not there.
fn by_email(email: &str) -> sea_orm::Select<users::Entity> {
    users::Entity::find()
        .filter(Expr::cust("lower(email)").eq(email.to_lowercase()))
        .filter(users::Column::PasswordHash.ne(""))
}

async fn edit(
    conn: &impl ConnectionTrait,
    id: UserId,
    changes: impl IntoIterator<Item = (users::Column, sea_orm::Value)>,
    now: DateTime<Utc>,
) -> Result<Option<User>, StoreError> {
    let mut update = users::Entity::update_many();
    for (column, value) in changes {
        update = update.col_expr(column, Expr::value(value));
    }
    let rows = update
        .col_expr(
            users::Column::Version,
            Expr::col(users::Column::Version).add(1),
        )
        .col_expr(users::Column::UpdatedAt, Expr::value(now))
        .filter(users::Column::Id.eq(id.0))
        .exec_with_returning(conn)
        .await?;
    rows.into_iter().next().map(User::try_from).transpose()
}

/// Gives an account an address whose owner has answered: the one that it has, or another one.
///
/// # Errors
/// [`StoreError::Conflict`] on [`EMAIL_KEY`] where another account has the address.
pub async fn set_verified_email(
    txn: &Txn,
    id: UserId,
    email: &str,
    now: DateTime<Utc>,
) -> Result<Option<User>, StoreError> {
    let changes = [
        (users::Column::Email, email.into()),
        (users::Column::EmailVerifiedAt, now.into()),
    ];
    edit(txn, id, changes, now).await
}
