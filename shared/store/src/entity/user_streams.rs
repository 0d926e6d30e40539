//! Table `user_streams`: how far the log of events of each user is.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// How far the log of events of a user is.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_streams")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The newest `seq` given out; the next event of this user has one more.
    pub last_seq: i64,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
