//! Buying a plan.

use axum::{Json, extract::State, response::IntoResponse, response::Response};
use http::StatusCode;
use platform::ids::UserId;
use serde::Deserialize;
use store::{
    StoreError,
    billing::{plans, subscriptions},
    users,
};
use utoipa::ToSchema;

use super::HostedPage;
use crate::{
    billing::{self, Billing},
    error::{ApiError, FieldCode},
    extract::{ApiJson, Check, Person},
    idempotency::IdempotencyKey,
    state::AppState,
    stripe::CheckoutOrder,
};

const CREATE: &str = "POST /api/v1/billing/checkout";

/// What is to be bought.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCheckout {
    /// A plan on offer that can be bought.
    #[schema(min_length = 1, max_length = 40, pattern = r"^[a-z0-9][a-z0-9_-]*$")]
    plan: String,
}

impl Check for CreateCheckout {}

/// Begins a checkout
///
/// Send the browser to the URL. Stripe sends it back to the frontend's `/billing`, with `checkout=success` or
/// `checkout=cancelled`. A checkout that was begun before can no longer be paid. A subscription that is there already is
/// changed in the portal.
#[utoipa::path(
    post, path = "/api/v1/billing/checkout", tag = "billing",
    params(("Idempotency-Key" = inline(Option<String>), Header, description = "Names this attempt", min_length = 1, max_length = 255,
        pattern = r"^[\x21-\x7e]+$")),
    request_body = CreateCheckout,
    responses(
        (status = 200, description = "Where to pay", body = HostedPage),
        (status = 404, description = "`billing_disabled`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`already_subscribed`: see the portal; `checkout_superseded`: another one was begun at the same \
            time; `idempotency_in_flight`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`billing_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn create_checkout(
    State(state): State<AppState>,
    Person(principal): Person,
    key: IdempotencyKey,
    ApiJson { value, bytes }: ApiJson<CreateCheckout>,
) -> Result<Response, ApiError> {
    let billing = state.require_billing()?;
    let once = key.bind(&state, Some(principal.user), CREATE, &bytes);
    if let Some(replay) = once.replay(&state).await? {
        return replay.into_answer();
    }
    let plan = plans::find(state.db.conn(), &value.plan).await?;
    let price = plan
        .filter(|plan| plan.is_offered)
        .and_then(|plan| plan.stripe_price_id)
        .ok_or_else(|| ApiError::field("/plan", FieldCode::NotFound, "is no plan on sale"))?;
    let customer = customer(&state, billing, principal.user).await?;
    let order = CheckoutOrder {
        customer: &customer,
        user: &principal.user.to_string(),
        price: &price,
        success_url: &format!("{}/billing?checkout=success", billing.app_url),
        cancel_url: &format!("{}/billing?checkout=cancelled", billing.app_url),
    };
    let url = billing::checkout::begin(billing, &order, &once.foreign_key(&state)).await?;
    let answer = HostedPage { url };
    let kept = serde_json::to_value(&answer).map_err(ApiError::internal)?;
    let txn = state.db.begin().await?;
    if let Some(replay) = once.enter(&state, &txn).await? {
        return replay.into_answer();
    }
    once.keep(&state, &txn, StatusCode::OK.as_u16(), &kept)
        .await?;
    txn.commit().await.map_err(StoreError::from)?;
    Ok(Json(answer).into_response())
}

/// Who the user is at Stripe, made if need be.
async fn customer(state: &AppState, billing: &Billing, user: UserId) -> Result<String, ApiError> {
    let conn = state.db.conn();
    if let Some(found) = subscriptions::find(conn, user).await? {
        if found.status.is_live() {
            return Err(ApiError::AlreadySubscribed);
        }
        return Ok(found.stripe_customer_id);
    }
    let account = users::find(conn, user)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    let id = user.to_string();
    let parts: [&[u8]; 2] = [id.as_bytes(), account.email.as_bytes()];
    // Two checkouts at once make one customer. The address is part of the key: another one is another request.
    let key = hex::encode(state.keys.hash("stripe customer", &parts));
    let made = billing
        .stripe
        .create_customer(&id, &account.email, &key)
        .await?;
    let known = subscriptions::link(conn, user, &made.id, state.clock.now()).await?;
    Ok(known)
}
