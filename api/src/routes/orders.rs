//! Orders of all bots.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use store::trading::{
    orders::{self, Order},
    pages::Filter,
};
use trading::{Symbol, order::OrderStatus};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{ApiQuery, Reader},
    page::{Page, PageQuery},
    state::AppState,
    wire::wire_name,
};

const LIST: &str = "orders";

/// Which orders.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrdersQuery {
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    cursor: Option<String>,
    /// Orders of a page, 50 by default.
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
    /// Only those of this status.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    status: Option<OrderStatus>,
    /// Only those placed at or after this time, on the clock of the data.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    from: Option<DateTime<Utc>>,
    /// Only those placed before this time.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    to: Option<DateTime<Utc>>,
}

/// Orders of all bots
///
/// The newest come first.
#[utoipa::path(
    get, path = "/api/v1/orders", tag = "bots", params(OrdersQuery),
    responses((status = 200, description = "A page of orders", body = Page<Order>)),
)]
pub async fn list_orders(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiQuery(query): ApiQuery<OrdersQuery>,
) -> Result<Json<Page<Order>>, ApiError> {
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
    let data = orders::list_all(state.db.conn(), principal.user, &filter, wanted).await?;
    page.page_of(&state, LIST, data, |row| row.id)
}
