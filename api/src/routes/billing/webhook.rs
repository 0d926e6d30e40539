//! What Stripe tells.

use axum::extract::{Request, State};
use chrono::DateTime;
use http::StatusCode;
use store::billing::{events, subscriptions};
use views::{
    EventBody,
    event::{BillingCheckoutCompleted, BillingInvoicePaid, BillingPaymentFailed, InvoiceSum},
};

use crate::{
    billing::refresh::{Cause, refresh},
    error::ApiError,
    extract::{self, MAX_BODY_BYTES},
    state::AppState,
    stripe::{
        SignatureError, amount_of,
        model::{Event, EventObject},
    },
};

const HEADER: &str = "stripe-signature";

/// Takes what Stripe tells
///
/// The signature is checked before anything is read. Each event is applied once, in whatever order they come; types that
/// are of no use here are acknowledged.
#[utoipa::path(
    post, path = "/api/v1/billing/webhook", tag = "billing", security(()),
    params(("Stripe-Signature" = inline(Option<String>), Header, description = "Stripe's proof that the event is its own: `t=…,v1=…`")),
    request_body(content = Object, content_type = "application/json", description = "An event, as Stripe sends it"),
    responses(
        (status = 204, description = "It is applied, was before, or is of no use here"),
        (status = 400, description = "`invalid_signature`, `malformed_json`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`billing_disabled`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`billing_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn receive_webhook(
    State(state): State<AppState>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let billing = state.require_billing()?;
    let mut signatures = request.headers().get_all(HEADER).iter();
    let signature = match (signatures.next(), signatures.next()) {
        (Some(only), None) => only.to_str().ok().map(str::to_owned),
        _ => None,
    };
    let body = extract::read(request, MAX_BODY_BYTES).await?;
    billing
        .webhooks
        .verify(&signature.unwrap_or_default(), &body, state.clock.now())
        .map_err(refused)?;
    let event: Event = serde_json::from_slice(&body)
        .map_err(|error| ApiError::MalformedJson(error.to_string()))?;
    if !HANDLED.contains(&event.kind.as_str()) {
        return Ok(StatusCode::NO_CONTENT);
    }
    let object = &event.data.object;
    let conn = state.db.conn();
    let Some(customer) = object.customer() else {
        return Ok(StatusCode::NO_CONTENT);
    };
    // A customer that somebody made at Stripe by hand is nobody here.
    let Some(user) = subscriptions::owner(conn, customer).await? else {
        return Ok(StatusCode::NO_CONTENT);
    };
    if events::is_applied(conn, &event.id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let cause = Cause {
        id: &event.id,
        kind: &event.kind,
        at: DateTime::from_timestamp(event.created, 0).unwrap_or_default(),
        tell: told(&event.kind, object)?,
    };
    refresh(&state, billing, user, customer, cause).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What says that a subscription may have changed.
const HANDLED: &[&str] = &[
    "checkout.session.completed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.paid",
    "invoice.payment_failed",
];

fn refused(error: SignatureError) -> ApiError {
    metrics::counter!("api_webhooks_refused_total").increment(1);
    tracing::warn!(%error, "a webhook was refused");
    ApiError::InvalidSignature(error)
}

/// What the user is told of the event itself.
fn told(kind: &str, object: &EventObject) -> Result<Option<EventBody>, ApiError> {
    let id = object.id.clone();
    let event = match kind {
        "checkout.session.completed" => BillingCheckoutCompleted { id }.into(),
        "invoice.paid" => BillingInvoicePaid::new(id, sum(object, object.amount_paid)?).into(),
        "invoice.payment_failed" => {
            BillingPaymentFailed::new(id, sum(object, object.amount_due)?).into()
        }
        _ => return Ok(None),
    };
    Ok(Some(event))
}

/// What an invoice is about, if it says in which currency; `minor` in the smallest units of that.
fn sum(object: &EventObject, minor: Option<i64>) -> Result<Option<InvoiceSum>, ApiError> {
    let Some(currency) = &object.currency else {
        return Ok(None);
    };
    let amount = minor
        .map(|minor| amount_of(minor, currency))
        .transpose()
        .map_err(ApiError::internal)?;
    Ok(Some(InvoiceSum {
        number: object.number.clone(),
        amount,
        currency: currency.clone(),
    }))
}
