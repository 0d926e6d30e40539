//! What can be traded, and its prices. A paper account's market is its own, and nothing of it is shown that lies beyond
//! its clock; markets of an exchange are asked of the exchange.

pub mod venues;

use std::collections::VecDeque;

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use exchange::{
    MarketData as _,
    venue::{CandleInterval, CandleRange},
};
use platform::time::of_millis;
use serde::{Deserialize, Serialize};
use store::trading::connections::Connection;
use trading::{Amount, Market, Symbol, Venue, candle::Candle};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    error::{ApiError, FieldCode},
    extract::{ApiPath, ApiQuery, Principal, Reader},
    routes::connections::{owned_connection, paper::paper_spec},
    state::AppState,
    venues::{self as asked, markets::named},
};

/// Where requests name the market.
const SYMBOL: &str = "/query/symbol";

/// Prices that a candle stands for.
const POINTS: i64 = 4;

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

/// Which market.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TickerQuery {
    /// Market as `BTC-USDT`: needed at an exchange. A paper account has one of its own.
    #[schema(max_length = 41, pattern = r"^[^\x00-\x1f\x7f]*$", nullable = false)]
    #[param(max_length = 41, pattern = r"^[^\x00-\x1f\x7f]*$", nullable = false)]
    symbol: Option<String>,
}

/// Which candles.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CandlesQuery {
    /// Market as `BTC-USDT`: needed at an exchange. A paper account has one of its own.
    #[schema(max_length = 41, pattern = r"^[^\x00-\x1f\x7f]*$", nullable = false)]
    #[param(max_length = 41, pattern = r"^[^\x00-\x1f\x7f]*$", nullable = false)]
    symbol: Option<String>,
    /// Length of a candle at an exchange, `1m` by default. Those of a paper account are as long as those of its feed.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    interval: Option<Interval>,
    /// How many of the newest, 100 by default.
    #[schema(minimum = 1, maximum = 1000, nullable = false)]
    #[param(minimum = 1, maximum = 1000, nullable = false)]
    limit: Option<u32>,
}

/// Length of a candle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub enum Interval {
    /// Candles of one minute.
    #[default]
    #[serde(rename = "1m")]
    Minute1,
    /// Candles of three minutes.
    #[serde(rename = "3m")]
    Minute3,
    /// Candles of five minutes.
    #[serde(rename = "5m")]
    Minute5,
    /// Candles of a quarter of an hour.
    #[serde(rename = "15m")]
    Minute15,
    /// Candles of half an hour.
    #[serde(rename = "30m")]
    Minute30,
    /// Candles of one hour.
    #[serde(rename = "1h")]
    Hour1,
    /// Candles of two hours.
    #[serde(rename = "2h")]
    Hour2,
    /// Candles of four hours.
    #[serde(rename = "4h")]
    Hour4,
    /// Candles of six hours.
    #[serde(rename = "6h")]
    Hour6,
    /// Candles of eight hours.
    #[serde(rename = "8h")]
    Hour8,
    /// Candles of twelve hours.
    #[serde(rename = "12h")]
    Hour12,
    /// Candles of one day, in UTC.
    #[serde(rename = "1d")]
    Day1,
}

impl From<Interval> for CandleInterval {
    fn from(interval: Interval) -> Self {
        match interval {
            Interval::Minute1 => Self::Minute1,
            Interval::Minute3 => Self::Minute3,
            Interval::Minute5 => Self::Minute5,
            Interval::Minute15 => Self::Minute15,
            Interval::Minute30 => Self::Minute30,
            Interval::Hour1 => Self::Hour1,
            Interval::Hour2 => Self::Hour2,
            Interval::Hour4 => Self::Hour4,
            Interval::Hour6 => Self::Hour6,
            Interval::Hour8 => Self::Hour8,
            Interval::Hour12 => Self::Hour12,
            Interval::Day1 => Self::Day1,
        }
    }
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

/// The markets of a connection, with their rules
///
/// Of an exchange, all spot markets that take orders; the list is at most five minutes old.
#[utoipa::path(
    get, path = "/api/v1/markets/{id}/symbols", tag = "markets",
    params(("id" = Uuid, Path, description = "Id of the connection")),
    responses(
        (status = 200, description = "The markets", body = Symbols),
        (status = 409, description = "`unsupported_venue`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn list_symbols(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<Symbols>, ApiError> {
    let connection = owned_connection(&state, principal, id).await?;
    if connection.venue == Venue::Paper {
        let data = vec![paper_spec(&connection)?.market()];
        return Ok(Json(Symbols { data }));
    }
    let listed = asked::listed(&state, connection.venue, connection.testnet)?;
    let instruments = listed.instruments().await;
    let instruments = instruments.map_err(|error| asked::failed(&state, error))?;
    let offered = instruments.listed.iter();
    let offered = offered.filter(|listed| listed.is_spot && listed.status.takes_orders());
    Ok(Json(Symbols {
        data: offered.map(|listed| listed.market.clone()).collect(),
    }))
}

/// The newest price of a market
#[utoipa::path(
    get, path = "/api/v1/markets/{id}/ticker", tag = "markets",
    params(("id" = Uuid, Path, description = "Id of the connection"), TickerQuery),
    responses(
        (status = 200, description = "The price", body = Ticker),
        (status = 409, description = "`unsupported_venue`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn get_ticker(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
    ApiQuery(query): ApiQuery<TickerQuery>,
) -> Result<Json<Ticker>, ApiError> {
    let connection = owned_connection(&state, principal, id).await?;
    let symbol = named(&state, &connection, query.symbol.as_deref(), SYMBOL).await?;
    if connection.venue == Venue::Paper {
        let feed = connection.feed;
        return Ok(Json(Ticker {
            symbol: symbol.to_string(),
            price: feed.as_ref().and_then(|feed| feed.price),
            at: feed.and_then(|feed| feed.data_time),
        }));
    }
    let listed = asked::listed(&state, connection.venue, connection.testnet)?;
    asked::admit(&state, principal.user).await?;
    let quote = listed.market().quote(&symbol).await;
    let quote = quote.map_err(|error| asked::failed(&state, error))?;
    Ok(Json(Ticker {
        symbol: symbol.to_string(),
        price: Some(quote.last),
        at: Some(of_millis(quote.as_of)),
    }))
}

/// The newest closed candles of a market
///
/// Of a paper account those that its clock has passed; the one that is being played is not among them. A market of an
/// exchange that stood still may have fewer than were asked for.
#[utoipa::path(
    get, path = "/api/v1/markets/{id}/candles", tag = "markets",
    params(("id" = Uuid, Path, description = "Id of the connection"), CandlesQuery),
    responses(
        (status = 200, description = "The candles", body = CandleList),
        (status = 409, description = "`unsupported_venue`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
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
    let symbol = named(&state, &connection, query.symbol.as_deref(), SYMBOL).await?;
    let limit = query.limit.unwrap_or(100);
    let newest = if connection.venue != Venue::Paper {
        let interval = query.interval.unwrap_or_default().into();
        exchange_candles(&state, principal, &connection, (&symbol, interval), limit).await?
    } else if query.interval.is_some() {
        let message =
            "does not go together with a paper account, whose feed has candles of one length";
        let pointer = "/query/interval";
        return Err(ApiError::field(pointer, FieldCode::Conflict, message));
    } else {
        paper_candles(&state, connection, limit).await?
    };
    let data = newest.into_iter().map(CandleRow::from).collect();
    Ok(Json(CandleList { data }))
}

/// The newest closed candles of a market of an exchange, in one request: a page of it is as long as the longest list here.
async fn exchange_candles(
    state: &AppState,
    principal: Principal,
    connection: &Connection,
    (symbol, interval): (&Symbol, CandleInterval),
    limit: u32,
) -> Result<Vec<Candle>, ApiError> {
    let listed = asked::listed(state, connection.venue, connection.testnet)?;
    asked::admit(state, principal.user).await?;
    let (now, length) = (state.clock.now().timestamp_millis(), interval.millis());
    let from = now - now.rem_euclid(length) - i64::from(limit) * length;
    let range = CandleRange {
        interval,
        from,
        to: None,
    };
    let page = listed.market().candles(symbol, range).await;
    let page = page.map_err(|error| asked::failed(state, error))?;
    let closed = page.candles.into_iter().filter(|found| found.is_closed);
    let mut closed: Vec<Candle> = closed.map(|found| found.candle).collect();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    closed.drain(..closed.len().saturating_sub(limit));
    Ok(closed)
}

async fn paper_candles(
    state: &AppState,
    connection: Connection,
    limit: u32,
) -> Result<Vec<Candle>, ApiError> {
    let spec = paper_spec(&connection)?;
    let closed = connection.feed.map_or(0, |feed| feed.position / POINTS);
    let closed = usize::try_from(closed).unwrap_or_default();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
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
        Ok(Vec::from(newest))
    });
    read.await.map_err(ApiError::internal)?.map_err(unusable)
}
