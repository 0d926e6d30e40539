//! The body of an error: RFC 9457 `application/problem+json`.

use std::borrow::Cow;

use serde::Serialize;
use store::entitlements::{Entitlement, Exceeded};
use utoipa::ToSchema;

use super::{ApiError, ErrorCode, FieldCode};
use crate::venues;

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body, or `/query/<name>`, `/headers/<name>`.
    #[schema(example = "/email")]
    pub pointer: String,
    /// What is wrong with it, for programs.
    pub code: FieldCode,
    /// What is wrong with it, for people.
    #[schema(value_type = String)]
    pub message: Cow<'static, str>,
}

impl FieldError {
    /// A wrong field.
    pub fn new(
        pointer: impl Into<String>,
        code: FieldCode,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code,
            message: message.into(),
        }
    }
}

/// What every error answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem<'a> {
    /// Names the kind of problem; always `about:blank`, the code says more.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The kind of problem, for people.
    pub title: &'static str,
    /// The HTTP status again.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// This occurrence, for people.
    pub detail: Cow<'a, str>,
    /// The kind of problem, for programs.
    pub code: ErrorCode,
    /// The request, for asking us about it; also in the `x-request-id` header.
    pub request_id: &'a str,
    /// Every wrong field; only where the code is `invalid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub errors: Option<&'a [FieldError]>,
    /// The version that the resource has now; only where the code is `version_conflict`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub current_version: Option<i32>,
    /// What the plan has too little of; only where the code is `entitlement_exceeded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub entitlement: Option<Entitlement>,
    /// How much the plan allows; only where the code is `entitlement_exceeded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub limit: Option<i64>,
    /// How much there is; only where the code is `entitlement_exceeded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub current: Option<i64>,
}

/// The body for this error.
pub(crate) fn render(error: &ApiError, request_id: &str) -> Vec<u8> {
    let code = error.code();
    let exceeded = match error {
        ApiError::EntitlementExceeded(exceeded) => Some(*exceeded),
        _ => None,
    };
    let problem = Problem {
        kind: "about:blank",
        title: code.title(),
        status: code.status().as_u16(),
        detail: detail(error),
        code,
        request_id,
        errors: match error {
            ApiError::Invalid(errors) => Some(errors),
            _ => None,
        },
        current_version: match error {
            ApiError::VersionConflict { current_version } => Some(*current_version),
            _ => None,
        },
        entitlement: exceeded.map(|exceeded| exceeded.entitlement),
        limit: exceeded.map(|exceeded| exceeded.limit),
        current: exceeded.map(|exceeded| exceeded.current),
    };
    serde_json::to_vec(&problem).unwrap_or_default()
}

fn exceeded_detail(exceeded: Exceeded) -> String {
    let Exceeded { limit, current, .. } = exceeded;
    let what = match exceeded.entitlement {
        Entitlement::MaxBots => "bots",
        Entitlement::MaxActiveDeals => "deals at once",
        Entitlement::MaxConnections => "connections",
        Entitlement::LiveTrading => return "The plan allows paper trading only".to_owned(),
        Entitlement::BacktestsPerDay => "backtests a day",
        Entitlement::BacktestCandles => {
            return format!("The plan allows {limit} candles a backtest; this one has {current}");
        }
    };
    format!("The plan allows {limit} {what}; there are {current}")
}

fn detail(error: &ApiError) -> Cow<'_, str> {
    match error {
        ApiError::BadRequest(detail) => Cow::Borrowed(detail),
        ApiError::MalformedJson(detail) => Cow::Borrowed(detail),
        ApiError::Invalid(errors) => match errors.as_slice() {
            [only] => Cow::Borrowed(&only.message),
            all => Cow::Owned(format!("{} fields are not valid", all.len())),
        },
        ApiError::BodyTooLarge { limit } => {
            Cow::Owned(format!("This route takes at most {limit} bytes"))
        }
        ApiError::UnsupportedMediaType => Cow::Borrowed("Send application/json"),
        ApiError::Unauthenticated => Cow::Borrowed("No valid credential came with the request"),
        ApiError::OriginRefused => Cow::Borrowed(
            "Writes with a cookie need an Origin header that is on the list of allowed origins",
        ),
        ApiError::InsufficientScope { scope } => {
            Cow::Owned(format!("An API token needs the scope {}", scope.as_str()))
        }
        ApiError::VersionConflict { current_version } => {
            Cow::Owned(format!("The current version is {current_version}"))
        }
        ApiError::Maintenance {
            message: Some(message),
            ..
        } => Cow::Borrowed(message),
        ApiError::UserStatusConflict { status } => Cow::Owned(format!("The account is {status}")),
        ApiError::NotYetAvailable => Cow::Borrowed(
            "An engine of an earlier release is still running, which does not know this type of bot or this change",
        ),
        ApiError::InsufficientUnownedBase { wanted, unowned } => Cow::Owned(format!(
            "{wanted} are to be supplied, and {unowned} of the account belong to no bot"
        )),
        ApiError::KeyNotAccepted(error) | ApiError::VenueUnavailable { error, .. } => {
            Cow::Borrowed(venues::said(error))
        }
        ApiError::LiveNotConfirmed => Cow::Borrowed(
            "Bots on this connection trade with real money: agree to that first, with POST /api/v1/exchange-connections/{id}/confirm-live",
        ),
        ApiError::EntitlementExceeded(exceeded) => Cow::Owned(exceeded_detail(*exceeded)),
        ApiError::BotStatusConflict { status } => Cow::Owned(format!("The bot is {status}")),
        // Whatever happened inside stays inside.
        _ => Cow::Borrowed(error.code().title()),
    }
}
