//! Table `decisions`: why bots did or did not act.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::column::Numeric;

/// Why a bot did or did not act.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decisions")]
pub struct Model {
    /// Its place in the log.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The bot that it belongs to.
    pub bot_id: Uuid,
    /// When, in milliseconds on the clock of the data.
    pub at: i64,
    /// The reason.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// Why an order was refused.
    #[sea_orm(column_type = "Text")]
    pub detail: Option<String>,
    /// Number of the deal that it is about.
    pub deal: Option<i32>,
    /// The price that it was taken at.
    pub price: Option<Numeric>,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// The numbers that decided; none in rows of releases that did not keep them.
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Option<Json>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
