//! What can go wrong, and for whom.

use serde::{Deserialize, Serialize};
use trading::Amount;

/// An irregularity of the exchange or of the network before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The request reaches the matching engine so much later. Its timestamp is tested there again, at that later time.
    Latency {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// The connection is dropped and the request was never seen.
    TimeoutBeforeAccept {
        /// Milliseconds of real time before the connection is dropped.
        #[serde(default)]
        hang_ms: u64,
    },
    /// The request is carried out, but the connection is dropped without an answer.
    TimeoutAfterAccept {
        /// Milliseconds of real time before the connection is dropped.
        #[serde(default)]
        hang_ms: u64,
    },
    /// The connection is dropped at once and the request is carried out later, if its timestamp is still good then.
    LateAccept {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// The request is refused with 503 and code -1008 before it is looked at.
    Overloaded,
    /// The request is carried out, but the answer is a 5xx: code -1006 for 500, -1007 for 504, else no code.
    ErrorAfterAccept {
        /// The status, 500 to 599.
        status: u16,
    },
    /// The address of the request is told to wait (429). It is banned (418) if it goes on asking.
    RateLimited {
        /// Seconds that it is to wait.
        retry_after_s: u64,
    },
    /// The request is refused with -1021, whatever its timestamp.
    OutsideRecvWindow,
    /// The request is refused with -2015, as if its key had just been revoked.
    KeyRefused,
    /// The request is refused with 503 and no code.
    Maintenance,
    /// The account is shown with the balances before its last change.
    StaleBalances,
    /// An order is refused with -2010, as if its balance had been taken a moment before.
    BalanceTaken,
    /// A share of an order fills a moment before it is cancelled: all of it when the share is 1.
    FillBeforeCancel {
        /// Share of what is not filled yet, rounded down to the lot.
        share: Amount,
    },
    /// A new order fills in parts, one at each price that touches it; afterwards the rest fills at once.
    PartialFills {
        /// Shares of the order's quantity, each rounded down to the lot.
        shares: Vec<Amount>,
    },
    /// A stream event is sent twice.
    DuplicateEvent,
    /// A stream event is sent after the one that follows it.
    SwapEvents,
    /// The connection breaks instead of sending an event: by default the next fill of the user.
    DropStream,
    /// The connection stays open, but the event is never sent.
    SilentStream,
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Request,
    Event,
}

impl Fault {
    /// The name of the fault, as in its JSON form.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::TimeoutBeforeAccept { .. } => "timeout_before_accept",
            Self::TimeoutAfterAccept { .. } => "timeout_after_accept",
            Self::LateAccept { .. } => "late_accept",
            Self::Overloaded => "overloaded",
            Self::ErrorAfterAccept { .. } => "error_after_accept",
            Self::RateLimited { .. } => "rate_limited",
            Self::OutsideRecvWindow => "outside_recv_window",
            Self::KeyRefused => "key_refused",
            Self::Maintenance => "maintenance",
            Self::StaleBalances => "stale_balances",
            Self::BalanceTaken => "balance_taken",
            Self::FillBeforeCancel { .. } => "fill_before_cancel",
            Self::PartialFills { .. } => "partial_fills",
            Self::DuplicateEvent => "duplicate_event",
            Self::SwapEvents => "swap_events",
            Self::DropStream => "drop_stream",
            Self::SilentStream => "silent_stream",
        }
    }

    pub(super) const fn stage(&self) -> Stage {
        match self {
            Self::DuplicateEvent | Self::SwapEvents | Self::DropStream | Self::SilentStream => {
                Stage::Event
            }
            _ => Stage::Request,
        }
    }

    /// The only route that the fault makes sense on; none for those that fit all.
    const fn route(&self) -> Option<&'static str> {
        match self {
            Self::StaleBalances => Some("GET /api/v3/account"),
            Self::BalanceTaken | Self::PartialFills { .. } => Some("POST /api/v3/order"),
            Self::FillBeforeCancel { .. } => Some("DELETE /api/v3/order"),
            _ => None,
        }
    }

    /// Whether the fault makes sense on a route.
    pub(super) fn fits(&self, route: &str) -> bool {
        self.route().is_none_or(|only| only == route)
    }
}

/// Requests or stream events that a fault is meant for; an empty one means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Method and path, such as `POST /api/v3/order`, for REST and for the same method of the WebSocket API. For events the
    /// name of a market stream; without one they are those of user streams.
    #[serde(default)]
    pub route: Option<String>,
    /// The user's name.
    #[serde(default)]
    pub user: Option<String>,
}

impl Target {
    /// Whether a request is meant.
    pub(super) fn is_request(&self, route: &str, user: Option<&str>) -> bool {
        self.route.as_deref().is_none_or(|wanted| wanted == route)
            && (self.user.is_none() || self.user.as_deref() == user)
    }

    /// Whether an event is meant: of a market stream, or of a user.
    pub(super) fn is_event(&self, stream: Option<&str>, user: Option<&str>) -> bool {
        self.route.as_deref() == stream && (self.user.is_none() || self.user.as_deref() == user)
    }
}

/// A seeded schedule of faults: the same requests meet the same faults for the same seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Seed of the draws.
    pub seed: u64,
    /// How often each fault strikes.
    #[serde(default)]
    pub rates: Vec<Rate>,
    /// How long requests take; without it, no longer than they need.
    #[serde(default)]
    pub latency: Option<Latency>,
}

/// How often a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The fault that strikes.
    pub fault: Fault,
    /// Of a thousand requests or events that it is meant for.
    pub per_thousand: u16,
    /// What it is meant for.
    #[serde(default)]
    pub target: Target,
}

/// How long requests take: half of them up to the median, 49 % between both figures, 1 % up to twice the larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Median, in milliseconds.
    pub p50_ms: u64,
    /// What 99 of 100 requests stay below, in milliseconds.
    pub p99_ms: u64,
}
