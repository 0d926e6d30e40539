//! What is told of subscriptions and payments.

use chrono::{DateTime, Utc};
use serde::Serialize;
use trading::Amount;
use utoipa::ToSchema;

use crate::billing::{DowngradeReason, SubscriptionStatus};

/// Data of `billing.checkout_completed`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BillingCheckoutCompleted {
    /// Id of the checkout at Stripe.
    pub id: Option<String>,
}

/// Data of `billing.subscription_changed`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BillingSubscriptionChanged {
    /// The plan that is in force.
    pub plan: String,
    /// Where the subscription stands.
    pub status: SubscriptionStatus,
    /// Until when it is paid for.
    #[serde(with = "platform::time::wire_option")]
    pub current_period_end: Option<DateTime<Utc>>,
    /// Whether it ends then.
    pub cancel_at_period_end: bool,
    /// Until when an unpaid subscription gives its plan nevertheless.
    #[serde(with = "platform::time::wire_option")]
    pub grace_until: Option<DateTime<Utc>>,
}

/// How much an invoice is about.
#[derive(Debug, Clone, PartialEq)]
pub struct InvoiceSum {
    /// The number that Stripe prints on it.
    pub number: Option<String>,
    /// In whole units of the currency.
    pub amount: Option<Amount>,
    /// Three small letters.
    pub currency: String,
}

/// One body an event about an invoice: the two have the same fields. What Stripe's invoice does not have is null; without a
/// currency there is no sum to tell, and its fields are left out.
macro_rules! of_invoice {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
        pub struct $name {
            /// Id of the invoice at Stripe.
            pub id: Option<String>,
            /// The number that Stripe prints on it.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>)]
            pub number: Option<Option<String>>,
            /// How much, in whole units of the currency.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<Amount>)]
            pub amount: Option<Option<Amount>>,
            /// Three small letters.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false, example = "eur")]
            pub currency: Option<String>,
        }

        impl $name {
            /// Tells of an invoice; without a sum where Stripe names no currency.
            pub fn new(id: Option<String>, sum: Option<InvoiceSum>) -> Self {
                let (number, amount, currency) = match sum {
                    Some(sum) => (Some(sum.number), Some(sum.amount), Some(sum.currency)),
                    None => (None, None, None),
                };
                Self { id, number, amount, currency }
            }
        }
    };
}

of_invoice! {
    /// Data of `billing.invoice_paid`.
    BillingInvoicePaid
}

of_invoice! {
    /// Data of `billing.payment_failed`.
    BillingPaymentFailed
}

/// Data of `billing.plan_downgraded`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BillingPlanDowngraded {
    /// The plan that is in force.
    pub plan: String,
    /// Why it is in force.
    pub reason: DowngradeReason,
    /// How many bots were told to pause.
    pub paused_bots: usize,
}
