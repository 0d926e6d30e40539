//! Asking for a backtest.

use axum::{extract::State, response::Response};
use engine::spec::{BacktestSpec, CandleSource};
use http::StatusCode;
use serde_json::Value;
use store::{
    backtests::{self, JobKind, NewBacktest},
    entitlements::EntitlementRequest,
};
use trading::bot::Severity;
use views::event::BacktestCreated;

use super::Backtest;
use crate::{
    billing::entitlements::admit,
    candles::first_candle,
    error::{ApiError, FieldError},
    extract::{ApiJson, Check, Principal, Trader},
    idempotency::{self, IdempotencyKey, Once},
    state::AppState,
};

pub(super) const COLLECTION: &str = "/api/v1/backtests";

const CREATE: &str = "POST /api/v1/backtests";

/// Backtests and searches of one user that may wait or run at once.
const MOST_WAITING: i64 = 20;

impl Check for BacktestSpec {}

/// Asks for a backtest
///
/// The body is what `api backtest --config` reads, and the result is what that prints, to the last digit. An engine
/// computes it: watch `backtest.progress` and `backtest.finished` on a socket, or ask for it.
#[utoipa::path(
    post, path = "/api/v1/backtests", tag = "backtests",
    params(("Idempotency-Key" = inline(Option<String>), Header, description = "Names this attempt", min_length = 1, max_length = 255,
        pattern = r"^[\x21-\x7e]+$")),
    request_body = BacktestSpec,
    responses(
        (status = 202, description = "It waits for an engine", body = Backtest,
            headers(("Location" = String, description = "Where it can be asked for"))),
        (status = 402, description = "`entitlement_exceeded`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`too_many_backtests`, `idempotency_in_flight`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn create_backtest(
    State(state): State<AppState>,
    Trader(principal): Trader,
    key: IdempotencyKey,
    ApiJson { value: spec, bytes }: ApiJson<BacktestSpec>,
) -> Result<Response, ApiError> {
    let once = key.bind(&state, Some(principal.user), CREATE, &bytes);
    if let Some(replay) = once.replay(&state).await? {
        return replay.into_made(COLLECTION);
    }
    check(&state, &spec, ["", "/candles"]).await?;
    let new = NewBacktest {
        kind: JobKind::Backtest,
        symbol: &spec.symbol,
        bot_type: spec.bot_type(),
        spec: serde_json::to_value(&spec).map_err(ApiError::internal)?,
    };
    queue(&state, principal, &once, (new, &spec.candles)).await
}

/// Everything that is wrong with a backtest: what a run of it would say before its first trade. `root` and the
/// pointer of its candles come first.
pub(super) async fn check(
    state: &AppState,
    spec: &BacktestSpec,
    [root, candles]: [&'static str; 2],
) -> Result<(), ApiError> {
    let first = first_candle(state, &spec.candles, spec.market.tick_size, candles).await;
    let (found, mut errors): (_, Vec<FieldError>) = match first {
        Ok(first) => (spec.findings(&first), Vec::new()),
        Err(ApiError::Invalid(errors)) => (spec.early_findings(), errors),
        Err(error) => return Err(error),
    };
    let wrong = found
        .into_iter()
        .filter(|found| found.severity == Severity::Error)
        .map(|mut found| {
            found.pointer.insert_str(0, root);
            FieldError::from(found)
        });
    errors.extend(wrong);
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ApiError::Invalid(errors))
    }
}

/// Queues a job and tells the engines.
pub(super) async fn queue(
    state: &AppState,
    principal: Principal,
    once: &Once,
    (new, candles): (NewBacktest<'_>, &CandleSource),
) -> Result<Response, ApiError> {
    let candles = match candles {
        CandleSource::Synthetic { candles, .. } => Some(*candles),
        // Files are the operator's own.
        CandleSource::File { .. } => None,
    };
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    if let Some(replay) = once.enter(state, &change.txn).await? {
        return replay.into_made(COLLECTION);
    }
    admit(
        state,
        &change.txn,
        principal.user,
        EntitlementRequest::Backtest(candles),
        now,
    )
    .await?;
    if backtests::count_waiting(&change.txn, principal.user).await? >= MOST_WAITING {
        return Err(ApiError::TooManyBacktests {
            limit: MOST_WAITING,
        });
    }
    let made = Backtest::from(backtests::insert(&change.txn, principal.user, new, now).await?);
    let answer: Value = serde_json::to_value(&made).map_err(ApiError::internal)?;
    once.keep(state, &change.txn, StatusCode::ACCEPTED.as_u16(), &answer)
        .await?;
    change.event(BacktestCreated {
        id: made.id,
        kind: made.kind,
        status: made.status,
        symbol: made.symbol.clone(),
        bot_type: made.bot_type.clone(),
    });
    change.commit(now).await?;
    Ok(idempotency::made(StatusCode::ACCEPTED, COLLECTION, &answer))
}
