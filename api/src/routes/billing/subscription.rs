//! What the caller has subscribed to.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Serialize;
use store::{
    billing::subscriptions::{self, SubscriptionStatus},
    entitlements::{self, Entitlements, Usage},
};
use utoipa::ToSchema;

use crate::{error::ApiError, extract::Reader, state::AppState};

/// What a user has subscribed to, and what that allows.
#[derive(Debug, Serialize, ToSchema)]
pub struct CurrentSubscription {
    /// The plan that holds now; `free` without a subscription that is paid for.
    pub plan: String,
    /// Where the subscription stands.
    pub status: SubscriptionStatus,
    /// Until when it is paid for.
    #[serde(with = "platform::time::wire_option")]
    pub current_period_end: Option<DateTime<Utc>>,
    /// It ends then.
    pub cancel_at_period_end: bool,
    /// A payment failed: until when the plan holds nevertheless.
    #[serde(with = "platform::time::wire_option")]
    pub grace_until: Option<DateTime<Utc>>,
    /// What the plan allows.
    pub entitlements: Entitlements,
    /// What there is of it.
    pub usage: Usage,
}

/// What the user has subscribed to
///
/// After a checkout it may take some seconds until Stripe has said so; the event `billing.subscription_changed` comes
/// with it.
#[utoipa::path(
    get, path = "/api/v1/billing/subscription", tag = "billing",
    responses(
        (status = 200, description = "The subscription", body = CurrentSubscription),
        (status = 404, description = "`billing_disabled`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn get_subscription(
    State(state): State<AppState>,
    Reader(principal): Reader,
) -> Result<Json<CurrentSubscription>, ApiError> {
    state.require_billing()?;
    let conn = state.db.conn();
    let plan = entitlements::plan(conn, principal.user, state.clock.now()).await?;
    let usage = entitlements::usage(conn, principal.user).await?;
    let found = subscriptions::find(conn, principal.user).await?;
    let found = found.as_ref();
    Ok(Json(CurrentSubscription {
        plan: plan.id,
        status: found.map(|row| row.status).unwrap_or_default(),
        current_period_end: found.and_then(|row| row.current_period_end),
        cancel_at_period_end: found.is_some_and(|row| row.cancel_at_period_end),
        grace_until: found.and_then(|row| row.grace_until),
        entitlements: plan.entitlements,
        usage,
    }))
}
