//! Personal API tokens, as their hashes.

use std::str::FromStr;

use chrono::{DateTime, Duration, Utc};
use platform::{
    ids::{UserId, uuid_v7},
    token::Role,
};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::{
    StoreError, Txn, sql,
    users::{self, UserStatus},
};

/// Living tokens that a user may have.
pub const MAX_PER_USER: i64 = 50;

/// How often a token's use is written down.
const USE_WRITTEN_EVERY: Duration = Duration::minutes(1);

/// What a token is good for. None includes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Reading.
    Read,
    /// Trading, and changing what trades.
    Trade,
    /// Reading what admins see.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Read, Self::Trade, Self::Admin];

    /// Its name in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Trade => "trade",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Scope {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or(StoreError::broken("api_tokens.scopes"))
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// Whether this one is among them.
    pub fn allow(self, scope: Scope) -> bool {
        self.0 & 1 << scope as u8 != 0
    }

    /// Their names.
    pub fn names(self) -> Vec<&'static str> {
        let those = Scope::ALL.into_iter().filter(|scope| self.allow(*scope));
        those.map(Scope::as_str).collect()
    }

    fn read(row: &QueryResult) -> Result<Self, StoreError> {
        let names: Vec<String> = row.try_get("", "scopes")?;
        names.iter().map(|name| name.parse()).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        Self(scopes.into_iter().fold(0, |set, one| set | 1 << one as u8))
    }
}

/// A token to be kept.
#[derive(Debug)]
pub struct NewApiToken<'a> {
    /// What its user calls it.
    pub name: &'a str,
    /// SHA-256 of it.
    pub hash: &'a [u8; 32],
    /// Its end, by which its user tells it from others.
    pub hint: &'a str,
    /// What it is good for.
    pub scopes: Scopes,
    /// Networks from which it is taken; empty: all.
    pub allowlist: &'a [String],
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A token as its user sees it.
#[derive(Debug, Clone)]
pub struct ApiToken {
    /// Which.
    pub id: Uuid,
    /// What its user calls it.
    pub name: String,
    /// The end of the token.
    pub hint: String,
    /// What it is good for.
    pub scopes: Scopes,
    /// Networks from which it is taken; empty: all.
    pub allowlist: Vec<String>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// From where it was then used.
    pub last_used_address: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl ApiToken {
    fn read(row: &QueryResult) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("", "id")?,
            name: row.try_get("", "name")?,
            hint: row.try_get("", "hint")?,
            scopes: Scopes::read(row)?,
            allowlist: row.try_get("", "allowlist")?,
            expires_at: row.try_get("", "expires_at")?,
            last_used_at: row.try_get("", "last_used_at")?,
            last_used_address: row.try_get("", "last_used_address")?,
            created_at: row.try_get("", "created_at")?,
        })
    }
}

const COLUMNS: &str =
    "id, name, hint, scopes, allowlist, expires_at, last_used_at, last_used_address, created_at";

/// Keeps a token; none if the user has [`MAX_PER_USER`] already.
///
/// # Errors
/// [`StoreError`] of the statements.
pub async fn insert(
    txn: &Txn,
    user: UserId,
    new: NewApiToken<'_>,
    now: DateTime<Utc>,
) -> Result<Option<ApiToken>, StoreError> {
    // Two at the same time would each find room for one.
    sql::execute(
        txn,
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        [format!("api_tokens:{user}").into()],
    )
    .await?;
    let scopes: Vec<String> = new.scopes.names().into_iter().map(str::to_owned).collect();
    let row = sql::one(
        txn,
        &format!(
            "INSERT INTO api_tokens (id, user_id, name, hash, hint, scopes, allowlist, expires_at, created_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
             WHERE (SELECT count(*) FROM api_tokens
                    WHERE user_id = $2 AND revoked_at IS NULL AND expires_at > $9) < $10
             RETURNING {COLUMNS}"
        ),
        [
            uuid_v7(now).into(),
            user.0.into(),
            new.name.into(),
            new.hash.to_vec().into(),
            new.hint.into(),
            scopes.into(),
            new.allowlist.to_vec().into(),
            new.expires_at.into(),
            now.into(),
            MAX_PER_USER.into(),
        ],
    )
    .await?;
    row.as_ref().map(ApiToken::read).transpose()
}

/// The tokens of a user that are not revoked, newest first, older than `before`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn owned_by(
    conn: &impl ConnectionTrait,
    user: UserId,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<ApiToken>, StoreError> {
    let rows = sql::all(
        conn,
        &format!(
            "SELECT {COLUMNS} FROM api_tokens
             WHERE user_id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR id < $2)
             ORDER BY id DESC LIMIT $3"
        ),
        [
            user.0.into(),
            before.into(),
            i64::try_from(limit).unwrap_or(i64::MAX).into(),
        ],
    )
    .await?;
    rows.iter().map(ApiToken::read).collect()
}

/// Revokes a token of this user, and gives its name. None: it is not theirs, or was revoked before.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn revoke(
    conn: &impl ConnectionTrait,
    user: UserId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<String>, StoreError> {
    let row = sql::one(
        conn,
        "UPDATE api_tokens SET revoked_at = $3 WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING name",
        [user.0.into(), id.into(), now.into()],
    )
    .await?;
    Ok(row.map(|row| row.try_get_by("name")).transpose()?)
}

/// Revokes every token of a user; answers those that were not revoked before.
///
/// # Errors
/// [`StoreError`] of the statement.
pub(crate) async fn revoke_all(
    txn: &Txn,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, StoreError> {
    let rows = sql::all(
        txn,
        "UPDATE api_tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL RETURNING id",
        [user.0.into(), now.into()],
    )
    .await?;
    rows.iter().map(|row| Ok(row.try_get_by("id")?)).collect()
}

/// A living token, and whose it is.
#[derive(Debug)]
pub struct Grant {
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub user: UserId,
    /// What they may do now.
    pub role: Role,
    /// Whether their account may be used.
    pub status: UserStatus,
    /// What the token is good for.
    pub scopes: Scopes,
    /// Networks from which it is taken; empty: all.
    pub allowlist: Vec<String>,
    /// Whether its use is to be written down again.
    pub is_use_due: bool,
    /// From where it was last used.
    pub last_used_address: Option<String>,
}

/// Who a token was given out to, if it lives: asked with every request, so that revocation takes effect at once.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find(
    conn: &impl ConnectionTrait,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<Grant>, StoreError> {
    let row = sql::one(
        conn,
        "SELECT t.id, t.user_id, u.role, u.status, t.scopes, t.allowlist, t.last_used_address,
                coalesce(t.last_used_at <= $3, true) AS is_use_due
         FROM api_tokens t JOIN users u ON u.id = t.user_id
         WHERE t.hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $2",
        [
            hash.to_vec().into(),
            now.into(),
            (now - USE_WRITTEN_EVERY).into(),
        ],
    )
    .await?;
    row.map(|row| {
        let role: String = row.try_get("", "role")?;
        let status: String = row.try_get("", "status")?;
        Ok(Grant {
            id: row.try_get("", "id")?,
            user: UserId(row.try_get("", "user_id")?),
            role: users::role(&role)?,
            status: status.parse()?,
            scopes: Scopes::read(&row)?,
            allowlist: row.try_get("", "allowlist")?,
            is_use_due: row.try_get("", "is_use_due")?,
            last_used_address: row.try_get("", "last_used_address")?,
        })
    })
    .transpose()
}

/// Writes a use down. False: somebody else has just done so.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn note_use(
    conn: &impl ConnectionTrait,
    grant: &Grant,
    address: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sql::execute(
        conn,
        "UPDATE api_tokens SET last_used_at = $2, last_used_address = $4
         WHERE id = $1 AND coalesce(last_used_at <= $3, true)",
        [
            grant.id.into(),
            now.into(),
            (now - USE_WRITTEN_EVERY).into(),
            address.into(),
        ],
    )
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Writes down that a token came from where it may not. False: so it did within the last minute.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn note_refusal(
    conn: &impl ConnectionTrait,
    grant: &Grant,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sql::execute(
        conn,
        "UPDATE api_tokens SET last_refused_at = $2 WHERE id = $1 AND coalesce(last_refused_at <= $3, true)",
        [
            grant.id.into(),
            now.into(),
            (now - USE_WRITTEN_EVERY).into(),
        ],
    )
    .await?;
    Ok(done.rows_affected() > 0)
}
