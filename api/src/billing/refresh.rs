//! Brings a user's subscription to where Stripe says it is.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use serde_json::json;
use store::{
    StoreError,
    billing::{
        events, plans,
        subscriptions::{self, Subscription, SubscriptionStatus, Told},
    },
    security_log::{self, Caller, SecurityEvent},
};
use views::{EventBody, event::BillingSubscriptionChanged};

use super::Billing;
use crate::{
    change::UserChange,
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
    pub tell: Option<EventBody>,
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
    let mut listed = billing.stripe.subscriptions(customer).await?.data;
    listed.sort_by_key(precedence);
    end_duplicates(state, billing, user, &listed).await?;
    let now = state.clock.now();
    let told = match listed.into_iter().next() {
        Some(subscription) => Some(told(state, subscription).await?),
        None => None,
    };
    let mut change = state.begin_change(user).await?;
    if !events::note(&change.txn, (cause.id, cause.kind), user, cause.at, now).await? {
        return Ok(());
    }
    let before = subscriptions::lock(&change.txn, user)
        .await?
        .ok_or(StoreError::NotFound)?;
    if let Some(news) = cause.tell {
        change.event(news);
    }
    if question > before.answered {
        let after = before.after(told.as_ref(), billing.grace, now);
        subscriptions::write(&change.txn, user, question, &after, now).await?;
        tell_changed(&mut change, &before, &after, now).await?;
    }
    change.commit(now).await?;
    Ok(())
}

/// The first one counts, where somebody has several: a good one before an unpaid one before an ended one, then the newest.
fn precedence(one: &model::Subscription) -> (u8, Reverse<i64>, Reverse<String>) {
    let rank = match one.status {
        SubscriptionStatus::Active | SubscriptionStatus::Trialing => 0,
        SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid => 1,
        SubscriptionStatus::Paused | SubscriptionStatus::Incomplete => 2,
        SubscriptionStatus::Canceled
        | SubscriptionStatus::IncompleteExpired
        | SubscriptionStatus::None => 3,
    };
    (rank, Reverse(one.created), Reverse(one.id.clone()))
}

/// Cancels all subscriptions that began in checkouts of ours but the one that counts: nobody is to be charged twice.
/// Those that somebody made at Stripe by hand are left alone.
///
/// # Errors
/// 503 while Stripe is away; where it does not let us, an operator is told by the log.
async fn end_duplicates(
    state: &AppState,
    billing: &Billing,
    user: UserId,
    sorted: &[model::Subscription],
) -> Result<(), ApiError> {
    let id = user.to_string();
    let mut ours = sorted
        .iter()
        .filter(|one| one.status.is_live() && one.metadata.get("user_id") == Some(&id));
    let Some(kept) = ours.next() else {
        return Ok(());
    };
    for duplicate in ours {
        match billing.stripe.cancel_subscription(&duplicate.id).await {
            Ok(_) => {}
            // Another webhook was quicker.
            Err(error) if error.is_missing() => continue,
            Err(error) if error.is_temporary() => return Err(error.into()),
            Err(error) => {
                tracing::error!(%error, subscription = duplicate.id, "a second subscription could not be cancelled");
                continue;
            }
        }
        metrics::counter!("api_duplicate_subscriptions_total").increment(1);
        tracing::warn!(
            subscription = duplicate.id,
            kept = kept.id,
            "a second subscription was cancelled; what was paid for it is to be paid back by hand"
        );
        let (conn, now) = (state.db.conn(), state.clock.now());
        let detail = json!({ "subscription": duplicate.id, "kept": kept.id });
        let logged = SecurityEvent::DuplicateSubscriptionCanceled;
        security_log::record(conn, Some(user), logged, &Caller::default(), detail, now).await?;
    }
    Ok(())
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

/// Logs the change of a subscription and tells the user of it, if they would see any.
async fn tell_changed(
    change: &mut UserChange,
    before: &Subscription,
    after: &Subscription,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let seen = |row: &Subscription| BillingSubscriptionChanged {
        plan: row.effective_plan(now).to_owned(),
        status: row.status,
        current_period_end: row.current_period_end,
        cancel_at_period_end: row.cancel_at_period_end,
        grace_until: row.grace_until,
    };
    let body = seen(after);
    if body == seen(before) {
        return Ok(());
    }
    let logged = SecurityEvent::SubscriptionChanged;
    let caller = Caller::default();
    let user = Some(change.user());
    let detail = serde_json::to_value(&body).map_err(ApiError::internal)?;
    security_log::record(&change.txn, user, logged, &caller, detail, now).await?;
    change.event(body);
    Ok(())
}
