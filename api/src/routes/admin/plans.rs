//! Plans, as admins see and make them.

use axum::{Json, extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use store::{
    StoreError,
    billing::{
        FREE,
        plans::{self, Plan, PlanChange, Price},
    },
    entitlements::Entitlements,
    security_log::{self, SecurityEvent},
};
use utoipa::ToSchema;

use crate::{
    billing::Billing,
    error::{ApiError, FieldCode},
    extract::{Admin, ApiJson, ApiPath, Check, ClientInfo, IfMatch, SteppedUpAdmin, with_etag},
    page::Page,
    state::AppState,
    stripe::{StripeError, amount_of},
};

/// What a plan is to be. A limit that is null is none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPlan {
    /// What people call it.
    #[schema(
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"
    )]
    name: String,
    /// What it is for; may be empty.
    #[schema(max_length = 500, pattern = r"^[^\x00-\x1f\x7f]*$")]
    description: String,
    /// Where it stands among the others, smallest first.
    #[schema(minimum = 0, maximum = 1_000_000)]
    position: i32,
    /// Whether it can be subscribed to; who has it keeps it.
    is_offered: bool,
    /// Its price at Stripe, one that recurs; null: it cannot be bought.
    #[schema(required, max_length = 100, pattern = r"^[A-Za-z0-9_]+$")]
    stripe_price_id: Option<String>,
    /// What it allows.
    entitlements: Entitlements,
    /// The version that is changed, or `If-Match`; neither for a new plan.
    #[schema(minimum = 1, maximum = 2_147_483_647, nullable = false)]
    version: Option<i32>,
}

impl Check for PutPlan {}

/// Lists all plans
///
/// Those that are no longer on offer too.
#[utoipa::path(
    get, path = "/api/v1/admin/plans", tag = "admin",
    responses(
        (status = 200, description = "The plans", body = Page<Plan>),
        (status = 404, description = "`billing_disabled`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn list_all_plans(
    State(state): State<AppState>,
    _: Admin,
) -> Result<Json<Page<Plan>>, ApiError> {
    state.require_billing()?;
    Ok(Json(Page {
        data: plans::list(state.db.conn()).await?,
        next_cursor: None,
    }))
}

/// Makes or changes a plan
///
/// The price is looked up at Stripe. Subscriptions keep the price that they began with, and stay subscriptions to this
/// plan. Limits hold at once for what is made or started from then on; an edit pauses nothing.
#[utoipa::path(
    put, path = "/api/v1/admin/plans/{id}", tag = "admin",
    params(
        ("id" = String, Path, description = "Id of the plan", min_length = 1, max_length = 40, pattern = r"^[a-z0-9][a-z0-9_-]*$"),
        ("If-Match" = inline(Option<String>), Header, description = "The version that is changed, as `ETag` gave it; `*` for whichever is there",
            pattern = r#"^(\*|(W/)?"[1-9][0-9]{0,8}(-[0-9A-Za-z_-]+)?")$"#),
    ),
    request_body = PutPlan,
    responses(
        (status = 200, description = "The plan after the change", body = Plan),
        (status = 201, description = "The new plan", body = Plan),
        (status = 409, description = "`version_conflict`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`billing_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`billing_disabled`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn put_plan(
    State(state): State<AppState>,
    SteppedUpAdmin(admin): SteppedUpAdmin,
    ApiPath(id): ApiPath<String>,
    if_match: IfMatch,
    client: ClientInfo,
    ApiJson { value: wanted, .. }: ApiJson<PutPlan>,
) -> Result<Response, ApiError> {
    let billing = state.require_billing()?;
    let creates = !if_match.is_given() && wanted.version.is_none();
    let expected = (!creates)
        .then(|| if_match.or_body(wanted.version))
        .transpose()?;
    if !is_plan_id(&id) {
        return Err(ApiError::NotFound);
    }
    if id == FREE && (wanted.stripe_price_id.is_some() || !wanted.is_offered) {
        return Err(ApiError::field(
            "",
            FieldCode::Conflict,
            "the free plan costs nothing and is always on offer",
        ));
    }
    let price = match wanted.stripe_price_id {
        Some(price) => Some(look_up(billing, price).await?),
        None => None,
    };
    let change = PlanChange {
        name: wanted.name,
        description: wanted.description,
        position: wanted.position,
        is_offered: wanted.is_offered,
        price,
        entitlements: wanted.entitlements,
    };
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    let version = match expected {
        None => 0,
        Some(expected) => {
            let before = plans::find(&txn, &id).await?.ok_or(ApiError::NotFound)?;
            expected.check(before.version)?
        }
    };
    let made = plans::put(&txn, &id, version, &change, now)
        .await
        .map_err(taken)?;
    let Some(plan) = made else {
        return Err(match plans::find(&txn, &id).await? {
            Some(plan) => ApiError::VersionConflict {
                current_version: plan.version,
            },
            None => ApiError::NotFound,
        });
    };
    let detail = json!({ "plan": plan.id, "version": plan.version });
    let user = Some(admin.user);
    let logged = SecurityEvent::PlanEdited;
    security_log::record(&txn, user, logged, &client.caller, detail, now).await?;
    txn.commit().await.map_err(StoreError::from)?;
    let status = if version == 0 {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(with_etag(status, plan.version, &plan))
}

/// As the table wants it.
fn is_plan_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut bytes = id.bytes();
    id.len() <= 40
        && bytes.next().is_some_and(plain)
        && bytes.all(|byte| plain(byte) || b"_-".contains(&byte))
}

fn taken(error: StoreError) -> ApiError {
    if error.is_conflict_on(plans::PRICE_KEY) {
        price_error(FieldCode::Duplicate, "is the price of another plan")
    } else {
        error.into()
    }
}

fn price_error(code: FieldCode, message: &'static str) -> ApiError {
    ApiError::field("/stripe_price_id", code, message)
}

/// What a price is at Stripe.
async fn look_up(billing: &Billing, id: String) -> Result<(String, Price), ApiError> {
    let found = billing.stripe.price(&id).await.map_err(|error| {
        if StripeError::is_missing(&error) {
            price_error(FieldCode::NotFound, "is no price at Stripe")
        } else {
            error.into()
        }
    })?;
    let (Some(recurring), Some(minor), true) = (found.recurring, found.unit_amount, found.active)
    else {
        return Err(price_error(
            FieldCode::Invalid,
            "is not an active price of a whole amount that recurs",
        ));
    };
    let price = Price {
        amount: amount_of(minor, &found.currency).map_err(ApiError::internal)?,
        currency: found.currency,
        interval: recurring.interval,
        interval_count: recurring.interval_count,
    };
    Ok((id, price))
}
