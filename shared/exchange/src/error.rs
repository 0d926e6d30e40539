//! What can go wrong between this program and a venue, told apart by codes and never by the text of a message.

use trading::order::{Millis, OrderStatus};

use crate::permit::PermitExpired;

/// Why a request to a venue has no result.
///
/// What matters most is whether the venue may have acted: only [`VenueError::Unknown`] leaves that open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VenueError {
    /// The venue refused the request for good; nothing was executed.
    #[error("the venue refused the request with code {code}: {reason}")]
    Rejected {
        /// The venue's error code.
        code: i64,
        /// The venue's message, for people: cut to 200 characters and free of secrets.
        reason: String,
    },
    /// The venue does not accept the API key, its signature or its permissions; nothing was executed.
    #[error("the venue does not accept the API key, code {code}: {reason}")]
    Credential {
        /// The venue's error code.
        code: i64,
        /// The venue's message, for people: cut to 200 characters and free of secrets.
        reason: String,
    },
    /// The venue does not know the order, or has no longer an open order of this id to cancel.
    #[error("the venue does not know the order, code {code}")]
    OrderNotFound {
        /// The venue's error code.
        code: i64,
    },
    /// The request's timestamp was outside the venue's window even after the clock was synchronised again; nothing was
    /// executed.
    #[error("the request was outside the venue's time window")]
    OutsideTimeWindow,
    /// Nothing of the request was written.
    #[error("the request was not sent: {0}")]
    NotSent(#[from] NotSent),
    /// A rate limit is used up, at the venue or by the local count; nothing was executed.
    #[error("a rate limit is used up until {until}")]
    RateLimited {
        /// First millisecond since 1970 at which a request may be tried again.
        until: Millis,
        /// Whose limit it is.
        scope: RateScope,
    },
    /// The venue may or may not have acted. An order is looked up, never sent again.
    #[error("the outcome of the request is unknown: {0}")]
    Unknown(#[from] Ambiguity),
}

/// Whose rate limit is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateScope {
    /// All requests from this address, of whatever account.
    Address,
    /// The orders of one account.
    Account,
}

/// Why nothing of a request was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The lease was renewed too long ago.
    #[error(transparent)]
    Permit(#[from] PermitExpired),
    /// No connection to the venue could be made.
    #[error("no connection to the venue")]
    Connect,
    /// No connection to the venue was made in time.
    #[error("no connection to the venue was made in time")]
    ConnectTimeout,
    /// Earlier requests have failed: the venue is given time until this millisecond since 1970.
    #[error("the venue has failed repeatedly and is left alone until {until}")]
    BreakerOpen {
        /// First millisecond since 1970 at which a request is tried again.
        until: Millis,
    },
    /// The venue's clock could not be read, so no timestamp could be made.
    #[error("the venue's clock could not be read")]
    NoServerTime,
    /// The list of markets could not be read, so the market has no name.
    #[error("the list of markets could not be read")]
    NoMarkets,
    /// The venue lists no market of this name: the same request will not succeed later.
    #[error("the venue lists no market {0}")]
    UnknownMarket(String),
    /// The request cannot be expressed at the venue: the same request will not succeed later.
    #[error("the request cannot be made: {0}")]
    Invalid(&'static str),
}

/// Why it is not known whether the venue acted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ambiguity {
    /// No answer came in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke after the request was handed over.
    #[error("the connection broke before the answer was complete")]
    ConnectionLost,
    /// The venue, or something in front of it, failed.
    #[error("HTTP status {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The venue itself says that it does not know the outcome.
    #[error("the venue answered with code {code}")]
    Code {
        /// The venue's error code.
        code: i64,
    },
    /// An answer came, but not in the expected shape.
    #[error("the answer could not be read: {0}")]
    Unreadable(String),
}

impl VenueError {
    /// Whether it is certain that the venue did nothing.
    pub const fn is_definite(&self) -> bool {
        !matches!(self, Self::Unknown(_))
    }

    /// Whether the API key is the reason: invalid, revoked, without permission, or not allowed from this address.
    pub const fn is_credential(&self) -> bool {
        matches!(self, Self::Credential { .. })
    }

    /// First millisecond since 1970 at which the request may be tried again, where that is known.
    pub const fn retry_at(&self) -> Option<Millis> {
        match self {
            Self::RateLimited { until, .. } | Self::NotSent(NotSent::BreakerOpen { until }) => {
                Some(*until)
            }
            Self::Rejected { .. }
            | Self::Credential { .. }
            | Self::OrderNotFound { .. }
            | Self::OutsideTimeWindow
            | Self::NotSent(_)
            | Self::Unknown(_) => None,
        }
    }

    /// What becomes of an order whose submission ended with this error: refused, unknown, or still to be sent.
    pub const fn submitted_as(&self) -> OrderStatus {
        match self {
            Self::Rejected { .. }
            | Self::Credential { .. }
            | Self::OrderNotFound { .. }
            | Self::NotSent(NotSent::Invalid(_) | NotSent::UnknownMarket(_)) => {
                OrderStatus::Rejected
            }
            Self::OutsideTimeWindow | Self::NotSent(_) | Self::RateLimited { .. } => {
                OrderStatus::Sending
            }
            Self::Unknown(_) => OrderStatus::Unknown,
        }
    }
}
