//! Personal API tokens, as their hashes.

use chrono::{DateTime, Duration, Utc};
use platform::{
    ids::{UserId, uuid_v7},
    token::Role,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, UpdateMany, sea_query::Expr,
};
use uuid::Uuid;
pub use views::account::Scope;

use crate::{
    StoreError, Txn,
    entity::api_tokens,
    sql,
    users::{self, UserStatus},
};

/// Living tokens that a user may have.
pub const MAX_PER_USER: i64 = 50;

/// How often a token's use is written down.
const USE_WRITTEN_EVERY: Duration = Duration::minutes(1);

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// Whether this one is among them.
    pub fn allow(self, scope: Scope) -> bool {
        self.0 & 1 << scope as u8 != 0
    }

    /// Each of them.
    pub fn list(self) -> Vec<Scope> {
        let those = Scope::ALL.into_iter().filter(|scope| self.allow(*scope));
        those.collect()
    }

    /// Their names.
    pub fn names(self) -> Vec<&'static str> {
        self.list().into_iter().map(Scope::as_str).collect()
    }

    fn read(names: &[String]) -> Result<Self, StoreError> {
        names
            .iter()
            .map(|name| name.parse())
            .collect::<Result<_, ()>>()
            .map_err(|()| StoreError::broken("api_tokens.scopes"))
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

impl TryFrom<api_tokens::Model> for ApiToken {
    type Error = StoreError;

    fn try_from(row: api_tokens::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            name: row.name,
            hint: row.hint,
            scopes: Scopes::read(&row.scopes)?,
            allowlist: row.allowlist,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            last_used_address: row.last_used_address,
            created_at: row.created_at,
        })
    }
}

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
    // Inserted only where there is room.
    let row: Option<api_tokens::Model> = sql::row(
        txn,
        "INSERT INTO api_tokens (id, user_id, name, hash, hint, scopes, allowlist, expires_at, created_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
         WHERE (SELECT count(*) FROM api_tokens
                WHERE user_id = $2 AND revoked_at IS NULL AND expires_at > $9) < $10
         RETURNING *",
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
    row.map(ApiToken::try_from).transpose()
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
    let rows = api_tokens::Entity::find()
        .filter(api_tokens::Column::UserId.eq(user.0))
        .filter(api_tokens::Column::RevokedAt.is_null())
        .apply_if(before, |query, before| {
            query.filter(api_tokens::Column::Id.lt(before))
        })
        .order_by_desc(api_tokens::Column::Id)
        .limit(limit)
        .all(conn)
        .await?;
    rows.into_iter().map(ApiToken::try_from).collect()
}

/// Revokes tokens of this user.
fn revocation(user: UserId, now: DateTime<Utc>) -> UpdateMany<api_tokens::Entity> {
    api_tokens::Entity::update_many()
        .col_expr(api_tokens::Column::RevokedAt, Expr::value(now))
        .filter(api_tokens::Column::UserId.eq(user.0))
        .filter(api_tokens::Column::RevokedAt.is_null())
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
    let revoked = revocation(user, now)
        .filter(api_tokens::Column::Id.eq(id))
        .exec_with_returning(conn)
        .await?;
    Ok(revoked.into_iter().next().map(|row| row.name))
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
    let revoked = revocation(user, now).exec_with_returning(txn).await?;
    Ok(revoked.into_iter().map(|row| row.id).collect())
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
    #[derive(FromQueryResult)]
    struct Row {
        #[sea_orm(nested)]
        token: api_tokens::Model,
        role: String,
        status: String,
        is_use_due: bool,
    }
    let row: Option<Row> = sql::row(
        conn,
        "SELECT t.*, u.role, u.status, coalesce(t.last_used_at <= $3, true) AS is_use_due
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
        Ok(Grant {
            id: row.token.id,
            user: UserId(row.token.user_id),
            role: users::role(&row.role)?,
            status: users::status(&row.status)?,
            scopes: Scopes::read(&row.token.scopes)?,
            allowlist: row.token.allowlist,
            is_use_due: row.is_use_due,
            last_used_address: row.token.last_used_address,
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
