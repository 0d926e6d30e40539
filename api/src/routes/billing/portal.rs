//! Changing, paying and ending a subscription, on Stripe's own page.

use axum::{Json, extract::State};
use store::billing::subscriptions;

use super::HostedPage;
use crate::{error::ApiError, extract::Person, state::AppState};

/// Opens the portal
///
/// Send the browser to the URL: cards, plan, cancellation. Stripe sends it back to the frontend's `/billing`.
#[utoipa::path(
    post, path = "/api/v1/billing/portal", tag = "billing",
    responses(
        (status = 200, description = "Where it is", body = HostedPage),
        (status = 404, description = "`billing_disabled`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`not_subscribed`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`billing_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn create_portal(
    State(state): State<AppState>,
    Person(principal): Person,
) -> Result<Json<HostedPage>, ApiError> {
    let billing = state.require_billing()?;
    let found = subscriptions::find(state.db.conn(), principal.user)
        .await?
        .ok_or(ApiError::NotSubscribed)?;
    let return_url = format!("{}/billing", billing.app_url);
    let key = hex::encode(platform::random::bytes::<16>());
    let hosted = billing
        .stripe
        .create_portal(&found.stripe_customer_id, &return_url, &key)
        .await?;
    Ok(Json(HostedPage { url: hosted.url }))
}
