//! Plans on offer.

use axum::{Json, extract::State};
use serde::Serialize;
use store::{
    billing::plans::{self, Plan, Price},
    entitlements::Entitlements,
};
use utoipa::ToSchema;

use crate::{error::ApiError, extract::Reader, page::Page, state::AppState};

/// A plan on offer.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferedPlan {
    /// Id of the plan.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it costs; null: nothing, or it cannot be bought here.
    pub price: Option<Price>,
    /// Whether a checkout for it can begin.
    pub can_be_bought: bool,
    /// What it allows.
    pub entitlements: Entitlements,
}

impl From<Plan> for OfferedPlan {
    fn from(plan: Plan) -> Self {
        Self {
            can_be_bought: plan.stripe_price_id.is_some(),
            id: plan.id,
            name: plan.name,
            description: plan.description,
            price: plan.price,
            entitlements: plan.entitlements,
        }
    }
}

/// The plans on offer
///
/// All of them, the smallest first.
#[utoipa::path(
    get, path = "/api/v1/billing/plans", tag = "billing",
    responses(
        (status = 200, description = "The plans", body = Page<OfferedPlan>),
        (status = 404, description = "`billing_disabled`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn list_plans(
    State(state): State<AppState>,
    _: Reader,
) -> Result<Json<Page<OfferedPlan>>, ApiError> {
    state.require_billing()?;
    let all = plans::list(state.db.conn()).await?;
    let offered = all.into_iter().filter(|plan| plan.is_offered);
    Ok(Json(Page {
        data: offered.map(OfferedPlan::from).collect(),
        next_cursor: None,
    }))
}
