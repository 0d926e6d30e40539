//! Signals from outside, such as TradingView's alerts.

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use http::StatusCode;
use platform::ids::{UserId, uuid_v7};
use store::{
    leases,
    trading::{
        bots, commands,
        signals::{self, Arrival, Door, NewSignal, Signal},
    },
    users,
};
use trading::bot::{Command, SignalAction};
use uuid::Uuid;

use super::bots::{conflict, control::require_resumable, is_at_rest};
use crate::{
    error::{ApiError, FieldCode, FieldError},
    extract::{self, ApiPath},
    limits::RouteClass,
    signals::{MAX_ALERT_BYTES, Proof, Understood, parse_alert, proven},
    state::AppState,
};

/// Takes a signal to a bot
///
/// In the shape of TradingView's alerts (`action`, `ticker`, `price`, `time`) or of 3Commas' signals (`action`,
/// `tv_instrument`, `trigger_price`, `timestamp`, `max_lag`, `order`); fields that are not known are passed over, and the
/// content type does not matter. `action` is `enter_long` (or `buy`), `exit_long` (or `sell`), `close_at_market`,
/// `close_at_market_all`, `disable` or `enable`.
///
/// The secret of the bot is in the field `secret` or in the header `X-Signal-Secret`; or the header `X-Signal-Signature` is
/// `t=<Unix seconds>,v1=<HMAC-SHA256 of t, a dot and the body, with the secret, in hex>`, with a time within five minutes.
///
/// A signal is stored once. Those with the same `signal_id`, or else the same action, market, time and price, within 24
/// hours are repeats, and are answered 200 with what became of the first.
#[utoipa::path(
    post, path = "/api/v1/hooks/{bot_id}", tag = "hooks", security(()),
    params(
        ("bot_id" = Uuid, Path, description = "Id of the bot"),
        ("X-Signal-Secret" = inline(Option<String>), Header, description = "The secret, where it is not in the body"),
        ("X-Signal-Signature" = inline(Option<String>), Header, description = "A signature in place of the secret: `t=…,v1=…`"),
    ),
    request_body(
        content = Object, content_type = "application/json", description = "A signal, as its sender words it; at most 8 KiB",
        examples(
            ("TradingView" = (value = json!({
                "secret": "bbs_…", "action": "buy", "ticker": "SOLUSDT", "price": "101.5", "time": "2026-12-01T00:00:00Z"
            }))),
            ("3Commas" = (value = json!({
                "secret": "bbs_…", "max_lag": "300", "timestamp": "2026-12-01T00:00:00Z", "trigger_price": "101.5",
                "tv_exchange": "BINANCE", "tv_instrument": "SOLUSDT", "action": "enter_long",
                "order": { "amount": "100", "currency_type": "quote" }
            }))),
        ),
    ),
    responses(
        (status = 202, description = "It is stored, and its bot is told", body = Signal),
        (status = 200, description = "It is a repeat; this is the first", body = Signal),
        (status = 400, description = "`malformed_json`", body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 401, description = "`invalid_signal_secret`: also where there is no such bot", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 402, description = "`entitlement_exceeded`: `enable` would have more run than the plan allows",
            body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 403, description = "`account_suspended`", body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`bot_status_conflict`, `bot_type_conflict`, `not_yet_available`, `live_not_confirmed`",
            body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`", body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid`, `signal_too_late`, `signal_too_early`, `shorts_not_supported`",
            body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`: 60 a minute and bot", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn receive_signal(
    State(state): State<AppState>,
    ApiPath(bot): ApiPath<Uuid>,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers().clone();
    let body = extract::read(request, MAX_ALERT_BYTES).await?;
    let mut alert = parse_alert(&body)?;
    let now = state.clock.now();
    let proof = Proof::of(&headers, alert.take_secret());
    let door = admit(&state, bot, (&proof, &body), now).await?;
    let decision = state
        .limiter
        .check(RouteClass::Signal, &format!("bot:{bot}"))
        .await;
    if !decision.allowed {
        return Err(ApiError::RateLimited {
            retry_after: decision.retry_after,
        });
    }
    let needs = door.config()?.needs();
    let max_lag_s = needs.signals.ok_or(ApiError::BotTypeConflict)?;
    let understood = alert.understand(bot, proof.signed_at(), now)?;
    if understood.data.amount.is_some() && !needs.signal_amounts {
        let message = "must be absent: this bot goes by volumes of its own";
        let wrong = FieldError::new("/order", FieldCode::Conflict, message);
        return Err(ApiError::Invalid(vec![wrong]));
    }
    store(&state, (door.user, bot), understood, max_lag_s, now).await
}

/// The bot's door, for who has the key. Whoever has not is told the same whether or not there is such a bot.
async fn admit(
    state: &AppState,
    bot: Uuid,
    (proof, body): (&Proof, &[u8]),
    now: DateTime<Utc>,
) -> Result<Door, ApiError> {
    let door = signals::door(state.db.conn(), bot).await?;
    let secret = match &door {
        Some(door) => Some(door.secret(&state.vault, bot).map_err(ApiError::internal)?),
        None => None,
    };
    // Where there is no secret the same is computed.
    let is_proven = proven(proof, secret.as_ref(), body, now);
    door.filter(|_| is_proven).ok_or_else(|| {
        metrics::counter!("api_signals_unproven_total").increment(1);
        ApiError::InvalidSignalSecret
    })
}

/// Stores a signal, and leaves it for the engine in the same transaction.
async fn store(
    state: &AppState,
    (user, bot): (UserId, Uuid),
    understood: Understood,
    max_lag_s: u32,
    now: DateTime<Utc>,
) -> Result<Response, ApiError> {
    let change = state.begin_change(user).await?;
    if !users::hold_active(&change.txn, user).await? {
        return Err(ApiError::AccountSuspended);
    }
    // Asked first: what the first was allowed may not be allowed any more.
    if let Some(first) = signals::repeated(&change.txn, (bot, &understood.key), now).await? {
        return Ok(repeat(first));
    }
    let resumed = match understood.signal.as_ref().map(|signal| signal.action) {
        Some(SignalAction::Enable) => require_resumable(state, &change.txn, user, bot, now).await,
        _ => Ok(()),
    };
    let id = uuid_v7(now);
    let signal = understood
        .signal
        .clone()
        .map(|signal| trading::bot::Signal {
            id: id.to_string(),
            ..signal
        });
    if let Some(signal) = &signal {
        let since = Command::Signal {
            signal: signal.clone(),
        }
        .since();
        if !leases::demand_format(&change.txn, user, since).await? {
            return Err(ApiError::NotYetAvailable);
        }
    }
    let held = bots::lock(&change.txn, user, bot).await?;
    let held = held.ok_or(ApiError::InvalidSignalSecret)?;
    let refused = match resumed {
        _ if is_at_rest(held.status) => Err(conflict(held.status)),
        Err(error) if is_final(&error) => Err(error),
        Err(error) => return Err(error),
        Ok(()) => counts(&understood, max_lag_s),
    };
    let new = NewSignal {
        id,
        key: &understood.key,
        action: &understood.action,
        data: &understood.data,
        sent_at: understood.sent_at,
        refused: refused.as_ref().err().map(reason),
    };
    let stored = match signals::insert(&change.txn, bot, new, now).await? {
        // Nothing is changed.
        Arrival::Repeat(first) => return Ok(repeat(first)),
        Arrival::New(stored) => stored,
    };
    if let Some(signal) = signal.filter(|_| refused.is_ok()) {
        commands::append_signal(&change.txn, now, (id, bot), signal).await?;
    }
    change.commit(now).await?;
    refused.map(|()| (StatusCode::ACCEPTED, Json(stored)).into_response())
}

fn repeat(first: Signal) -> Response {
    (StatusCode::OK, Json(first)).into_response()
}

/// Whether the same signal would be refused in a moment, too. One that is refused so is logged, and its repeats are answered
/// with that.
const fn is_final(error: &ApiError) -> bool {
    matches!(
        error,
        ApiError::EntitlementExceeded(_) | ApiError::LiveNotConfirmed
    )
}

/// Why a signal has no effect, as its bot's log says it.
fn reason(error: &ApiError) -> &'static str {
    match error {
        ApiError::BotStatusConflict { .. } => "not_running",
        other => other.code().as_str(),
    }
}

/// Whether a signal counts, whatever its bot does.
fn counts(understood: &Understood, max_lag_s: u32) -> Result<(), ApiError> {
    let signal = understood
        .signal
        .as_ref()
        .ok_or(ApiError::ShortsNotSupported)?;
    let most = i64::from(understood.max_lag_s.unwrap_or(max_lag_s)) * 1000;
    if understood.is_ahead {
        Err(ApiError::SignalTooEarly)
    } else if signal.lag_ms > most {
        Err(ApiError::SignalTooLate)
    } else {
        Ok(())
    }
}
