//! Where bots can trade, and how the exchanges are doing.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use exchange::{budget::Usage, venues::Listed};
use platform::time::of_millis;
use serde::Serialize;
use trading::{Venue, order::Millis};
use utoipa::ToSchema;

use crate::{extract::Reader, state::AppState};

/// A place to trade.
#[derive(Debug, Serialize, ToSchema)]
pub struct VenueInfo {
    /// Name of the venue, for programs.
    pub venue: Venue,
    /// Its name for people.
    pub name: &'static str,
    /// Whether connections to it can be made.
    pub supported: bool,
    /// Its exchanges, as this copy of the api sees them; none of a paper account and of what is not supported.
    pub exchanges: Vec<ExchangeState>,
}

/// How an exchange is doing, as one copy of the api sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExchangeState {
    /// Whether it is the venue's playground.
    pub testnet: bool,
    /// Whether requests are sent there.
    pub breaker: BreakerState,
    /// How much of the exchange's limits is used, by all users together.
    pub request_weight: Vec<WeightUse>,
    /// Until when the exchange takes no requests from this server; null where it does.
    #[serde(with = "platform::time::wire_option")]
    pub blocked_until: Option<DateTime<Utc>>,
}

/// Whether requests are sent to an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// They are.
    Closed,
    /// They are not: it has failed again and again, and is tried from time to time.
    Open,
}

/// How much of a limit is used.
#[derive(Debug, Serialize, ToSchema)]
pub struct WeightUse {
    /// Length of the window that the limit is for, in seconds.
    #[schema(minimum = 0)]
    pub interval_s: i64,
    /// Weight of the requests in the current window.
    pub used: u32,
    /// The most that the exchange takes in a window.
    pub limit: u32,
}

/// All venues that the platform knows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Venues {
    /// Each of them.
    pub data: Vec<VenueInfo>,
}

impl ExchangeState {
    fn of(listed: &Listed, testnet: bool, now: Millis) -> Self {
        let usage = listed.market().budget().usage();
        Self {
            testnet,
            breaker: if listed.market().breaker().is_open() {
                BreakerState::Open
            } else {
                BreakerState::Closed
            },
            blocked_until: (usage.blocked_until > now).then(|| of_millis(usage.blocked_until)),
            request_weight: used(&usage, now),
        }
    }
}

/// What is used of windows that are not over.
fn used(usage: &Usage, now: Millis) -> Vec<WeightUse> {
    let windows = usage.windows.iter().map(|used| {
        let is_over = used.began_at.saturating_add(used.window.length_ms) <= now;
        WeightUse {
            interval_s: used.window.length_ms / 1_000,
            used: if is_over { 0 } else { used.used },
            limit: used.window.limit,
        }
    });
    windows.collect()
}

/// Lists the venues
///
/// Of an exchange that can be traded on also how it is doing: whether requests are sent there, and how much of its limits is
/// used.
#[utoipa::path(
    get, path = "/api/v1/markets/venues", tag = "markets",
    responses((status = 200, description = "The venues", body = Venues)),
)]
pub async fn list_venues(State(state): State<AppState>, _: Reader) -> Json<Venues> {
    let now = state.clock.now().timestamp_millis();
    let binance: Vec<_> = [false, true]
        .into_iter()
        .filter_map(|testnet| {
            let listed = state.venues.binance(testnet)?;
            Some(ExchangeState::of(listed, testnet, now))
        })
        .collect();
    let venue = |venue, name, supported, exchanges| VenueInfo {
        venue,
        name,
        supported,
        exchanges,
    };
    Json(Venues {
        data: vec![
            venue(Venue::Paper, "Paper", true, Vec::new()),
            venue(Venue::Binance, "Binance", !binance.is_empty(), binance),
            venue(Venue::Okx, "OKX", false, Vec::new()),
        ],
    })
}
