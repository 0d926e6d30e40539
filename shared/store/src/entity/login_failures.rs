//! Table `login_failures`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// Failed logins of one account or from one address.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_failures")]
pub struct Model {
    /// Whose guesses they are: `account:<hash of the e-mail>`, `address:<network>`, `device:<id>`, `session:<id>` and others.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// How many in this run.
    pub failures: i32,
    /// When the run began.
    pub first_at: DateTime<Utc>,
    /// When it last failed.
    pub last_at: DateTime<Utc>,
    /// No login before this.
    pub locked_until: Option<DateTime<Utc>>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
