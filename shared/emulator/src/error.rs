//! Binance's error codes, texts and statuses.

use http::StatusCode;
use trading::{AmountError, RejectCode};

/// A refusal as Binance words it: the HTTP status, the code and the text of its error body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Code -1000: a fault of the exchange itself.
    #[error("An unknown error occurred while processing the request.")]
    Unknown,
    /// Code -1003 with status 429: the address has used up its request weight.
    #[error(
        "Too much request weight used; current limit is {limit} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API."
    )]
    TooMuchWeight {
        /// Request weight that one address may use in a minute.
        limit: u32,
        /// Seconds until the address may ask again.
        retry_after_s: u64,
    },
    /// Code -1003 with status 418: the address went on asking after a 429 and is banned.
    #[error(
        "Way too much request weight used; IP banned until {until}. Please use WebSocket Streams for live updates to avoid bans."
    )]
    Banned {
        /// End of the ban, in milliseconds since 1970.
        until: i64,
        /// Seconds until the ban ends.
        retry_after_s: u64,
    },
    /// Code -1006 with status 500: the outcome of the request is not known.
    #[error("An unexpected response was received from the message bus. Execution status unknown.")]
    UnexpectedResponse,
    /// Code -1007 with status 504: the outcome of the request is not known.
    #[error(
        "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
    )]
    BackendTimeout,
    /// Code -1008 with status 503: the exchange sheds load.
    #[error(
        "Server is currently overloaded with other requests. Please try again in a few minutes."
    )]
    Overloaded,
    /// Status 503 without a code: the exchange is under maintenance.
    #[error("Service unavailable from a restricted location or under maintenance.")]
    Maintenance,
    /// Code -1013: an order breaks a filter of its symbol.
    #[error("Filter failure: {0}")]
    Filter(&'static str),
    /// Code -1013: a number of an order is zero or negative.
    #[error("Invalid {0}.")]
    Invalid(&'static str),
    /// Code -1015 with status 429: the account has placed as many orders as it may.
    #[error("Too many new orders; current limit is {limit} orders per {interval}.")]
    TooManyOrders {
        /// Orders that are allowed within the interval.
        limit: u32,
        /// The interval in Binance's words, such as `10 SECOND`.
        interval: &'static str,
        /// Seconds until the interval ends.
        retry_after_s: u64,
    },
    /// Code -1021: the timestamp lies a second or more in the future.
    #[error("Timestamp for this request was 1000ms ahead of the server's time.")]
    TimestampAhead,
    /// Code -1021: the timestamp is older than the receive window.
    #[error("Timestamp for this request is outside of the recvWindow.")]
    OutsideRecvWindow,
    /// Code -1022: the signature is wrong.
    #[error("Signature for this request is not valid.")]
    Signature,
    /// Code -1100: a parameter has characters that it may not have.
    #[error("Illegal characters found in parameter '{parameter}'; legal range is '{pattern}'.")]
    IllegalCharacters {
        /// Name of the parameter.
        parameter: &'static str,
        /// What it may be, as a regular expression.
        pattern: &'static str,
    },
    /// Code -1101: a parameter was sent twice.
    #[error("Duplicate values for a parameter detected.")]
    DuplicateParameter,
    /// Code -1102: a parameter is missing.
    #[error("Mandatory parameter '{0}' was not sent, was empty/null, or malformed.")]
    Mandatory(&'static str),
    /// Code -1102: one of two parameters is missing.
    #[error("Param '{0}' or '{1}' must be sent, but both were empty/null!")]
    MandatoryEither(&'static str, &'static str),
    /// Code -1104: more parameters were sent than the route knows.
    #[error("Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.")]
    Unread {
        /// Parameters that the route knows.
        read: usize,
        /// Parameters that were sent.
        sent: usize,
    },
    /// Code -1105: a parameter is empty.
    #[error("Parameter '{0}' was empty.")]
    Empty(String),
    /// Code -1106: a parameter does not go with the order type.
    #[error("Parameter '{0}' sent when not required.")]
    NotRequired(&'static str),
    /// Code -1111: a number has more decimals than its asset.
    #[error("Parameter '{0}' has too much precision.")]
    Precision(&'static str),
    /// Code -1115: no such time in force.
    #[error("Invalid timeInForce.")]
    TimeInForce,
    /// Code -1116: no such order type.
    #[error("Invalid orderType.")]
    OrderType,
    /// Code -1117: no such side.
    #[error("Invalid side.")]
    Side,
    /// Code -1120: no such candle interval.
    #[error("Invalid interval.")]
    Interval,
    /// Code -1121: no such symbol.
    #[error("Invalid symbol.")]
    Symbol,
    /// Code -1127: a time range is longer than 24 hours.
    #[error("More than 24 hours between startTime and endTime.")]
    TooLongRange,
    /// Code -1128: optional parameters do not go together.
    #[error("Combination of optional parameters invalid.")]
    Combination,
    /// Code -1130: a parameter has no valid value.
    #[error("Data sent for parameter '{0}' is not valid.")]
    BadData(&'static str),
    /// Code -1131: the receive window is too long.
    #[error("recvWindow must be less than 60000.")]
    RecvWindow,
    /// Code -2010: the matching engine refuses a new order.
    #[error("{}", .0.text())]
    Rejected(Rejection),
    /// Code -2011: there is no open order to cancel.
    #[error("Unknown order sent.")]
    UnknownOrder,
    /// Code -2011: the order is not in the status that the request asks for.
    #[error("Order was not canceled due to cancel restrictions.")]
    CancelRestrictions,
    /// Code -2013: there is no such order.
    #[error("Order does not exist.")]
    NoSuchOrder,
    /// Code -2014 with status 401: the API key is missing or malformed.
    #[error("API-key format invalid.")]
    KeyFormat,
    /// Code -2015 with status 401: the API key is unknown, revoked or lacks the permission.
    #[error("Invalid API-key, IP, or permissions for action.")]
    Key,
    /// Status 404: no such route.
    #[error("Path {0} not found.")]
    NoSuchRoute(String),
}

/// Why the matching engine refuses a new order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// Too little is free.
    InsufficientBalance,
    /// An open order of the account has the same client order id.
    Duplicate,
    /// The symbol does not trade now.
    MarketClosed,
    /// A LIMIT_MAKER order would have filled at once.
    WouldTake,
    /// The account may not trade.
    Disabled,
}

impl Rejection {
    /// The text of the error body.
    pub const fn text(self) -> &'static str {
        match self {
            Self::InsufficientBalance => "Account has insufficient balance for requested action.",
            Self::Duplicate => "Duplicate order sent.",
            Self::MarketClosed => "Market is closed.",
            Self::WouldTake => "Order would immediately match and take.",
            Self::Disabled => "This action is disabled on this account.",
        }
    }
}

impl ApiError {
    /// The negative number in the error body; zero where Binance sends none.
    pub const fn code(&self) -> i32 {
        match self {
            Self::Unknown => -1000,
            Self::TooMuchWeight { .. } | Self::Banned { .. } => -1003,
            Self::UnexpectedResponse => -1006,
            Self::BackendTimeout => -1007,
            Self::Overloaded => -1008,
            Self::Filter(_) | Self::Invalid(_) => -1013,
            Self::TooManyOrders { .. } => -1015,
            Self::TimestampAhead | Self::OutsideRecvWindow => -1021,
            Self::Signature => -1022,
            Self::IllegalCharacters { .. } => -1100,
            Self::DuplicateParameter => -1101,
            Self::Mandatory(_) | Self::MandatoryEither(..) => -1102,
            Self::Unread { .. } => -1104,
            Self::Empty(_) => -1105,
            Self::NotRequired(_) => -1106,
            Self::Precision(_) => -1111,
            Self::TimeInForce => -1115,
            Self::OrderType => -1116,
            Self::Side => -1117,
            Self::Interval => -1120,
            Self::Symbol => -1121,
            Self::TooLongRange => -1127,
            Self::Combination => -1128,
            Self::BadData(_) => -1130,
            Self::RecvWindow => -1131,
            Self::Rejected(_) => -2010,
            Self::UnknownOrder | Self::CancelRestrictions => -2011,
            Self::NoSuchOrder => -2013,
            Self::KeyFormat => -2014,
            Self::Key => -2015,
            Self::Maintenance | Self::NoSuchRoute(_) => 0,
        }
    }

    /// The HTTP status of the answer.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Unknown | Self::UnexpectedResponse => StatusCode::INTERNAL_SERVER_ERROR,
            Self::BackendTimeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Overloaded | Self::Maintenance => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooMuchWeight { .. } | Self::TooManyOrders { .. } => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Banned { .. } => StatusCode::IM_A_TEAPOT,
            Self::KeyFormat | Self::Key => StatusCode::UNAUTHORIZED,
            Self::NoSuchRoute(_) => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The value of `Retry-After`, in seconds.
    pub const fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::TooMuchWeight { retry_after_s, .. }
            | Self::Banned { retry_after_s, .. }
            | Self::TooManyOrders { retry_after_s, .. } => Some(*retry_after_s),
            _ => None,
        }
    }
}

impl From<AmountError> for ApiError {
    /// The symbols of an emulator are checked for sums that have an exact form, so this is a fault of its own.
    fn from(error: AmountError) -> Self {
        tracing::error!(%error, "a sum of the emulated exchange has no exact form");
        Self::Unknown
    }
}

/// The refusal that breaking a rule of the market leads to. `is_market_lot` tells that the further quantity rules of
/// market orders were broken.
pub(crate) fn of_rule(code: RejectCode, is_market_lot: bool) -> ApiError {
    match code {
        RejectCode::PriceOffTick | RejectCode::PriceNotPositive => ApiError::Filter("PRICE_FILTER"),
        RejectCode::PriceOutsideBand => ApiError::Filter("PERCENT_PRICE_BY_SIDE"),
        RejectCode::QuantityOffLot
        | RejectCode::BelowMinQuantity
        | RejectCode::AboveMaxQuantity => ApiError::Filter(if is_market_lot {
            "MARKET_LOT_SIZE"
        } else {
            "LOT_SIZE"
        }),
        RejectCode::BelowMinNotional | RejectCode::AboveMaxNotional => ApiError::Filter("NOTIONAL"),
        RejectCode::TooManyOrders => ApiError::Filter("MAX_NUM_ORDERS"),
        RejectCode::InsufficientBalance => ApiError::Rejected(Rejection::InsufficientBalance),
        RejectCode::WouldTake => ApiError::Rejected(Rejection::WouldTake),
        RejectCode::MarketClosed => ApiError::Rejected(Rejection::MarketClosed),
        RejectCode::Refused => ApiError::Unknown,
    }
}
