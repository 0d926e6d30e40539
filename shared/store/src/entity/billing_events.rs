//! Table `billing_events`: the events of Stripe that were applied, each once.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// An event of Stripe that was applied.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "billing_events")]
pub struct Model {
    /// Stripe's id of the event.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub stripe_event_id: String,
    /// Whose it was; none after the account was deleted.
    pub user_id: Option<Uuid>,
    /// Stripe's name for what happened.
    #[sea_orm(column_name = "type", column_type = "Text")]
    pub kind: String,
    /// When it happened, as Stripe says.
    pub happened_at: DateTime<Utc>,
    /// When it was applied.
    pub created_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
