//! Stripe's objects, as far as they are read. Fields that are not named here are ignored.

use std::collections::BTreeMap;

use serde::Deserialize;
use store::billing::subscriptions::SubscriptionStatus;

/// Names a thing.
#[derive(Debug, Deserialize)]
pub struct Named {
    /// Its id.
    pub id: String,
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub struct List<T> {
    /// Its rows.
    pub data: Vec<T>,
    /// There are more.
    #[serde(default)]
    pub has_more: bool,
}

/// A thing, or only its id.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Expandable<T> {
    /// The thing.
    Whole(Box<T>),
    /// Its id.
    Id(String),
}

/// A place to send the browser to.
#[derive(Debug, Deserialize)]
pub struct Hosted {
    /// Where.
    pub url: String,
}

/// A page on which a plan is paid for.
#[derive(Debug, Deserialize)]
pub struct Checkout {
    /// Its id.
    pub id: String,
    /// When it was made, in seconds.
    pub created: i64,
    /// Where it is; none once it cannot be paid any more.
    pub url: Option<String>,
}

/// A price.
#[derive(Debug, Deserialize)]
pub struct Price {
    /// Its id.
    pub id: String,
    /// It can be bought.
    pub active: bool,
    /// Three small letters.
    pub currency: String,
    /// In the currency's smallest unit; none where it is a fraction of one.
    pub unit_amount: Option<i64>,
    /// How often it is due; none for what is paid once.
    pub recurring: Option<Recurring>,
}

/// How often a price is due.
#[derive(Debug, Deserialize)]
pub struct Recurring {
    /// `day`, `week`, `month` or `year`.
    pub interval: String,
    /// Every how many.
    pub interval_count: i32,
}

/// A subscription.
#[derive(Debug, Deserialize)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// When it was made, in seconds.
    pub created: i64,
    /// What was noted with it: `user_id`, where it began in a checkout of ours.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// It ends with the period.
    #[serde(default)]
    pub cancel_at_period_end: bool,
    /// It ends then.
    pub cancel_at: Option<i64>,
    /// The end of the period, before the version of 2025-03-31.
    pub current_period_end: Option<i64>,
    /// What is subscribed to.
    pub items: List<Item>,
    /// The newest invoice.
    pub latest_invoice: Option<Expandable<Invoice>>,
}

/// What is subscribed to.
#[derive(Debug, Deserialize)]
pub struct Item {
    /// Its price.
    pub price: Named,
    /// The end of the period, from the version of 2025-03-31 on.
    pub current_period_end: Option<i64>,
}

/// An invoice.
#[derive(Debug, Deserialize)]
pub struct Invoice {
    /// Its id.
    pub id: String,
    /// What people call it; none for a draft.
    pub number: Option<String>,
    /// `draft`, `open`, `paid`, `uncollectible` or `void`.
    pub status: Option<String>,
    /// When it was made, in seconds.
    pub created: i64,
    /// Three small letters.
    pub currency: String,
    /// In the currency's smallest unit.
    #[serde(default)]
    pub amount_due: i64,
    /// In the currency's smallest unit.
    #[serde(default)]
    pub amount_paid: i64,
    /// Where it can be read and paid.
    pub hosted_invoice_url: Option<String>,
    /// It as a document.
    pub invoice_pdf: Option<String>,
    /// When its status changed.
    #[serde(default)]
    pub status_transitions: Transitions,
}

/// When the status of an invoice changed.
#[derive(Debug, Default, Deserialize)]
pub struct Transitions {
    /// When it was sent out, in seconds.
    pub finalized_at: Option<i64>,
}

/// What a webhook tells.
#[derive(Debug, Deserialize)]
pub struct Event {
    /// Its id, the same however often it is sent.
    pub id: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// When, in seconds.
    pub created: i64,
    /// What it happened to.
    pub data: EventData,
}

/// What something happened to.
#[derive(Debug, Deserialize)]
pub struct EventData {
    /// The thing as it was then.
    pub object: EventObject,
}

/// As much of any thing as is needed.
#[derive(Debug, Deserialize)]
pub struct EventObject {
    /// Its id.
    pub id: Option<String>,
    /// Whose it is.
    pub customer: Option<Expandable<Named>>,
    /// Three small letters.
    pub currency: Option<String>,
    /// Of an invoice.
    pub amount_due: Option<i64>,
    /// Of an invoice.
    pub amount_paid: Option<i64>,
    /// Of an invoice.
    pub number: Option<String>,
}

impl EventObject {
    /// The customer that it belongs to.
    pub fn customer(&self) -> Option<&str> {
        match self.customer.as_ref()? {
            Expandable::Whole(customer) => Some(&customer.id),
            Expandable::Id(id) => Some(id),
        }
    }
}
