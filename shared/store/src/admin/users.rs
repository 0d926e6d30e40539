//! Accounts, as admins see them.

use chrono::{DateTime, Utc};
use platform::{ids::UserId, token::Role};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, UpdateMany, Value,
    sea_query::{Expr, ExprTrait},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{StoreError, Txn, column::Text, entity::users, sql, users::UserStatus};

/// An account but for what is secret, with counts of what it has.
const SELECT: &str = "SELECT u.id, u.email, u.email_verified_at IS NOT NULL AS email_verified, u.display_name, u.role,
    u.status, u.status_reason, u.version, u.created_at, u.updated_at,
    (SELECT count(*) FROM connections c WHERE c.user_id = u.id AND c.deleted_at IS NULL) AS connections,
    (SELECT count(*) FROM bots b WHERE b.user_id = u.id AND b.deleted_at IS NULL) AS bots,
    (SELECT max(s.last_used_at) FROM sessions s WHERE s.user_id = u.id) AS last_seen_at
FROM users u";

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    email: String,
    email_verified: bool,
    display_name: String,
    role: Text<Role>,
    status: Text<UserStatus>,
    status_reason: Option<String>,
    connections: i64,
    bots: i64,
    last_seen_at: Option<DateTime<Utc>>,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// An account, as admins see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Account {
    /// Id of the account.
    pub id: Uuid,
    /// The address, in its normal form.
    #[schema(format = Email)]
    pub email: String,
    /// Whether the owner of the address has answered.
    pub email_verified: bool,
    /// What others see; may be empty.
    pub display_name: String,
    /// `user`, `admin` or `superadmin`.
    #[schema(value_type = String)]
    pub role: Role,
    /// `active`, `suspended` or `banned`.
    #[schema(value_type = String)]
    pub status: UserStatus,
    /// Why an admin changed the status.
    pub status_reason: Option<String>,
    /// How many connections the user has.
    #[schema(minimum = 0)]
    pub connections: i64,
    /// How many bots the user has.
    #[schema(minimum = 0)]
    pub bots: i64,
    /// When a session was last begun or renewed, as far as sessions are kept.
    #[serde(with = "platform::time::wire_option")]
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Raised by each change.
    pub version: i32,
    /// When the account was made.
    #[serde(with = "platform::time::wire")]
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    #[serde(with = "platform::time::wire")]
    pub updated_at: DateTime<Utc>,
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            email: row.email,
            email_verified: row.email_verified,
            display_name: row.display_name,
            role: row.role.0,
            status: row.status.0,
            status_reason: row.status_reason,
            connections: row.connections,
            bots: row.bots,
            last_seen_at: row.last_seen_at,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Of an account that its user has not closed: what is left of a closed one is nobody's to change.
const OPEN: &str = "NOT EXISTS (SELECT FROM account_deletions d WHERE d.user_id = u.id)";

impl Account {
    /// Whose it is.
    pub fn user(&self) -> UserId {
        UserId(self.id)
    }
}

/// Which accounts of the list.
#[derive(Debug, Default)]
pub struct AccountFilter {
    /// Address or display name holds this text, whatever its case.
    pub text: Option<String>,
    /// Of this role.
    pub role: Option<Role>,
    /// Of this status.
    pub status: Option<UserStatus>,
}

/// Accounts, newest first, older than `before`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list(
    conn: &impl ConnectionTrait,
    filter: &AccountFilter,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Account>, StoreError> {
    let sql = format!(
        "{SELECT}
         WHERE {OPEN} AND u.id < $1 AND ($2::text IS NULL OR u.role = $2) AND ($3::text IS NULL OR u.status = $3)
             AND ($4::text IS NULL OR position(lower($4) IN lower(u.email)) > 0
                 OR position(lower($4) IN lower(u.display_name)) > 0)
         ORDER BY u.id DESC LIMIT $5"
    );
    let values: [Value; 5] = [
        before.unwrap_or(Uuid::max()).into(),
        filter.role.map(Role::as_str).into(),
        filter.status.map(UserStatus::as_str).into(),
        filter.text.clone().into(),
        i64::from(limit).into(),
    ];
    let rows: Vec<Row> = sql::rows(conn, &sql, values).await?;
    Ok(rows.into_iter().map(Account::from).collect())
}

/// An account.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find(
    conn: &impl ConnectionTrait,
    user: UserId,
) -> Result<Option<Account>, StoreError> {
    let sql = format!("{SELECT} WHERE {OPEN} AND u.id = $1");
    let row: Option<Row> = sql::row(conn, &sql, [user.0.into()]).await?;
    Ok(row.map(Account::from))
}

/// An account, held until the end of the transaction.
///
/// # Errors
/// [`StoreError`] of the queries.
pub async fn lock(txn: &Txn, user: UserId) -> Result<Option<Account>, StoreError> {
    // A statement of its own: the one after it sees what whoever held the row has committed.
    sql::execute(
        txn,
        "SELECT id FROM users WHERE id = $1 FOR UPDATE",
        [user.0.into()],
    )
    .await?;
    find(txn, user).await
}

/// Whether there is a superadmin.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn has_superadmin(conn: &impl ConnectionTrait) -> Result<bool, StoreError> {
    sql::exists(
        conn,
        "SELECT id FROM users WHERE role = 'superadmin' LIMIT 1",
        [],
    )
    .await
}

/// Whether an account is the only superadmin who can act. Under [`super::lock`] it stays so until the end of the
/// transaction.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn is_last_superadmin(txn: &Txn, user: UserId) -> Result<bool, StoreError> {
    sql::exists(
        txn,
        "SELECT 1 FROM users WHERE id = $1 AND role = 'superadmin'
             AND NOT EXISTS (SELECT FROM users o WHERE o.id <> $1 AND o.role = 'superadmin' AND o.status = 'active')",
        [user.0.into()],
    )
    .await
}

/// An edit of an account.
fn edited(user: UserId, now: DateTime<Utc>) -> UpdateMany<users::Entity> {
    users::Entity::update_many()
        .col_expr(
            users::Column::Version,
            Expr::col(users::Column::Version).add(1),
        )
        .col_expr(users::Column::UpdatedAt, Expr::value(now))
        .filter(users::Column::Id.eq(user.0))
}

/// Gives an account another status.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn set_status(
    txn: &Txn,
    user: UserId,
    status: UserStatus,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    edited(user, now)
        .col_expr(users::Column::Status, Expr::value(status.as_str()))
        .col_expr(users::Column::StatusReason, Expr::value(reason))
        .exec(txn)
        .await?;
    Ok(())
}

/// Gives an account another role.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn set_role(
    txn: &Txn,
    user: UserId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    edited(user, now)
        .col_expr(users::Column::Role, Expr::value(role.as_str()))
        .exec(txn)
        .await?;
    Ok(())
}

/// Makes an account that owns the whole platform; its address counts as verified.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn promote(txn: &Txn, user: UserId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "UPDATE users SET role = 'superadmin', email_verified_at = coalesce(email_verified_at, $2) WHERE id = $1",
        [user.0.into(), now.into()],
    )
    .await?;
    Ok(())
}
