//! What the routes of trading share.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use engine::spec::{CandleSource, PaperSpec, account_findings};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use store::{
    StoreError,
    trading::{
        balances,
        connections::{self, Connection},
    },
};
use trading::{
    Amount, Asset, Venue,
    bot::{self, BotConfig, BotSetup, Budget, Severity},
};
use utoipa::{IntoParams, ToSchema};

use crate::{
    error::{ApiError, FieldCode, FieldError},
    extract::Principal,
    idempotency::Replay,
    page::{self, Page},
    state::AppState,
};

/// Which page.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    pub cursor: Option<String>,
    /// Rows of a page, 50 by default.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    #[param(minimum = 1, maximum = 100, nullable = false)]
    pub limit: Option<u32>,
}

impl PageQuery {
    pub(super) fn limit(&self) -> u32 {
        self.limit.unwrap_or(page::DEFAULT_LIMIT)
    }

    pub(super) fn position<T: serde::de::DeserializeOwned>(
        &self,
        state: &AppState,
        list: &str,
    ) -> Result<Option<T>, ApiError> {
        self.cursor
            .as_deref()
            .map(|cursor| page::decode(&state.keys, list, cursor))
            .transpose()
    }

    /// The page of rows that were read in order, one beyond it to see if there is another; `key` tells where a row stands.
    pub(super) fn answer<T: ToSchema, K: Serialize>(
        &self,
        state: &AppState,
        list: &str,
        mut data: Vec<T>,
        key: impl FnOnce(&T) -> K,
    ) -> Result<Json<Page<T>>, ApiError> {
        let next_cursor = page::cut(&mut data, self.limit(), |row| {
            page::encode(&state.keys, list, &key(row))
        })?;
        Ok(Json(Page { data, next_cursor }))
    }
}

/// A word of the kernel or of a query, as tables have it.
pub(super) fn word(of: impl Serialize) -> Result<String, ApiError> {
    let value = serde_json::to_value(of).map_err(ApiError::internal)?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// The answer that was given before.
pub(super) fn again(replay: Replay) -> Result<Response, ApiError> {
    let status = StatusCode::from_u16(replay.status).map_err(ApiError::internal)?;
    Ok((status, Json(replay.answer)).into_response())
}

/// An answer with its version as `ETag`.
pub(super) fn versioned(status: StatusCode, version: i32, body: &impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The caller's connection.
pub(super) async fn owned_connection(
    state: &AppState,
    principal: Principal,
    id: uuid::Uuid,
) -> Result<Connection, ApiError> {
    connections::find(state.db.conn(), principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)
}

/// The settings of a paper connection. Exchanges cannot be traded on yet.
pub(super) fn paper(connection: &Connection) -> Result<PaperSpec, ApiError> {
    match connection.venue {
        Venue::Paper => Ok(connections::settings(connection)?),
        Venue::Binance | Venue::Okx => Err(ApiError::UnsupportedVenue),
    }
}

/// The kernel's finding in the words of the face.
pub(super) fn finding(found: bot::FieldError) -> FieldError {
    use trading::bot::FieldCode as Kernel;
    let code = match found.code {
        Kernel::OutOfRange => FieldCode::OutOfRange,
        Kernel::Inconsistent => FieldCode::Conflict,
        Kernel::Required => FieldCode::Required,
        Kernel::BelowMinNotional => FieldCode::BelowMinNotional,
        Kernel::ExitNotViable => FieldCode::ExitNotViable,
        Kernel::LadderBelowZero => FieldCode::LadderBelowZero,
        Kernel::StepBelowFees => FieldCode::StepBelowFees,
        Kernel::StepNearFees => FieldCode::StepNearFees,
        Kernel::SellsBelowMinimum => FieldCode::SellsBelowMinimum,
        Kernel::RestBelowMinimum => FieldCode::RestBelowMinimum,
        Kernel::PriceBeyondExit => FieldCode::PriceBeyondExit,
        Kernel::PriceOutsideGrid => FieldCode::PriceOutsideGrid,
        Kernel::LinesTooClose => FieldCode::LinesTooClose,
        Kernel::InsufficientBalance => FieldCode::InsufficientBalance,
        Kernel::TooManyOrders => FieldCode::TooManyOrders,
        Kernel::StopAboveLadder => FieldCode::StopAboveLadder,
        Kernel::InvalidSchedule => FieldCode::InvalidSchedule,
        Kernel::InvalidTimezone => FieldCode::InvalidTimezone,
        Kernel::NotYetAvailable => FieldCode::OneOf,
        Kernel::PricesOffTick => FieldCode::PricesOffTick,
        Kernel::CandlesMissing => FieldCode::CandlesMissing,
        Kernel::CandlesCutShort => FieldCode::CandlesCutShort,
    };
    FieldError::new(found.pointer, code, found.message)
}

/// Refuses what the kernel calls an error; gives what it only warns of.
pub(super) fn refuse(found: Vec<bot::FieldError>) -> Result<Vec<FieldError>, ApiError> {
    let (errors, warnings): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|found| found.severity == Severity::Error);
    if errors.is_empty() {
        Ok(warnings.into_iter().map(finding).collect())
    } else {
        Err(ApiError::Invalid(errors.into_iter().map(finding).collect()))
    }
}

/// What is wrong with the settings of a paper account, the candles looked at too.
pub(super) async fn check_paper(state: &AppState, spec: &PaperSpec) -> Result<(), ApiError> {
    let mut found = account_findings(&spec.balances, &spec.fees, &spec.market);
    found.extend(spec.feed.findings().into_iter().map(|mut finding| {
        finding.pointer.insert_str(0, "/feed");
        finding
    }));
    for finding in &mut found {
        finding.pointer.insert_str(0, "/paper");
    }
    refuse(found)?;
    let tick = spec.market.tick_size;
    look(state, &spec.feed, tick, "/paper/feed", MOST_LOOKED_AT).await?;
    Ok(())
}

/// Candles of a paper account that are looked at before it is made: one that is broken later stops its feed there.
const MOST_LOOKED_AT: usize = 1_000_000;

/// The first price of a source.
pub(super) async fn first_price(
    state: &AppState,
    source: &CandleSource,
    tick: Amount,
    pointer: &'static str,
) -> Result<Amount, ApiError> {
    look(state, source, tick, pointer, 1).await
}

/// Looks at the first candles of a source, of made-up ones at one; gives the first price.
async fn look(
    state: &AppState,
    source: &CandleSource,
    tick: Amount,
    pointer: &'static str,
    most: usize,
) -> Result<Amount, ApiError> {
    let most = match source {
        CandleSource::File { .. } => most,
        CandleSource::Synthetic { .. } => 1,
    };
    let (dir, source) = (state.feeds.clone(), source.clone());
    let unusable =
        move |message: String| ApiError::field(pointer, FieldCode::UnusableCandles, message);
    tokio::task::spawn_blocking(move || {
        let mut candles = source
            .open(&dir, tick)
            .map_err(|error| unusable(error.to_string()))?;
        let first = match candles.next() {
            Some(Ok(candle)) => candle.open,
            Some(Err(error)) => return Err(unusable(source.said(&error))),
            None => return Err(unusable(source.said(&"there are no candles"))),
        };
        match candles.take(most - 1).find_map(Result::err) {
            Some(error) => Err(unusable(source.said(&error))),
            None => Ok(first),
        }
    })
    .await
    .map_err(ApiError::internal)?
}

/// Tests a configuration against the account that it is to trade on, as it stands now; gives what is worth a second
/// look.
pub(super) async fn check_config(
    state: &AppState,
    principal: Principal,
    connection: &Connection,
    config: &BotConfig,
) -> Result<Vec<FieldError>, ApiError> {
    let held = balances::held(state.db.conn(), principal.user, Some(connection.id)).await?;
    let free = |asset: &Asset| {
        let of = held.iter().find(|held| held.asset == asset.as_str());
        Some(of.map(|held| held.balance.free).unwrap_or_default())
    };
    check_with(state, connection, config, free).await
}

/// The same for a bot that runs. What the account has free is not counted: part of what is not is the bot's own.
pub(super) async fn check_edit(
    state: &AppState,
    connection: &Connection,
    config: &BotConfig,
) -> Result<Vec<FieldError>, ApiError> {
    check_with(state, connection, config, |_| None).await
}

async fn check_with(
    state: &AppState,
    connection: &Connection,
    config: &BotConfig,
    free: impl Fn(&Asset) -> Option<Amount>,
) -> Result<Vec<FieldError>, ApiError> {
    let spec = paper(connection)?;
    let price = match connection.feed.as_ref().and_then(|feed| feed.price) {
        Some(price) => price,
        None => first_price(state, &spec.feed, spec.market.tick_size, "/connection_id").await?,
    };
    let budget = Budget {
        price,
        free_quote: free(spec.symbol.quote()),
        free_base: free(spec.symbol.base()),
    };
    let setup = BotSetup::paper(config.clone(), spec.market(), spec.fees);
    let mut found = bot::validate(&setup, &budget);
    for finding in &mut found {
        finding.pointer.insert_str(0, "/config");
    }
    refuse(found)
}

/// A conflict on a unique key of names, in the user's terms.
pub(super) fn named(error: StoreError, key: &str) -> ApiError {
    if error.is_conflict_on(key) {
        ApiError::NameTaken
    } else {
        error.into()
    }
}
