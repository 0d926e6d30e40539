//! Table `mail_budgets`: how many mails a mailbox gets or a user causes.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// Two buckets that leak with time.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_budgets")]
pub struct Model {
    /// `mailbox:` and a hash of the address, or `change_email:` and the id of the user.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// When the bucket of minutes is empty again.
    pub burst_until: DateTime<Utc>,
    /// When the bucket of hours is empty again; after that the row may go.
    pub long_until: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
