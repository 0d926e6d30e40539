//! Table `ended_frontend_logins`: the ids of frontend logins that are over.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A login of the frontend that is over.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ended_frontend_logins")]
pub struct Model {
    /// A former value of `users.frontend_login`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
