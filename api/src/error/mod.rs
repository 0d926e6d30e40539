//! The one error of the HTTP face: each variant has a status, a stable code and says whether somebody must be told.

mod code;
mod findings;
mod problem;

use std::{borrow::Cow, time::Duration};

use axum::response::{IntoResponse, Response};
use exchange::VenueError;
use http::{HeaderValue, StatusCode, header};
use store::{StoreError, api_tokens::Scope, entitlements::Exceeded, trading::connections};

use crate::stripe::{SignatureError, StripeError};

pub use code::{ErrorCode, FieldCode};
pub(crate) use findings::warnings_unless_errors;
pub(crate) use problem::render;
pub use problem::{FieldError, Problem};

/// Why a request was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The request cannot be understood.
    #[error("bad request: {0}")]
    BadRequest(Cow<'static, str>),
    /// The body is not JSON as we take it.
    #[error("malformed JSON: {0}")]
    MalformedJson(String),
    /// No valid credentials.
    #[error("unauthenticated")]
    Unauthenticated,
    /// The access token has expired.
    #[error("access token expired")]
    TokenExpired,
    /// Wrong e-mail or password.
    #[error("invalid credentials")]
    InvalidCredentials,
    /// The token of a link in a mail is not good (any more).
    #[error("invalid token")]
    InvalidToken,
    /// The password that is asked for once more is wrong.
    #[error("wrong password")]
    WrongPassword,
    /// The refresh token is unknown, expired or revoked.
    #[error("invalid refresh token")]
    InvalidRefreshToken,
    /// An old refresh token came back.
    #[error("refresh token reused")]
    RefreshTokenReused,
    /// The plan does not allow it.
    #[error("entitlement exceeded: {0:?}")]
    EntitlementExceeded(Exceeded),
    /// There is no billing.
    #[error("billing disabled")]
    BillingDisabled,
    /// There is a subscription.
    #[error("already subscribed")]
    AlreadySubscribed,
    /// A newer checkout is open.
    #[error("checkout superseded")]
    CheckoutSuperseded,
    /// There is none.
    #[error("not subscribed")]
    NotSubscribed,
    /// The webhook is not Stripe's.
    #[error("invalid signature: {0}")]
    InvalidSignature(#[source] SignatureError),
    /// A signal does not prove that it may come to the bot, or there is no such bot.
    #[error("invalid signal secret")]
    InvalidSignalSecret,
    /// A signal was sent too long ago.
    #[error("signal too late")]
    SignalTooLate,
    /// A signal says that it was sent later than now.
    #[error("signal too early")]
    SignalTooEarly,
    /// A signal is about a short position.
    #[error("shorts not supported")]
    ShortsNotSupported,
    /// Stripe is away.
    #[error("billing unavailable: {0}")]
    BillingUnavailable(#[source] StripeError),
    /// A cookie-authenticated write from a foreign origin.
    #[error("origin refused")]
    OriginRefused,
    /// A wrong or used code.
    #[error("invalid code")]
    InvalidCode,
    /// The code of the authenticator was used before.
    #[error("TOTP code replayed")]
    TotpReplayed,
    /// No challenge of ours, or not any more.
    #[error("invalid login challenge")]
    InvalidChallenge,
    /// A fresh second factor is missing.
    #[error("step-up required")]
    StepUpRequired,
    /// A password where a code is needed.
    #[error("second factor required")]
    SecondFactorRequired,
    /// A credential that is no session of ours.
    #[error("session required")]
    SessionRequired,
    /// An API token without the scope.
    #[error("insufficient scope, needs {}", .scope.as_str())]
    InsufficientScope {
        /// The one that is needed.
        scope: Scope,
    },
    /// Not an admin.
    #[error("insufficient role")]
    InsufficientRole,
    /// An admin without a second factor.
    #[error("admin without a second factor")]
    AdminFactorRequired,
    /// The account's address is not proven.
    #[error("e-mail address unverified")]
    EmailUnverified,
    /// Accounts cannot be made at the moment.
    #[error("registration closed")]
    RegistrationClosed,
    /// The account is not active.
    #[error("account suspended")]
    AccountSuspended,
    /// Not there, or somebody else's.
    #[error("not found")]
    NotFound,
    /// The path is there, the method is not.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// The request did not arrive in time.
    #[error("request timeout")]
    RequestTimeout,
    /// The e-mail has an account.
    #[error("e-mail taken")]
    EmailTaken,
    /// A subscription would be charged on.
    #[error("subscription active")]
    SubscriptionActive,
    /// The version is stale.
    #[error("version conflict, now at {current_version}")]
    VersionConflict {
        /// The version it has now.
        current_version: i32,
    },
    /// Another of the user's things has this name.
    #[error("name taken")]
    NameTaken,
    /// Bots belong to the connection.
    #[error("connection in use")]
    ConnectionInUse,
    /// Exchanges cannot be traded on yet.
    #[error("unsupported venue")]
    UnsupportedVenue,
    /// Keys are of another account than orders that are open.
    #[error("keys of another account")]
    OtherAccount,
    /// Another connection is of this account.
    #[error("the account is connected already")]
    AccountConnected,
    /// The exchange does not accept the keys of the connection.
    #[error("key not accepted: {0}")]
    KeyNotAccepted(#[source] VenueError),
    /// Bots would trade real money, and nobody has agreed to that.
    #[error("live trading not confirmed")]
    LiveNotConfirmed,
    /// A paper account has no keys.
    #[error("no credentials")]
    NoCredentials,
    /// A paper account or a testnet.
    #[error("not a live connection")]
    NotALiveConnection,
    /// The bot's status does not allow it.
    #[error("bot is {status}")]
    BotStatusConflict {
        /// Where it stands.
        status: String,
    },
    /// The bot is one deal as long as it runs.
    #[error("this type of bot has one deal")]
    BotTypeConflict,
    /// An admin's own account.
    #[error("own account")]
    OwnAccount,
    /// The account of the last superadmin.
    #[error("last superadmin")]
    LastSuperadmin,
    /// The account has this status already.
    #[error("account is {status}")]
    UserStatusConflict {
        /// Which.
        status: &'static str,
    },
    /// The deal has ended.
    #[error("deal closed")]
    DealClosed,
    /// The feed has ended.
    #[error("feed ended")]
    FeedEnded,
    /// An engine that is still running does not know this type of bot, or this change of one.
    #[error("an engine of an earlier release is running")]
    NotYetAvailable,
    /// Other bots own base that this one is to be supplied with.
    #[error("{unowned} of the account belongs to no bot, {wanted} is wanted")]
    InsufficientUnownedBase {
        /// Base that the bot is to be supplied with.
        wanted: String,
        /// Base of the account that no bot owns.
        unowned: String,
    },
    /// A second factor is there already.
    #[error("TOTP enabled")]
    TotpEnabled,
    /// There is no second factor.
    #[error("TOTP not enabled")]
    TotpNotEnabled,
    /// As many tokens as may be.
    #[error("too many API tokens")]
    TooManyApiTokens,
    /// The backtest has ended.
    #[error("backtest ended")]
    BacktestEnded,
    /// As many backtests of the user wait as may.
    #[error("{limit} backtests wait")]
    TooManyBacktests {
        /// How many may.
        limit: i64,
    },
    /// Another request just rotated the refresh token.
    #[error("refresh in progress")]
    RefreshInProgress,
    /// A request with the same idempotency key is running.
    #[error("idempotency key in flight")]
    IdempotencyInFlight,
    /// The body is too large.
    #[error("body over {limit} bytes")]
    BodyTooLarge {
        /// Bytes that would have been taken.
        limit: usize,
    },
    /// The body is not declared as JSON.
    #[error("unsupported media type")]
    UnsupportedMediaType,
    /// Fields are wrong, all of them named.
    #[error("{} invalid fields", .0.len())]
    Invalid(Vec<FieldError>),
    /// The idempotency key was used with another body.
    #[error("idempotency key reused")]
    IdempotencyKeyReused,
    /// Too many requests.
    #[error("rate limited")]
    RateLimited {
        /// When to come back.
        retry_after: Duration,
    },
    /// Too many failed logins.
    #[error("login locked")]
    LoginLocked {
        /// When to try again.
        retry_after: Duration,
    },
    /// The headers are too large.
    #[error("headers too large")]
    HeadersTooLarge,
    /// More work waits than can be done in time.
    #[error("overloaded")]
    Overloaded,
    /// Only admins are served.
    #[error("maintenance")]
    Maintenance {
        /// What everybody else is told.
        message: Option<String>,
        /// When to come back.
        retry_after: Duration,
    },
    /// Redis is away.
    #[error("realtime unavailable")]
    RealtimeUnavailable,
    /// The database is away.
    #[error("database unavailable: {0}")]
    DatabaseUnavailable(#[source] StoreError),
    /// The exchange is away, or not to be asked now.
    #[error("venue unavailable: {error}")]
    VenueUnavailable {
        /// What the exchange or the way to it answered.
        #[source]
        error: VenueError,
        /// When to come back.
        retry_after: Duration,
    },
    /// This copy does not serve yet.
    #[error("not ready: pooler or schema are still to be found fit")]
    NotReady,
    /// The answer took too long.
    #[error("timeout")]
    Timeout,
    /// Our fault.
    #[error("internal: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ApiError {
    /// Wraps a failure that is ours and that the caller can do nothing about.
    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }

    /// One wrong field.
    pub fn field(
        pointer: impl Into<String>,
        code: FieldCode,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, message)])
    }

    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::BadRequest(_) => ErrorCode::BadRequest,
            Self::MalformedJson(_) => ErrorCode::MalformedJson,
            Self::Unauthenticated => ErrorCode::Unauthenticated,
            Self::TokenExpired => ErrorCode::TokenExpired,
            Self::InvalidCredentials => ErrorCode::InvalidCredentials,
            Self::InvalidToken => ErrorCode::InvalidToken,
            Self::WrongPassword => ErrorCode::WrongPassword,
            Self::InvalidRefreshToken => ErrorCode::InvalidRefreshToken,
            Self::RefreshTokenReused => ErrorCode::RefreshTokenReused,
            Self::EntitlementExceeded(_) => ErrorCode::EntitlementExceeded,
            Self::BillingDisabled => ErrorCode::BillingDisabled,
            Self::AlreadySubscribed => ErrorCode::AlreadySubscribed,
            Self::CheckoutSuperseded => ErrorCode::CheckoutSuperseded,
            Self::NotSubscribed => ErrorCode::NotSubscribed,
            Self::InvalidSignature(_) => ErrorCode::InvalidSignature,
            Self::InvalidSignalSecret => ErrorCode::InvalidSignalSecret,
            Self::SignalTooLate => ErrorCode::SignalTooLate,
            Self::SignalTooEarly => ErrorCode::SignalTooEarly,
            Self::ShortsNotSupported => ErrorCode::ShortsNotSupported,
            Self::BillingUnavailable(_) => ErrorCode::BillingUnavailable,
            Self::OriginRefused => ErrorCode::OriginRefused,
            Self::InvalidCode => ErrorCode::InvalidCode,
            Self::TotpReplayed => ErrorCode::TotpReplayed,
            Self::InvalidChallenge => ErrorCode::InvalidChallenge,
            Self::StepUpRequired => ErrorCode::StepUpRequired,
            Self::SecondFactorRequired => ErrorCode::SecondFactorRequired,
            Self::SessionRequired => ErrorCode::SessionRequired,
            Self::InsufficientScope { .. } => ErrorCode::InsufficientScope,
            Self::InsufficientRole => ErrorCode::InsufficientRole,
            Self::AdminFactorRequired => ErrorCode::AdminFactorRequired,
            Self::EmailUnverified => ErrorCode::EmailUnverified,
            Self::RegistrationClosed => ErrorCode::RegistrationClosed,
            Self::OwnAccount => ErrorCode::OwnAccount,
            Self::LastSuperadmin => ErrorCode::LastSuperadmin,
            Self::UserStatusConflict { .. } => ErrorCode::UserStatusConflict,
            Self::Maintenance { .. } => ErrorCode::Maintenance,
            Self::RealtimeUnavailable => ErrorCode::RealtimeUnavailable,
            Self::AccountSuspended => ErrorCode::AccountSuspended,
            Self::NotFound => ErrorCode::NotFound,
            Self::MethodNotAllowed => ErrorCode::MethodNotAllowed,
            Self::RequestTimeout => ErrorCode::RequestTimeout,
            Self::EmailTaken => ErrorCode::EmailTaken,
            Self::SubscriptionActive => ErrorCode::SubscriptionActive,
            Self::VersionConflict { .. } => ErrorCode::VersionConflict,
            Self::NameTaken => ErrorCode::NameTaken,
            Self::ConnectionInUse => ErrorCode::ConnectionInUse,
            Self::UnsupportedVenue => ErrorCode::UnsupportedVenue,
            Self::OtherAccount => ErrorCode::OtherAccount,
            Self::AccountConnected => ErrorCode::AccountConnected,
            Self::KeyNotAccepted(_) => ErrorCode::KeyNotAccepted,
            Self::LiveNotConfirmed => ErrorCode::LiveNotConfirmed,
            Self::NoCredentials => ErrorCode::NoCredentials,
            Self::NotALiveConnection => ErrorCode::NotALiveConnection,
            Self::BotStatusConflict { .. } => ErrorCode::BotStatusConflict,
            Self::BotTypeConflict => ErrorCode::BotTypeConflict,
            Self::DealClosed => ErrorCode::DealClosed,
            Self::FeedEnded => ErrorCode::FeedEnded,
            Self::NotYetAvailable => ErrorCode::NotYetAvailable,
            Self::InsufficientUnownedBase { .. } => ErrorCode::InsufficientUnownedBase,
            Self::TotpEnabled => ErrorCode::TotpEnabled,
            Self::TotpNotEnabled => ErrorCode::TotpNotEnabled,
            Self::TooManyApiTokens => ErrorCode::TooManyApiTokens,
            Self::BacktestEnded => ErrorCode::BacktestEnded,
            Self::TooManyBacktests { .. } => ErrorCode::TooManyBacktests,
            Self::RefreshInProgress => ErrorCode::RefreshInProgress,
            Self::IdempotencyInFlight => ErrorCode::IdempotencyInFlight,
            Self::BodyTooLarge { .. } => ErrorCode::BodyTooLarge,
            Self::UnsupportedMediaType => ErrorCode::UnsupportedMediaType,
            Self::Invalid(_) => ErrorCode::Invalid,
            Self::IdempotencyKeyReused => ErrorCode::IdempotencyKeyReused,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::LoginLocked { .. } => ErrorCode::LoginLocked,
            Self::HeadersTooLarge => ErrorCode::HeadersTooLarge,
            Self::Overloaded => ErrorCode::Overloaded,
            Self::DatabaseUnavailable(_) | Self::NotReady => ErrorCode::DatabaseUnavailable,
            Self::VenueUnavailable { .. } => ErrorCode::VenueUnavailable,
            Self::Timeout => ErrorCode::Timeout,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// What a write of a connection to an exchange has failed with: an account that is connected already, or a label that is
    /// taken.
    pub(crate) fn of_connection(error: StoreError) -> Self {
        if error.is_conflict_on(connections::ACCOUNT_KEY) {
            Self::AccountConnected
        } else {
            Self::of_named(error, connections::LABEL_KEY)
        }
    }

    /// What a write of something named has failed with: a name that is taken, where it breaks the unique key `key`.
    pub(crate) fn of_named(error: StoreError, key: &str) -> Self {
        if error.is_conflict_on(key) {
            Self::NameTaken
        } else {
            error.into()
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.code().status()
    }

    /// True where somebody has to look: a fault of ours, not an outage that health and metrics already show.
    pub fn is_reportable(&self) -> bool {
        matches!(self, Self::Internal(_))
    }

    /// When the caller should come back.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after }
            | Self::LoginLocked { retry_after }
            | Self::VenueUnavailable { retry_after, .. }
            | Self::Maintenance { retry_after, .. } => Some(*retry_after),
            Self::RefreshInProgress
            | Self::IdempotencyInFlight
            | Self::Overloaded
            | Self::Timeout
            // Whatever it collided with has been done by then.
            | Self::DatabaseUnavailable(StoreError::Serialization(_)) => {
                Some(Duration::from_secs(1))
            }
            Self::DatabaseUnavailable(_)
            | Self::NotReady
            | Self::RealtimeUnavailable
            | Self::BillingUnavailable(_) => Some(Duration::from_secs(5)),
            _ => None,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Serialization(_) => {
                Self::DatabaseUnavailable(error)
            }
            StoreError::Conflict { .. }
            | StoreError::Reference { .. }
            | StoreError::Stale
            | StoreError::NotFound
            | StoreError::LeaseLost(_)
            | StoreError::Other(_) => Self::internal(error),
        }
    }
}

impl From<StripeError> for ApiError {
    fn from(error: StripeError) -> Self {
        if error.is_temporary() {
            Self::BillingUnavailable(error)
        } else {
            Self::internal(error)
        }
    }
}

/// The error travels in the response's extensions: the outermost layer, which knows the request's id, writes the body.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let headers = response.headers_mut();
        if let Some(after) = self.retry_after() {
            let seconds = after.as_millis().div_ceil(1000).max(1);
            if let Ok(value) = HeaderValue::try_from(seconds.to_string()) {
                headers.insert(header::RETRY_AFTER, value);
            }
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}
