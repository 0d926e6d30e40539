//! Paper accounts: their settings, and the candles that they are to trade on.

use engine::spec::{PaperSpec, account_findings};
use store::trading::connections::{self, Connection};
use trading::Venue;

use crate::{
    candles::read_first,
    error::{ApiError, warnings_unless_errors},
    state::AppState,
};

/// The settings of a paper account.
///
/// # Errors
/// 409 `unsupported_venue` for an exchange.
pub(crate) fn paper_spec(connection: &Connection) -> Result<PaperSpec, ApiError> {
    match connection.venue {
        Venue::Paper => Ok(connections::settings(connection)?),
        Venue::Binance | Venue::Okx => Err(ApiError::UnsupportedVenue),
    }
}

/// Candles of a paper account that are read before it is made: a later one that is broken stops its feed there.
const MOST_CANDLES_READ: usize = 1_000_000;

/// Checks the settings of a paper account and reads its first candles.
///
/// # Errors
/// 422 with everything that is wrong.
pub(super) async fn check_paper_spec(state: &AppState, spec: &PaperSpec) -> Result<(), ApiError> {
    let mut found = account_findings(&spec.balances, &spec.fees, &spec.market);
    found.extend(spec.feed.findings().into_iter().map(|mut finding| {
        finding.pointer.insert_str(0, "/feed");
        finding
    }));
    for finding in &mut found {
        finding.pointer.insert_str(0, "/paper");
    }
    warnings_unless_errors(found)?;
    let tick = spec.market.tick_size;
    read_first(state, &spec.feed, tick, "/paper/feed", MOST_CANDLES_READ).await?;
    Ok(())
}
