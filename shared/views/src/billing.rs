//! Words about subscriptions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a subscription stands: Stripe's words, and `none` for who never had one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// There is none.
    #[default]
    None,
    /// The first payment has not been made.
    Incomplete,
    /// Nor was it in time.
    IncompleteExpired,
    /// On trial.
    Trialing,
    /// The subscription is paid.
    Active,
    /// A payment failed, Stripe tries again.
    PastDue,
    /// A payment failed, Stripe has given up.
    Unpaid,
    /// A trial ended without a way to pay.
    Paused,
    /// It has ended.
    Canceled,
}

impl SubscriptionStatus {
    /// It is owed for.
    pub fn is_unpaid(self) -> bool {
        matches!(self, Self::PastDue | Self::Unpaid)
    }

    /// It goes on, and is charged for or will be.
    pub fn is_live(self) -> bool {
        self.is_good() || self.is_unpaid() || self == Self::Paused
    }

    /// It gives its plan without any grace.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Active | Self::Trialing)
    }
}

/// Why a plan became smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DowngradeReason {
    /// The subscription is owed for, and its grace is over.
    PaymentFailed,
    /// The subscription is to a smaller plan, or has ended.
    PlanChanged,
}
