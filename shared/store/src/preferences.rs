//! The user's own settings: a document whose form is the API's business.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde_json::Value;

use crate::{StoreError, entity::users};

/// A user's settings and the version of the account that they belong to.
#[derive(Debug, Clone)]
pub struct Preferences {
    /// The document.
    pub document: Value,
    /// The account's version.
    pub version: i32,
}

impl From<users::Model> for Preferences {
    fn from(row: users::Model) -> Self {
        Self {
            document: row.preferences,
            version: row.version,
        }
    }
}

/// A user's settings.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find(
    conn: &impl ConnectionTrait,
    user: UserId,
) -> Result<Option<Preferences>, StoreError> {
    let row = users::Entity::find_by_id(user.0).one(conn).await?;
    Ok(row.map(Preferences::from))
}

/// Replaces the settings of an account that still has `version`; none if it has another one.
///
/// # Errors
/// [`StoreError`] of the update.
pub async fn replace(
    conn: &impl ConnectionTrait,
    user: UserId,
    version: i32,
    document: Value,
    now: DateTime<Utc>,
) -> Result<Option<Preferences>, StoreError> {
    let rows = users::Entity::update_many()
        .col_expr(users::Column::Preferences, Expr::value(document))
        .col_expr(
            users::Column::Version,
            Expr::col(users::Column::Version).add(1),
        )
        .col_expr(users::Column::UpdatedAt, Expr::value(now))
        .filter(users::Column::Id.eq(user.0))
        .filter(users::Column::Version.eq(version))
        .exec_with_returning(conn)
        .await?;
    Ok(rows.into_iter().next().map(Preferences::from))
}
