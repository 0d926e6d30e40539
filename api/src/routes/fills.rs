//! Fills of all bots.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use store::trading::lists::{self, Fill, Filter};
use trading::{Symbol, order::Liquidity};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{ApiQuery, Reader},
    page::{self, Page},
    state::AppState,
};

const LIST: &str = "fills";

/// Which fills.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FillsQuery {
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    cursor: Option<String>,
    /// Fills of a page, 50 by default.
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
    /// Only makers, or only takers.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    liquidity: Option<Liquidity>,
    /// Only those that happened at or after this time, on the clock of the data.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    from: Option<DateTime<Utc>>,
    /// Only those that happened before this time.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    to: Option<DateTime<Utc>>,
}

/// Fills of all bots
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/fills", tag = "bots", params(FillsQuery),
    responses((status = 200, description = "A page of fills", body = Page<Fill>)),
)]
pub async fn list_fills(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiQuery(query): ApiQuery<FillsQuery>,
) -> Result<Json<Page<Fill>>, ApiError> {
    let limit = query.limit.unwrap_or(page::DEFAULT_LIMIT);
    let before: Option<Uuid> = query
        .cursor
        .map(|cursor| page::decode(&state.keys, LIST, &cursor))
        .transpose()?;
    let filter = Filter {
        bot: query.bot_id,
        symbol: query.symbol.map(|symbol| symbol.to_string()),
        status: query
            .liquidity
            .map(|of| {
                serde_json::to_value(of).map(|value| value.as_str().unwrap_or_default().to_owned())
            })
            .transpose()
            .map_err(ApiError::internal)?,
        from: query.from.map(|from| from.timestamp_millis()),
        to: query.to.map(|to| to.timestamp_millis()),
    };
    let page = (before, limit + 1);
    let mut data = lists::all_fills(state.db.conn(), principal.user, &filter, page).await?;
    let next_cursor = page::cut(&mut data, limit, |row| {
        page::encode(&state.keys, LIST, &row.id)
    })?;
    Ok(Json(Page { data, next_cursor }))
}
