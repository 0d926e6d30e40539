//! The hashes of passwords: as they are, or sealed under the vault's key, so that whoever has a dump has nothing to guess at.
//!
//! Hashes are sealed once the setting `passwords_sealed` says so. A new database does from the start; in one of before,
//! `api vault seal-passwords` switches it on when no copy of an older release runs any more, which could not read them.

use chrono::{DateTime, Utc};
use platform::{
    Secret,
    ids::UserId,
    vault::{Binding, Vault},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{User, by_email, edit};
use crate::{Db, StoreError, Txn, entity::users, settings, sql};

/// What `password_hash` is where the hash is in `password_sealed`. An older release that writes a hash there takes it back.
pub const SEALED: &str = "sealed";

/// The setting: a boolean, which every migrated database has.
const SETTING: &str = "passwords_sealed";

/// The hash of an account's password.
#[derive(Debug, Clone)]
pub struct Password {
    /// argon2id, as a PHC string.
    pub hash: Secret<String>,
    /// Whether it is stored sealed.
    pub is_sealed: bool,
}

/// The account with this address and its password.
///
/// # Errors
/// [`StoreError`] of the query, and where the hash does not open.
pub async fn find_credentials(
    conn: &impl ConnectionTrait,
    vault: &Vault,
    email: &str,
) -> Result<Option<(User, Password)>, StoreError> {
    let row = by_email(email).one(conn).await?;
    row.map(|row| with_password(vault, row)).transpose()
}

/// The account itself and its password.
///
/// # Errors
/// [`StoreError`] of the query, and where the hash does not open.
pub async fn find_with_password(
    conn: &impl ConnectionTrait,
    vault: &Vault,
    id: UserId,
) -> Result<Option<(User, Password)>, StoreError> {
    let row = users::Entity::find_by_id(id.0).one(conn).await?;
    row.map(|row| with_password(vault, row)).transpose()
}

fn with_password(vault: &Vault, mut row: users::Model) -> Result<(User, Password), StoreError> {
    let stored = std::mem::take(&mut row.password_hash);
    let password = match row.password_sealed.take() {
        Some(sealed) if stored == SEALED => Password {
            hash: open(vault, row.id.into(), &sealed)?,
            is_sealed: true,
        },
        None if stored == SEALED => return Err(broken()),
        // An older release that wrote a hash beside a sealed one has the last word.
        Some(_) | None => Password {
            hash: Secret::new(stored),
            is_sealed: false,
        },
    };
    Ok((User::try_from(row)?, password))
}

fn open(vault: &Vault, user: UserId, sealed: &[u8]) -> Result<Secret<String>, StoreError> {
    let bytes = vault
        .open(Binding::password(user), sealed)
        .map_err(|_| broken())?;
    String::from_utf8(bytes.expose().clone())
        .map(Secret::new)
        .map_err(|_| broken())
}

fn broken() -> StoreError {
    StoreError::broken("users.password_sealed")
}

fn seal(vault: &Vault, user: UserId, hash: &Secret<String>) -> Vec<u8> {
    let bytes = Secret::new(hash.expose().as_bytes().to_vec());
    vault.seal(Binding::password(user), &bytes)
}

/// What goes into `password_hash` and `password_sealed`.
pub(super) async fn to_store(
    txn: &Txn,
    vault: Option<&Vault>,
    user: UserId,
    hash: &Secret<String>,
) -> Result<(String, Option<Vec<u8>>), StoreError> {
    match vault {
        Some(vault) if are_sealed_until_the_end(txn).await? => {
            Ok((SEALED.to_owned(), Some(seal(vault, user, hash))))
        }
        Some(_) | None => Ok((hash.expose().clone(), None)),
    }
}

/// Whether hashes are to be stored sealed.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn are_sealed(conn: &impl ConnectionTrait) -> Result<bool, StoreError> {
    let setting = settings::get(conn, SETTING).await?;
    Ok(setting == Some(true.into()))
}

/// The same, and it stays so until the transaction ends: whoever switches over then sees what was written in it.
async fn are_sealed_until_the_end(txn: &Txn) -> Result<bool, StoreError> {
    let sealed = sql::value(
        txn,
        "SELECT value = 'true' FROM settings WHERE name = $1 FOR SHARE",
        [SETTING.into()],
    )
    .await?;
    Ok(sealed.unwrap_or(false))
}

/// Says whether hashes are stored sealed from now on. Waits for what is being written.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn set_sealing(conn: &impl ConnectionTrait, sealed: bool) -> Result<(), StoreError> {
    settings::set(conn, SETTING, sealed.into()).await
}

/// Gives an account another password.
///
/// # Errors
/// [`StoreError`] of the update.
pub async fn set_password(
    txn: &Txn,
    vault: &Vault,
    id: UserId,
    hash: &Secret<String>,
    now: DateTime<Utc>,
) -> Result<Option<User>, StoreError> {
    let (hash, sealed) = to_store(txn, Some(vault), id, hash).await?;
    let changes = [
        (users::Column::PasswordHash, Value::from(hash)),
        (users::Column::PasswordSealed, Value::from(sealed)),
    ];
    edit(txn, id, changes, now).await
}

/// Stores the hash of a password that was just found right as it is to be stored today: `anew` where its parameters were
/// no longer ours, and sealed where hashes are. `verified` is what it was checked against: a password that was changed
/// meanwhile stays changed, and false is answered. The account keeps its version, for nothing of it has changed.
///
/// # Errors
/// [`StoreError`] of the statements, and where the stored hash does not open.
pub async fn settle(
    db: &Db,
    vault: &Vault,
    id: UserId,
    verified: &Secret<String>,
    anew: Option<&Secret<String>>,
) -> Result<bool, StoreError> {
    let txn = db.begin().await?;
    let row = users::Entity::find_by_id(id.0)
        .lock_exclusive()
        .one(&txn)
        .await?;
    let stored = row.map(|row| with_password(vault, row)).transpose()?;
    if stored.is_none_or(|(_, password)| password.hash.expose() != verified.expose()) {
        return Ok(false);
    }
    let hash = anew.unwrap_or(verified);
    let (hash, sealed) = to_store(&txn, Some(vault), id, hash).await?;
    users::Entity::update_many()
        .col_expr(users::Column::PasswordHash, Expr::value(hash))
        .col_expr(users::Column::PasswordSealed, Expr::value(sealed))
        .filter(users::Column::Id.eq(id.0))
        .exec(&txn)
        .await?;
    txn.commit().await?;
    Ok(true)
}

/// How many hashes are stored as they are.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn unsealed(conn: &impl ConnectionTrait) -> Result<i64, StoreError> {
    let hashes = sql::value(
        conn,
        "SELECT count(*) FROM users WHERE password_hash NOT IN ('', $1)",
        [SEALED.into()],
    )
    .await?;
    Ok(hashes.unwrap_or(0))
}

/// What a pass over some accounts has done.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The last account that was looked at.
    pub last: Uuid,
    /// How many were changed; one that its user changed meanwhile is left as it is.
    pub done: u64,
    /// Those whose sealed hash does not open, or is not there: they are left as they are.
    pub damaged: Vec<UserId>,
}

/// Seals the hashes of up to `limit` accounts after `after`, by id, that are stored as they are. None: there are none.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn seal_batch(
    conn: &impl ConnectionTrait,
    vault: &Vault,
    after: Uuid,
    limit: u32,
) -> Result<Option<Batch>, StoreError> {
    let rows = users::Entity::find()
        .select_only()
        .columns([users::Column::Id, users::Column::PasswordHash])
        .filter(users::Column::Id.gt(after))
        .filter(users::Column::PasswordHash.is_not_in(["", SEALED]))
        .order_by_asc(users::Column::Id)
        .limit(u64::from(limit))
        .into_tuple()
        .all(conn)
        .await?;
    let made = |id: UserId, hash: String| Some(seal(vault, id, &Secret::new(hash)));
    replace(
        conn,
        rows,
        made,
        "UPDATE users u SET password_hash = 'sealed', password_sealed = n.made
         FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS n (id, stored, made)
         WHERE u.id = n.id AND u.password_hash = n.stored",
    )
    .await
}

/// The way back: stores the hashes of up to `limit` accounts after `after`, by id, as an older release reads them.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn unseal_batch(
    conn: &impl ConnectionTrait,
    vault: &Vault,
    after: Uuid,
    limit: u32,
) -> Result<Option<Batch>, StoreError> {
    let rows = sql::values(
        conn,
        "SELECT id, coalesce(password_sealed, '') FROM users
         WHERE id > $1 AND password_hash = $2 ORDER BY id LIMIT $3",
        [after.into(), SEALED.into(), i64::from(limit).into()],
    )
    .await?;
    let made = |id: UserId, sealed: Vec<u8>| {
        let hash = open(vault, id, &sealed).ok()?;
        Some(hash.expose().clone())
    };
    replace(
        conn,
        rows,
        made,
        "UPDATE users u SET password_hash = n.made, password_sealed = NULL
         FROM unnest($1::uuid[], $2::bytea[], $3::text[]) AS n (id, stored, made)
         WHERE u.id = n.id AND u.password_hash = 'sealed' AND u.password_sealed = n.stored",
    )
    .await
}

async fn replace<Stored, Made>(
    conn: &impl ConnectionTrait,
    rows: Vec<(Uuid, Stored)>,
    make: impl Fn(UserId, Stored) -> Option<Made>,
    update: &str,
) -> Result<Option<Batch>, StoreError>
where
    Stored: Clone,
    Vec<Stored>: Into<Value>,
    Vec<Made>: Into<Value>,
{
    let Some(&(last, _)) = rows.last() else {
        return Ok(None);
    };
    let (mut ids, mut old, mut new) = (Vec::new(), Vec::new(), Vec::new());
    let mut damaged = Vec::new();
    for (id, stored) in rows {
        match make(id.into(), stored.clone()) {
            Some(made) => {
                ids.push(id);
                old.push(stored);
                new.push(made);
            }
            None => damaged.push(id.into()),
        }
    }
    let done = sql::execute(conn, update, [ids.into(), old.into(), new.into()]).await?;
    Ok(Some(Batch {
        last,
        done: done.rows_affected(),
        damaged,
    }))
}
