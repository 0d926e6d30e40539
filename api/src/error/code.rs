//! The catalogue of error codes. A code never changes its meaning.

use http::StatusCode;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:ident, $title:literal;)*) => {
        /// What went wrong, for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status that goes with it.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// One line for people.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

/// By hand: the derive does not see names that a macro gives.
impl PartialSchema for ErrorCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "What went wrong, for programs. A code never changes its meaning.",
            ))
            .enum_values(Some(Self::ALL.iter().map(|code| code.as_str())))
            .into()
    }
}

impl ToSchema for ErrorCode {}

error_codes! {
    /// The request itself cannot be understood.
    BadRequest = "bad_request", BAD_REQUEST, "The request cannot be understood";
    /// The call is not signed by Stripe, or was long ago.
    InvalidSignature = "invalid_signature", BAD_REQUEST, "The signature is not valid";
    /// The body is not JSON, repeats a key, is nested too deeply or is not UTF-8.
    MalformedJson = "malformed_json", BAD_REQUEST, "The body is not valid JSON";
    /// No valid credentials came with the request.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Sign in first";
    /// The access token was ours and its time is over: refresh it.
    TokenExpired = "token_expired", UNAUTHORIZED, "The access token has expired";
    /// E-mail and password do not belong together.
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "E-mail or password is wrong";
    /// The token of a link in a mail is unknown, used or expired, or was replaced by a newer one.
    InvalidToken = "invalid_token", BAD_REQUEST, "The link is not valid any more";
    /// The password that is asked for once more is wrong.
    WrongPassword = "wrong_password", FORBIDDEN, "The password is wrong";
    /// A signal does not have the secret of the bot, or there is no such bot, or it takes no signals.
    InvalidSignalSecret = "invalid_signal_secret", UNAUTHORIZED, "The secret does not fit this bot";
    /// The refresh token is unknown, expired or revoked.
    InvalidRefreshToken = "invalid_refresh_token", UNAUTHORIZED, "The refresh token is not valid";
    /// An old refresh token came back: the whole session was revoked.
    RefreshTokenReused = "refresh_token_reused", UNAUTHORIZED, "The refresh token was used before";
    /// The plan does not allow one more: `entitlement`, `limit` and `current` say of what.
    EntitlementExceeded = "entitlement_exceeded", PAYMENT_REQUIRED, "The plan does not allow that";
    /// A cookie came with a write from an origin that is not ours.
    OriginRefused = "origin_refused", FORBIDDEN, "This origin may not do that";
    /// The code of the second factor is wrong, or a recovery code that was used before.
    InvalidCode = "invalid_code", UNAUTHORIZED, "The code is not valid";
    /// The code of the authenticator is right and was used before, or a newer one was: wait for the next. The user is told.
    TotpReplayed = "totp_replayed", UNAUTHORIZED, "The code was used before";
    /// The challenge of a login is unknown, expired or void: begin again with the password.
    InvalidChallenge = "invalid_challenge", UNAUTHORIZED, "The login challenge is not valid";
    /// A fresh second factor is needed: `POST /api/v1/auth/step-up`, then the same again.
    StepUpRequired = "step_up_required", FORBIDDEN, "Confirm that it is you first";
    /// The account has a second factor, so its password is not enough.
    SecondFactorRequired = "second_factor_required", FORBIDDEN, "A code of the second factor is needed";
    /// Only a session from a login here may do that: no API token, no session of another frontend.
    SessionRequired = "session_required", FORBIDDEN, "Sign in here first";
    /// The API token lacks the scope that this needs.
    InsufficientScope = "insufficient_scope", FORBIDDEN, "The API token may not do that";
    /// The user's role does not allow it.
    InsufficientRole = "insufficient_role", FORBIDDEN, "The account may not do that";
    /// Admins need a second factor for what only they may do: enrol an authenticator with `POST /api/v1/auth/totp`.
    AdminFactorRequired = "admin_factor_required", FORBIDDEN, "Admins need a second factor";
    /// The account's address is not proven yet: no API token, second factor or exchange key before that.
    EmailUnverified = "email_unverified", FORBIDDEN, "Confirm your e-mail address first";
    /// Accounts cannot be made at the moment.
    RegistrationClosed = "registration_closed", FORBIDDEN, "Registration is closed";
    /// The account is suspended or banned.
    AccountSuspended = "account_suspended", FORBIDDEN, "The account is suspended";
    /// This installation sells no plans, and limits nothing.
    BillingDisabled = "billing_disabled", NOT_FOUND, "There is no billing here";
    /// Nothing is there, or it is somebody else's.
    NotFound = "not_found", NOT_FOUND, "Not found";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    /// The request took too long to arrive.
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive";
    /// An account with this e-mail exists.
    EmailTaken = "email_taken", CONFLICT, "An account with this e-mail exists";
    /// A subscription goes on: cancel it first.
    SubscriptionActive = "subscription_active", CONFLICT, "Cancel the subscription first";
    /// Somebody else changed it in the meantime; `current_version` is what it is now.
    VersionConflict = "version_conflict", CONFLICT, "It was changed in the meantime";
    /// Another of the user's things has this name.
    NameTaken = "name_taken", CONFLICT, "This name is taken";
    /// Bots belong to the connection: delete them first.
    ConnectionInUse = "connection_in_use", CONFLICT, "Bots belong to this connection";
    /// This installation cannot trade on the connection's venue yet.
    UnsupportedVenue = "unsupported_venue", CONFLICT, "This venue cannot be traded on yet";
    /// The exchange does not accept the keys of the connection: they were deleted, or do not work from here. Rotate them.
    KeyNotAccepted = "key_not_accepted", CONFLICT, "The exchange does not accept the connection's key";
    /// The keys are of another account, and bots or orders of this connection are at work at the one before: stop its bots first,
    /// or say that those orders are to be left there (`abandon_orders`).
    OtherAccount = "other_account", CONFLICT, "These keys are of another account";
    /// A connection of this account is there already, maybe of another user: two would take each other's funds for their own.
    AccountConnected = "account_connected", CONFLICT, "This account of the exchange is connected already";
    /// Trading with real money has to be confirmed first, for each connection: `POST .../confirm-live`.
    LiveNotConfirmed = "live_not_confirmed", CONFLICT, "Confirm trading with real money first";
    /// A paper account has no keys.
    NoCredentials = "no_credentials", CONFLICT, "The connection has no keys";
    /// No real money moves through the connection: it is a paper account or a testnet.
    NotALiveConnection = "not_a_live_connection", CONFLICT, "No real money moves through this connection";
    /// There is a subscription already: it is changed in the portal.
    AlreadySubscribed = "already_subscribed", CONFLICT, "There is a subscription already";
    /// Another checkout of the user was begun at the same time, or since; only the newest can be paid.
    CheckoutSuperseded = "checkout_superseded", CONFLICT, "Another checkout took its place";
    /// There has never been a subscription.
    NotSubscribed = "not_subscribed", CONFLICT, "There is no subscription";
    /// The bot's status does not allow it.
    BotStatusConflict = "bot_status_conflict", CONFLICT, "The bot's status does not allow it";
    /// Bots of this type do not do that: their only deal lasts as long as they run.
    BotTypeConflict = "bot_type_conflict", CONFLICT, "Bots of this type cannot do that";
    /// An admin cannot do that to their own account.
    OwnAccount = "own_account", CONFLICT, "This cannot be done to one's own account";
    /// Nobody could name admins any more: make somebody else superadmin first.
    LastSuperadmin = "last_superadmin", CONFLICT, "This is the last superadmin";
    /// The account has this status already.
    UserStatusConflict = "user_status_conflict", CONFLICT, "The account has this status already";
    /// The deal has ended.
    DealClosed = "deal_closed", CONFLICT, "The deal has ended";
    /// The feed has been played to its end, or cannot go on.
    FeedEnded = "feed_ended", CONFLICT, "The feed has ended";
    /// An engine of an earlier release is still running, which does not know this type of bot or this change: try again once the release is
    /// rolled out.
    NotYetAvailable = "not_yet_available", CONFLICT, "Not available until the release is rolled out";
    /// Part of the base that the bot is to be supplied with belongs to other bots, or is not there.
    InsufficientUnownedBase = "insufficient_unowned_base", CONFLICT, "Too little base belongs to no other bot";
    /// A second factor is enrolled and confirmed already: disable it first.
    TotpEnabled = "totp_enabled", CONFLICT, "A second factor is enabled already";
    /// No second factor is enrolled.
    TotpNotEnabled = "totp_not_enabled", CONFLICT, "No second factor is enabled";
    /// The user has as many API tokens as may be.
    TooManyApiTokens = "too_many_api_tokens", CONFLICT, "There are too many API tokens";
    /// The backtest is finished, failed or canceled.
    BacktestEnded = "backtest_ended", CONFLICT, "The backtest has ended";
    /// As many of the user's backtests wait or run as may: let one end, or cancel it.
    TooManyBacktests = "too_many_backtests", CONFLICT, "Too many backtests are waiting";
    /// Another request just used this refresh token: use the one that it got.
    RefreshInProgress = "refresh_in_progress", CONFLICT, "Another request just refreshed this session";
    /// A request with this idempotency key is running.
    IdempotencyInFlight = "idempotency_in_flight", CONFLICT, "A request with this Idempotency-Key is running";
    /// The body is larger than this route takes.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// The body is not declared as `application/json`.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The content type is not supported";
    /// Fields are missing or wrong: `errors` names each of them.
    Invalid = "invalid", UNPROCESSABLE_ENTITY, "Some fields are not valid";
    /// The idempotency key was used with another body.
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The Idempotency-Key was used with another body";
    /// A signal came later after it was sent than it counts: see `max_lag_s` of its bot.
    SignalTooLate = "signal_too_late", UNPROCESSABLE_ENTITY, "The signal was sent too long ago";
    /// A signal says that it was sent more than five seconds from now.
    SignalTooEarly = "signal_too_early", UNPROCESSABLE_ENTITY, "The signal's time is in the future";
    /// A signal asks for a short position, which there is none of on spot markets.
    ShortsNotSupported = "shorts_not_supported", UNPROCESSABLE_ENTITY, "Spot markets know no short positions";
    /// Too many requests: `Retry-After` says when to come back.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too many requests";
    /// Too many failed logins: `Retry-After` says when to try again.
    LoginLocked = "login_locked", TOO_MANY_REQUESTS, "Too many failed logins";
    /// The headers of the request are larger than taken.
    HeadersTooLarge = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large";
    /// The platform is under maintenance: `Retry-After` says when to come back.
    Maintenance = "maintenance", SERVICE_UNAVAILABLE, "Under maintenance";
    /// Our fault.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side";
    /// More work is waiting than can be done in time.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "Too busy, try again";
    /// Redis is away, without which nothing can be said to sockets.
    RealtimeUnavailable = "realtime_unavailable", SERVICE_UNAVAILABLE, "Sockets cannot be reached right now";
    /// The database is away.
    DatabaseUnavailable = "database_unavailable", SERVICE_UNAVAILABLE, "Temporarily unavailable";
    /// Stripe is away.
    BillingUnavailable = "billing_unavailable", SERVICE_UNAVAILABLE, "Payments are not available right now";
    /// The exchange cannot be reached, fails, or its limits are used up: `Retry-After` says when to try again.
    VenueUnavailable = "venue_unavailable", SERVICE_UNAVAILABLE, "The exchange is not available right now";
    /// The request took too long to answer.
    Timeout = "timeout", SERVICE_UNAVAILABLE, "The answer took too long";
}

/// What is wrong with one field, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    /// It is missing.
    Required,
    /// The route knows no such field.
    UnknownField,
    /// It is of another JSON type.
    Type,
    /// The number is too small or too large.
    OutOfRange,
    /// The text or list is too long.
    TooLong,
    /// The text or list is too short.
    TooShort,
    /// The text has not the form it should have.
    Format,
    /// It is none of the values allowed.
    OneOf,
    /// It is there twice.
    Duplicate,
    /// It does not go together with another field.
    Conflict,
    /// The password would be guessed too easily.
    WeakPassword,
    /// Orders of this size are below the market's smallest.
    BelowMinNotional,
    /// What an entry of this size buys could not be sold any more: less its fee, on the lot, at the stop-loss.
    ExitNotViable,
    /// The last safety order would be at or below zero.
    LadderBelowZero,
    /// Two fees eat what a step of the grid earns.
    StepBelowFees,
    /// A step of the grid earns little more than two fees.
    StepNearFees,
    /// Fee and lot leave too little of what a line buys to be sold.
    SellsBelowMinimum,
    /// What is missing of a grid's base is too little to be bought.
    RestBelowMinimum,
    /// The price is beyond an exit price.
    PriceBeyondExit,
    /// The price is outside the lines of a grid.
    PriceOutsideGrid,
    /// Two lines of the grid fall on the same tick.
    LinesTooClose,
    /// Needs more than the account has free.
    InsufficientBalance,
    /// More orders than the venue allows at once.
    TooManyOrders,
    /// The stop-loss lies above the last safety order.
    StopAboveLadder,
    /// Not a schedule, or one that never comes due.
    InvalidSchedule,
    /// Not a known time zone.
    InvalidTimezone,
    /// Prices of candles are no multiples of the market's tick, and were brought to the nearest.
    PricesOffTick,
    /// Candles are missing.
    CandlesMissing,
    /// Candles began late or ended early, and were played as whole ones.
    CandlesCutShort,
    /// The candles cannot be had.
    UnusableCandles,
    /// It names nothing of the caller's.
    NotFound,
    /// The exchange does not accept it: it is wrong, was deleted, or does not work from here.
    KeyNotAccepted,
    /// The key can withdraw, which no bot needs.
    KeyCanWithdraw,
    /// The key, or its account, may not trade on the spot market.
    KeyCannotTrade,
    /// The exchange has no spot market of this name.
    UnknownMarket,
    /// The market takes no orders at the moment.
    MarketNotTrading,
    /// It is wrong in another way.
    Invalid,
}
