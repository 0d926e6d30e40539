//! Table `subscriptions`: who is which customer at Stripe, and what it says of their subscription.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use views::billing::SubscriptionStatus;

use crate::column::Text;

/// The subscription of a user.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "subscriptions")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The user at Stripe.
    #[sea_orm(column_type = "Text")]
    pub stripe_customer_id: String,
    /// The subscription at Stripe.
    #[sea_orm(column_type = "Text")]
    pub stripe_subscription_id: Option<String>,
    /// To which plan; none also where its price is no plan's.
    #[sea_orm(column_type = "Text")]
    pub plan_id: Option<String>,
    /// Where it stands.
    pub status: Text<SubscriptionStatus>,
    /// Until when it is paid for.
    pub current_period_end: Option<DateTime<Utc>>,
    /// Whether it ends then.
    pub cancel_at_period_end: bool,
    /// Since when it is owed for.
    pub unpaid_since: Option<DateTime<Utc>>,
    /// Until when it gives its plan nevertheless.
    pub grace_until: Option<DateTime<Utc>>,
    /// When bots beyond the plan are to be paused; none once they are.
    pub enforce_at: Option<DateTime<Utc>>,
    /// When that was done for want of payment.
    pub downgraded_at: Option<DateTime<Utc>>,
    /// Numbers the questions to Stripe.
    pub asked: i64,
    /// Number of the newest answer of Stripe that was written.
    pub answered: i64,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
}

/// No relations: queries name what they join.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
