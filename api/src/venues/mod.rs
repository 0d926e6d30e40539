//! Exchanges, asked on behalf of a user.

pub(crate) mod keys;
pub(crate) mod markets;

use std::time::Duration;

use exchange::{
    NotSent, VenueError,
    binance::{Binance, Credential},
    venues::Listed,
};
use platform::ids::UserId;
use store::trading::connections::{self, Connection, Credentials, CredentialsError};
use trading::Venue;

use crate::{error::ApiError, limits::RouteClass, state::AppState};

/// When to ask an exchange again that has failed.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The exchange of a venue.
///
/// # Errors
/// 409 `unsupported_venue` for one that cannot be traded on.
pub(crate) fn listed(state: &AppState, venue: Venue, testnet: bool) -> Result<&Listed, ApiError> {
    match venue {
        Venue::Binance => state.venues.binance(testnet),
        Venue::Okx | Venue::Paper => None,
    }
    .ok_or(ApiError::UnsupportedVenue)
}

/// Counts a request for which an exchange is asked: the limits of an exchange are those of all users together.
///
/// # Errors
/// 429 where the user has had it asked too often.
pub(crate) async fn admit(state: &AppState, user: UserId) -> Result<(), ApiError> {
    let who = format!("user:{user}");
    let decision = state.limiter.check(RouteClass::Venue, &who).await;
    if decision.allowed {
        return Ok(());
    }
    let class = RouteClass::Venue.as_str();
    metrics::counter!("api_rate_limited_total", "class" => class).increment(1);
    Err(ApiError::RateLimited {
        retry_after: decision.retry_after,
    })
}

/// The account at an exchange that a connection leads to.
///
/// # Errors
/// 409 for a venue that cannot be traded on.
pub(crate) async fn account(
    state: &AppState,
    user: UserId,
    connection: &Connection,
) -> Result<Binance, ApiError> {
    let listed = listed(state, connection.venue, connection.testnet)?;
    let conn = state.db.conn();
    let kept = connections::credentials(conn, &state.vault, user, connection.id).await;
    let kept = kept.map_err(|error| match error {
        CredentialsError::Store(error) => error.into(),
        error @ (CredentialsError::Vault(_) | CredentialsError::Form) => ApiError::internal(error),
    })?;
    by_keys(listed, &kept.ok_or(ApiError::NoCredentials)?)
}

/// The account at an exchange that these keys are of.
fn by_keys(listed: &Listed, keys: &Credentials) -> Result<Binance, ApiError> {
    let credential = Credential::new(keys.key.clone(), keys.secret.clone());
    let credential = credential.map_err(ApiError::internal)?;
    Ok(Binance::new(listed.market().clone(), credential))
}

/// The answer to a request for which an exchange was asked in vain.
pub(crate) fn failed(state: &AppState, error: VenueError) -> ApiError {
    if error.is_credential() {
        return ApiError::KeyNotAccepted(error);
    }
    let now = state.clock.now().timestamp_millis();
    let wait = error.retry_at().map(|at| at.saturating_sub(now).max(1_000));
    let wait = wait.and_then(|ms| u64::try_from(ms).ok());
    ApiError::VenueUnavailable {
        error,
        retry_after: wait.map_or(RETRY_AFTER, Duration::from_millis),
    }
}

/// What happened to a question to an exchange, for people.
pub(crate) const fn said(error: &VenueError) -> &'static str {
    match error {
        VenueError::Credential { .. } => "The exchange does not accept the key",
        VenueError::RateLimited { .. } => {
            "The limits that the exchange sets are used up for the moment"
        }
        VenueError::OutsideTimeWindow => "The exchange finds this server's clock wrong",
        VenueError::NotSent(NotSent::BreakerOpen { .. }) => {
            "The exchange has failed again and again, and is left alone for a while"
        }
        VenueError::NotSent(
            NotSent::Connect | NotSent::ConnectTimeout | NotSent::NoServerTime | NotSent::NoMarkets,
        ) => "The exchange cannot be reached",
        VenueError::Unknown(_) => "The exchange did not answer as it should",
        VenueError::Rejected { .. }
        | VenueError::OrderNotFound { .. }
        | VenueError::NotSent(
            NotSent::Permit(_) | NotSent::UnknownMarket(_) | NotSent::Invalid(_),
        ) => "The exchange refused to answer",
    }
}
