//! Asking for the best of many configurations.

use axum::{extract::State, response::Response};
use engine::spec::{MOST_COMBINATIONS, SearchError, SearchSpec};
use store::backtests::{JobKind, NewBacktest};

use super::{
    Backtest,
    create::{COLLECTION, check, queue},
};
use crate::{
    error::{ApiError, FieldCode, FieldError},
    extract::{ApiJson, Check, Trader},
    idempotency::IdempotencyKey,
    state::AppState,
};

const SEARCH: &str = "POST /api/v1/backtests/search";

impl Check for SearchSpec {
    fn check(&self, found: &mut Vec<FieldError>) {
        if self.combinations() > MOST_COMBINATIONS {
            found.push(FieldError::new(
                "/fields",
                FieldCode::TooLong,
                format!("make more than {MOST_COMBINATIONS} combinations"),
            ));
        }
        for (index, field) in self.fields.iter().enumerate() {
            if self.fields[..index]
                .iter()
                .any(|other| other.pointer == field.pointer)
            {
                found.push(FieldError::new(
                    format!("/fields/{index}/pointer"),
                    FieldCode::Duplicate,
                    "is there twice",
                ));
            }
            for (place, value) in field.values.iter().enumerate() {
                match self.with([(field, value)]) {
                    Ok(_) => {}
                    Err(error @ SearchError::Pointer) => {
                        found.push(FieldError::new(
                            format!("/fields/{index}/pointer"),
                            FieldCode::NotFound,
                            error.to_string(),
                        ));
                        break;
                    }
                    Err(error @ SearchError::Value(_)) => found.push(FieldError::new(
                        format!("/fields/{index}/values/{place}"),
                        FieldCode::Invalid,
                        error.to_string(),
                    )),
                }
            }
        }
    }
}

/// Searches for the best configuration of a bot
///
/// Plays every combination of the values given, at most 500, over the same candles, and keeps the best by one figure.
/// Combinations that make no valid configuration are left out and counted.
#[utoipa::path(
    post, path = "/api/v1/backtests/search", tag = "backtests",
    params(("Idempotency-Key" = inline(Option<String>), Header, description = "Names this attempt", min_length = 1, max_length = 255,
        pattern = r"^[\x21-\x7e]+$")),
    request_body = SearchSpec,
    responses(
        (status = 202, description = "It waits for an engine", body = Backtest,
            headers(("Location" = String, description = "Where it can be asked for"))),
        (status = 402, description = "`entitlement_exceeded`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`too_many_backtests`, `idempotency_in_flight`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn search_backtests(
    State(state): State<AppState>,
    Trader(principal): Trader,
    key: IdempotencyKey,
    ApiJson { value: spec, bytes }: ApiJson<SearchSpec>,
) -> Result<Response, ApiError> {
    let once = key.bind(&state, Some(principal.user), SEARCH, &bytes);
    if let Some(replay) = once.replay(&state).await? {
        return replay.into_made(COLLECTION);
    }
    check(&state, &spec.backtest, ["/backtest", "/backtest/candles"]).await?;
    let new = NewBacktest {
        kind: JobKind::Search,
        symbol: &spec.backtest.symbol,
        bot_type: spec.backtest.bot_type(),
        spec: serde_json::to_value(&spec).map_err(ApiError::internal)?,
    };
    queue(&state, principal, &once, (new, &spec.backtest.candles)).await
}
