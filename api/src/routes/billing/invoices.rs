//! What was charged. Stripe keeps the invoices; nothing of them is stored here.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Serialize;
use store::billing::subscriptions;
use trading::Amount;
use utoipa::ToSchema;

use crate::{
    error::ApiError,
    extract::{ApiQuery, Reader},
    page::{self, Page, PageQuery},
    state::AppState,
    stripe::{amount_of, model},
};

const LIST: &str = "billing-invoices";

/// An invoice of the user.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invoice {
    /// Which, at Stripe.
    pub id: String,
    /// What people call it; null for a draft.
    pub number: Option<String>,
    /// `draft`, `open`, `paid`, `uncollectible` or `void`.
    pub status: Option<String>,
    /// What is asked for.
    pub amount_due: Amount,
    /// What was paid of it.
    pub amount_paid: Amount,
    /// Of what: three small letters, such as `eur`.
    pub currency: String,
    /// Where it can be read and paid.
    pub hosted_url: Option<String>,
    /// It as a document.
    pub pdf_url: Option<String>,
    /// When it was made.
    #[serde(with = "platform::time::wire_option")]
    pub created_at: Option<DateTime<Utc>>,
}

impl TryFrom<model::Invoice> for Invoice {
    type Error = ApiError;

    fn try_from(found: model::Invoice) -> Result<Self, ApiError> {
        let amount = |minor| amount_of(minor, &found.currency).map_err(ApiError::internal);
        Ok(Self {
            amount_due: amount(found.amount_due)?,
            amount_paid: amount(found.amount_paid)?,
            id: found.id,
            number: found.number,
            status: found.status,
            currency: found.currency,
            hosted_url: found.hosted_invoice_url,
            pdf_url: found.invoice_pdf,
            created_at: DateTime::from_timestamp(found.created, 0),
        })
    }
}

/// The user's invoices
///
/// Newest first, as Stripe has them now.
#[utoipa::path(
    get, path = "/api/v1/billing/invoices", tag = "billing",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of invoices", body = Page<Invoice>),
        (status = 404, description = "`billing_disabled`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`billing_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn list_invoices(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Page<Invoice>>, ApiError> {
    let billing = state.require_billing()?;
    let after: Option<String> = query.position(&state, LIST)?;
    let Some(found) = subscriptions::find(state.db.conn(), principal.user).await? else {
        return Ok(Json(Page {
            data: Vec::new(),
            next_cursor: None,
        }));
    };
    let customer = &found.stripe_customer_id;
    let listed = billing
        .stripe
        .invoices(customer, after.as_deref(), query.limit())
        .await?;
    let next_cursor = listed
        .data
        .last()
        .filter(|_| listed.has_more)
        .map(|last| page::encode(&state.keys, LIST, &last.id))
        .transpose()?;
    let data = listed.data.into_iter().map(Invoice::try_from);
    Ok(Json(Page {
        data: data.collect::<Result<_, _>>()?,
        next_cursor,
    }))
}
