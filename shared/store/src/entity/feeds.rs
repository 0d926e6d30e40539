//! Table `feeds`: where the prices of each paper account stand.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use views::connections::FeedStatus;

use crate::column::{Numeric, Text};

/// The feed of a paper account.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "feeds")]
pub struct Model {
    /// The paper account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    /// Whether it plays.
    pub status: Text<FeedStatus>,
    /// Points played: all else of this connection is as it was after exactly so many.
    pub input_pos: i64,
    /// Time of the last point, in milliseconds on the clock of the data.
    pub data_time: Option<i64>,
    /// Price of the last point.
    pub price: Option<Numeric>,
    /// Why it cannot go on.
    #[sea_orm(column_type = "Text")]
    pub error: Option<String>,
    /// Missing candles that were passed.
    #[sea_orm(column_type = "JsonBinary")]
    pub gaps: Json,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
