//! Deals of all bots.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use store::trading::{
    deals::{self, Deal},
    pages::Filter,
};
use trading::Symbol;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{ApiQuery, Reader},
    page::{Page, PageQuery},
    state::AppState,
    wire::wire_name,
};

const LIST: &str = "deals";

/// Which deals.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DealsQuery {
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    cursor: Option<String>,
    /// Deals of a page, 50 by default.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
    /// Only those of this bot.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    bot_id: Option<Uuid>,
    /// Only those of this market.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    symbol: Option<Symbol>,
    /// Only open, or only closed ones.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    status: Option<DealStatus>,
    /// Only those opened at or after this time, on the clock of the data.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    from: Option<DateTime<Utc>>,
    /// Only those opened before this time.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    to: Option<DateTime<Utc>>,
}

/// Whether a deal has ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealStatus {
    /// It has not.
    Open,
    /// It has.
    Closed,
}

/// Deals of all bots
///
/// The newest come first.
#[utoipa::path(
    get, path = "/api/v1/deals", tag = "bots", params(DealsQuery),
    responses((status = 200, description = "A page of deals", body = Page<Deal>)),
)]
pub async fn list_deals(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiQuery(query): ApiQuery<DealsQuery>,
) -> Result<Json<Page<Deal>>, ApiError> {
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let filter = Filter {
        bot: query.bot_id,
        symbol: query.symbol.map(|symbol| symbol.to_string()),
        status: query.status.map(wire_name).transpose()?,
        from: query.from.map(|from| from.timestamp_millis()),
        to: query.to.map(|to| to.timestamp_millis()),
    };
    let wanted = (page.position(&state, LIST)?, page.limit() + 1);
    let data = deals::list_all(state.db.conn(), principal.user, &filter, wanted).await?;
    page.page_of(&state, LIST, data, |row| row.id)
}
