//! What can be traded, and its prices. A paper account's market is its own, and nothing of it is shown that lies beyond
//! its clock.

use std::collections::VecDeque;

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use platform::time::of_millis;
use serde::{Deserialize, Serialize};
use trading::{Amount, Market, Venue, candle::Candle};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    error::{ApiError, FieldCode},
    extract::{ApiPath, ApiQuery, Reader},
    routes::{connections::owned_connection, connections::paper::paper_spec},
    state::AppState,
};

/// Prices that a candle stands for.
const POINTS: i64 = 4;

/// A place to trade.
#[derive(Debug, Serialize, ToSchema)]
pub struct VenueInfo {
    /// Name of the venue, for programs.
    pub venue: Venue,
    /// Its name for people.
    pub name: &'static str,
    /// Whether connections to it can be made.
    pub supported: bool,
}

/// All venues that the platform knows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Venues {
    /// Each of them.
    pub data: Vec<VenueInfo>,
}

/// The markets of a connection.
#[derive(Debug, Serialize, ToSchema)]
pub struct Symbols {
    /// Each with its rules.
    pub data: Vec<Market>,
}

/// The newest price.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ticker {
    /// Symbol of the market.
    pub symbol: String,
    /// The last price; null before the first.
    pub price: Option<Amount>,
    /// When, on the clock of the data.
    #[serde(with = "platform::time::wire_option")]
    pub at: Option<DateTime<Utc>>,
}

/// Which candles.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CandlesQuery {
    /// How many of the newest, 100 by default.
    #[schema(minimum = 1, maximum = 1000, nullable = false)]
    #[param(minimum = 1, maximum = 1000, nullable = false)]
    limit: Option<u32>,
}

/// Prices of an interval.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandleRow {
    /// When the candle begins.
    #[serde(with = "platform::time::wire")]
    pub open_time: DateTime<Utc>,
    /// When the candle ends.
    #[serde(with = "platform::time::wire")]
    pub close_time: DateTime<Utc>,
    /// First price, in quote.
    pub open: Amount,
    /// Highest price, in quote.
    pub high: Amount,
    /// Lowest price, in quote.
    pub low: Amount,
    /// Last price, in quote.
    pub close: Amount,
    /// Quantity traded, in base.
    pub volume: Amount,
}

/// Candles, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandleList {
    /// Each of them.
    pub data: Vec<CandleRow>,
}

impl From<Candle> for CandleRow {
    fn from(candle: Candle) -> Self {
        Self {
            open_time: of_millis(candle.open_time),
            close_time: of_millis(candle.close_time),
            open: candle.open,
            high: candle.high,
            low: candle.low,
            close: candle.close,
            volume: candle.volume,
        }
    }
}

/// Lists the venues
#[utoipa::path(
    get, path = "/api/v1/markets/venues", tag = "markets",
    responses((status = 200, description = "The venues", body = Venues)),
)]
pub async fn list_venues(_: Reader) -> Json<Venues> {
    let venue = |venue, name, supported| VenueInfo {
        venue,
        name,
        supported,
    };
    Json(Venues {
        data: vec![
            venue(Venue::Paper, "Paper", true),
            venue(Venue::Binance, "Binance", false),
            venue(Venue::Okx, "OKX", false),
        ],
    })
}

/// The markets of a connection, with their rules
#[utoipa::path(
    get, path = "/api/v1/markets/{id}/symbols", tag = "markets",
    params(("id" = Uuid, Path, description = "Id of the connection")),
    responses(
        (status = 200, description = "The markets", body = Symbols),
        (status = 409, description = "`unsupported_venue`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn list_symbols(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<Symbols>, ApiError> {
    let connection = owned_connection(&state, principal, id).await?;
    let data = vec![paper_spec(&connection)?.market()];
    Ok(Json(Symbols { data }))
}

/// The newest price of a paper account's market
#[utoipa::path(
    get, path = "/api/v1/markets/{id}/ticker", tag = "markets",
    params(("id" = Uuid, Path, description = "Id of the connection")),
    responses(
        (status = 200, description = "The price", body = Ticker),
        (status = 409, description = "`unsupported_venue`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn get_ticker(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<Ticker>, ApiError> {
    let connection = owned_connection(&state, principal, id).await?;
    let symbol = paper_spec(&connection)?.symbol.to_string();
    let feed = connection.feed;
    Ok(Json(Ticker {
        symbol,
        price: feed.as_ref().and_then(|feed| feed.price),
        at: feed.and_then(|feed| feed.data_time),
    }))
}

/// The newest closed candles of a paper account's market
///
/// Those that its clock has passed; the one that is being played is not among them.
#[utoipa::path(
    get, path = "/api/v1/markets/{id}/candles", tag = "markets",
    params(("id" = Uuid, Path, description = "Id of the connection"), CandlesQuery),
    responses(
        (status = 200, description = "The candles", body = CandleList),
        (status = 409, description = "`unsupported_venue`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn list_candles(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
    ApiQuery(query): ApiQuery<CandlesQuery>,
) -> Result<Json<CandleList>, ApiError> {
    let connection = owned_connection(&state, principal, id).await?;
    let spec = paper_spec(&connection)?;
    let closed = connection.feed.map_or(0, |feed| feed.position / POINTS);
    let closed = usize::try_from(closed).unwrap_or_default();
    let limit = usize::try_from(query.limit.unwrap_or(100)).unwrap_or(100);
    let dir = state.feeds.clone();
    let unusable =
        |message: String| ApiError::field("/path/id", FieldCode::UnusableCandles, message);
    let read = tokio::task::spawn_blocking(move || {
        let candles = spec
            .feed
            .open(&dir, spec.market.tick_size)
            .map_err(|error| error.to_string())?;
        let mut newest = VecDeque::with_capacity(limit);
        for candle in candles.take(closed) {
            if newest.len() == limit {
                newest.pop_front();
            }
            newest.push_back(candle.map_err(|error| spec.feed.said(&error))?);
        }
        Ok(newest)
    });
    let newest = read.await.map_err(ApiError::internal)?.map_err(unusable)?;
    let data = newest.into_iter().map(CandleRow::from).collect();
    Ok(Json(CandleList { data }))
}
