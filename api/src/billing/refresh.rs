//! Brings a user's subscription to where Stripe says it is.

use std::cmp::Reverse;

use ::events::EventType;
use chrono::{DateTime, Utc};
use platform::ids::UserId;
use serde_json::{Value, json};
use store::{
    StoreError, Txn,
    billing::{
        events, plans,
        subscriptions::{self, Subscription, SubscriptionStatus, Told},
    },
    events::NewEvent,
    security_log::{self, Caller, SecurityEvent},
};

use super::Billing;
use crate::{
    error::ApiError,
    state::AppState,
    stripe::model::{self, Expandable},
};

/// The webhook that said something changed.
#[derive(Debug)]
pub struct Cause<'a> {
    /// Id of the event.
    pub id: &'a str,
    /// Its type.
    pub kind: &'a str,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What the user is told of it, beside a subscription that changed.
    pub tell: Option<NewEvent>,
}

/// Asks Stripe how things stand, and writes it down once for this webhook. Nothing of it depends on the order in which
/// webhooks come; see [`store::billing::subscriptions`].
///
/// # Errors
/// 503 while Stripe or the database is away: Stripe sends the webhook again.
pub async fn refresh(
    state: &AppState,
    billing: &Billing,
    user: UserId,
    customer: &str,
    cause: Cause<'_>,
) -> Result<(), ApiError> {
    let question = subscriptions::ask(state.db.conn(), user).await?;
    let listed = billing.stripe.subscriptions(customer).await?;
    let now = state.clock.now();
    let told = match foremost(listed.data) {
        Some(subscription) => Some(told(state, subscription).await?),
        None => None,
    };
    let txn = state.db.begin().await?;
    if !events::note(&txn, (cause.id, cause.kind), user, cause.at, now).await? {
        return Ok(());
    }
    let before = subscriptions::lock(&txn, user)
        .await?
        .ok_or(StoreError::NotFound)?;
    let mut news: Vec<NewEvent> = cause.tell.into_iter().collect();
    if question > before.answered {
        let after = before.after(told.as_ref(), billing.grace, now);
        subscriptions::write(&txn, user, question, &after, now).await?;
        news.extend(changed(&txn, user, &before, &after, now).await?);
    }
    if !news.is_empty() {
        store::events::append_batch(&txn, now, user, &news).await?;
    }
    txn.commit().await.map_err(StoreError::from)?;
    if !news.is_empty() {
        state.notifier.events_committed(user);
    }
    Ok(())
}

/// The one that counts, where somebody has several: a good one before an unpaid one before an ended one, then the
/// newest.
fn foremost(all: Vec<model::Subscription>) -> Option<model::Subscription> {
    all.into_iter().min_by_key(|one| {
        let rank = match one.status {
            SubscriptionStatus::Active | SubscriptionStatus::Trialing => 0,
            SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid => 1,
            SubscriptionStatus::Paused | SubscriptionStatus::Incomplete => 2,
            SubscriptionStatus::Canceled
            | SubscriptionStatus::IncompleteExpired
            | SubscriptionStatus::None => 3,
        };
        (rank, Reverse(one.created), Reverse(one.id.clone()))
    })
}

async fn told(state: &AppState, found: model::Subscription) -> Result<Told, ApiError> {
    let at = |seconds: i64| DateTime::from_timestamp(seconds, 0);
    let item = found.items.data.first();
    let plan_id = match item {
        Some(item) => plans::of_price(state.db.conn(), &item.price.id).await?,
        None => None,
    };
    if plan_id.is_none() {
        tracing::warn!(subscription = found.id, "is to a price of no plan");
    }
    let unpaid_since = match &found.latest_invoice {
        Some(Expandable::Whole(invoice)) => {
            let finalized = invoice.status_transitions.finalized_at;
            at(finalized.unwrap_or(invoice.created))
        }
        Some(Expandable::Id(_)) | None => None,
    };
    Ok(Told {
        plan_id,
        status: found.status,
        current_period_end: item
            .and_then(|item| item.current_period_end)
            .or(found.current_period_end)
            .and_then(at),
        cancel_at_period_end: found.cancel_at_period_end || found.cancel_at.is_some(),
        unpaid_since,
        stripe_subscription_id: found.id,
    })
}

/// What is said and logged of the change, if users would see any.
async fn changed(
    txn: &Txn,
    user: UserId,
    before: &Subscription,
    after: &Subscription,
    now: DateTime<Utc>,
) -> Result<Option<NewEvent>, ApiError> {
    let seen = |row: &Subscription| -> Value {
        json!({
            "plan": row.effective_plan(now), "status": row.status,
            "current_period_end": row.current_period_end.map(platform::time::to_wire),
            "cancel_at_period_end": row.cancel_at_period_end,
            "grace_until": row.grace_until.map(platform::time::to_wire),
        })
    };
    let body = seen(after);
    if body == seen(before) {
        return Ok(None);
    }
    let logged = SecurityEvent::SubscriptionChanged;
    let caller = Caller::default();
    security_log::record(txn, Some(user), logged, &caller, body.clone(), now).await?;
    Ok(Some(NewEvent {
        kind: EventType::BillingSubscriptionChanged,
        body,
    }))
}
