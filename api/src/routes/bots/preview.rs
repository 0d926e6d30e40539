//! What a bot would do, before it is made.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use store::trading::connections;
use trading::{
    Amount,
    bot::{BotConfig, Severity},
    preview::{self, Level},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{check::look, create::unknown_connection};
use crate::{
    error::{ApiError, FieldError},
    extract::{ApiJson, Check, Reader},
    state::AppState,
    venues::markets::traded,
};

/// A bot that is to be previewed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewBot {
    /// Connection that it would trade through.
    #[schema(max_length = 36, pattern = r"^[0-9a-fA-F-]*$")]
    connection_id: Uuid,
    /// Market that it would trade, as `BTC-USDT`: needed at an exchange. A paper account has one of its own.
    #[schema(max_length = 41, pattern = r"^[^\x00-\x1f\x7f]*$", nullable = false)]
    symbol: Option<String>,
    /// Configuration to be previewed.
    config: BotConfig,
}

impl Check for PreviewBot {}

/// What a bot would do if it were started now and the price stood still.
#[derive(Debug, Serialize, ToSchema)]
pub struct BotPreview {
    /// What forbids to start it. Beside anything but a lack of funds there are no levels and no figures.
    errors: Vec<FieldError>,
    /// What is allowed but doubtful.
    warnings: Vec<FieldError>,
    /// Orders that the start places, then those that follow as the price falls.
    levels: Vec<Level>,
    /// Amounts that it needs in all, fees included.
    needed: Funds,
    /// Amounts that the account has free.
    free: Funds,
    /// Quote that the first round earns, fees off: the first order of a deal sold by its take-profit, or the nearest buy of
    /// a grid sold one line higher.
    round_profit: Option<Amount>,
    /// Price at which selling what the start buys returns its cost, fees included.
    break_even: Option<Amount>,
    /// Quote lost when the price falls through all buys to the stop-loss; null without one.
    loss_at_stop: Option<Amount>,
    /// The next ten scheduled purchases, in RFC 3339.
    times: Vec<String>,
}

/// Amounts of both assets of a market.
#[derive(Debug, Serialize, ToSchema)]
pub struct Funds {
    /// Amount of quote; null where unknown.
    quote: Option<Amount>,
    /// Amount of base; null where unknown.
    base: Option<Amount>,
}

/// Previews a bot
///
/// Places the orders of a start in a simulation of the account's market at its price now: prices and quantities are those of
/// a start at that price, digit for digit. A trigger price counts as reached, conditions for the start of a deal count as met,
/// and of several deals one is shown. Nothing is stored.
#[utoipa::path(
    post, path = "/api/v1/bots/preview", tag = "bots",
    request_body = PreviewBot,
    responses(
        (status = 200, description = "What the bot would do, or what is wrong with its configuration", body = BotPreview),
        (status = 409, description = "`unsupported_venue`, `key_not_accepted`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn preview_bot(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiJson { value: asked, .. }: ApiJson<PreviewBot>,
) -> Result<Json<BotPreview>, ApiError> {
    let connection = connections::find(state.db.conn(), principal.user, asked.connection_id)
        .await?
        .ok_or_else(unknown_connection)?;
    let symbol = traded(&state, &connection, asked.symbol.as_deref()).await?;
    let situation = look(&state, principal, &connection, &symbol).await?;
    let (setup, budget) = situation.setup(&asked.config);
    let at = state.clock.now().timestamp_millis();
    let found = tokio::task::spawn_blocking(move || preview::preview(&setup, &budget, at))
        .await
        .map_err(ApiError::internal)?
        .map_err(ApiError::internal)?;
    let (errors, warnings): (Vec<_>, Vec<_>) = found
        .findings
        .into_iter()
        .partition(|finding| finding.severity == Severity::Error);
    let fields = |found: Vec<trading::bot::FieldError>| {
        let at_config = found.into_iter().map(|mut finding| {
            finding.pointer.insert_str(0, "/config");
            FieldError::from(finding)
        });
        at_config.collect()
    };
    Ok(Json(BotPreview {
        errors: fields(errors),
        warnings: fields(warnings),
        levels: found.levels,
        needed: Funds {
            quote: found.needed_quote,
            base: found.needed_base,
        },
        free: Funds {
            quote: found.free_quote,
            base: found.free_base,
        },
        round_profit: found.round_profit,
        break_even: found.break_even,
        loss_at_stop: found.loss_at_stop,
        times: found.times.into_iter().map(wire).collect(),
    }))
}

fn wire(millis: i64) -> String {
    platform::time::to_wire(platform::time::of_millis(millis))
}
