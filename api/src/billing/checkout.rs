//! One checkout that can be paid, and none beside a subscription.

use super::Billing;
use crate::{
    error::ApiError,
    stripe::{
        CheckoutOrder, StripeError,
        model::{Checkout, Subscription},
    },
};

/// Begins a checkout, the only one of its customer that can still be paid.
///
/// Whoever has made one ends all that are open but the newest, before anybody is sent there. So of several at once one
/// stays, and only then it is looked for a subscription: an older checkout either cannot be paid any more, or was paid
/// before and is seen.
///
/// # Errors
/// 409 where there is a subscription, or another checkout took the place of this one; 503 while Stripe is away.
pub async fn begin(
    billing: &Billing,
    order: &CheckoutOrder<'_>,
    idempotency_key: &str,
) -> Result<String, ApiError> {
    let made = billing
        .stripe
        .create_checkout(order, idempotency_key)
        .await?;
    let mut open = billing.stripe.open_checkouts(order.customer).await?.data;
    open.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
    let newest = open.pop();
    for older in &open {
        expire(billing, older).await?;
    }
    // Made again under its key, it may have been ended long ago.
    let url = newest
        .filter(|newest| newest.id == made.id)
        .and_then(|newest| newest.url)
        .ok_or(ApiError::CheckoutSuperseded)?;
    let subscriptions = billing.stripe.subscriptions(order.customer).await?.data;
    if subscriptions.iter().any(|one| one.status.is_live()) {
        expire(billing, &made).await?;
        return Err(ApiError::AlreadySubscribed);
    }
    Ok(url)
}

/// Leaves a customer nothing that can be paid, before the account is closed.
///
/// # Errors
/// 409 where a subscription would be charged on, also one that Stripe has not told of yet; 503 while Stripe is away.
pub async fn close(billing: &Billing, customer: &str) -> Result<(), ApiError> {
    let open = match billing.stripe.open_checkouts(customer).await {
        Ok(open) => open.data,
        // Somebody has deleted the customer at Stripe.
        Err(error) if error.is_missing() || error.is_over() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for checkout in &open {
        expire(billing, checkout).await?;
    }
    let subscriptions = billing.stripe.subscriptions(customer).await?.data;
    if subscriptions.iter().any(is_charged_on) {
        return Err(ApiError::SubscriptionActive);
    }
    Ok(())
}

fn is_charged_on(subscription: &Subscription) -> bool {
    let ends = subscription.cancel_at_period_end || subscription.cancel_at.is_some();
    subscription.status.is_live() && !ends
}

/// Lets a checkout be paid no more, if it has not been already.
async fn expire(billing: &Billing, checkout: &Checkout) -> Result<(), StripeError> {
    match billing.stripe.expire_checkout(&checkout.id).await {
        Err(error) if !error.is_over() => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}
