//! Table `equity`: what accounts were worth at full hours.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use trading::Asset;

use crate::column::{Numeric, Text};

/// What an account was worth at a full hour.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "equity")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The connection that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    /// The end of the hour, in milliseconds on the clock of the data.
    #[sea_orm(primary_key, auto_increment = false)]
    pub at: i64,
    /// Asset that the equity is counted in.
    pub asset: Text<Asset>,
    /// Value of everything held through the connection.
    pub amount: Numeric,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
