//! Markets of connections, by the names that requests give them.

use exchange::venue::{Instrument, Instruments, MarketStatus};
use store::trading::connections::Connection;
use trading::{Symbol, Venue};

use super::{failed, listed};
use crate::{
    error::{ApiError, FieldCode},
    routes::connections::paper::paper_spec,
    state::AppState,
};

/// The market of a connection that a request names at `pointer`. A paper account has one of its own.
///
/// # Errors
/// 422 where it has to be named, or there is no such market.
pub(crate) async fn named(
    state: &AppState,
    connection: &Connection,
    given: Option<&str>,
    pointer: &'static str,
) -> Result<Symbol, ApiError> {
    let (symbol, _) = looked_up(state, connection, given, pointer).await?;
    Ok(symbol)
}

/// The market of a connection that bots are to trade, named in a request as `/symbol`.
///
/// # Errors
/// 422 as for [`named`], and where it takes no orders now.
pub(crate) async fn traded(
    state: &AppState,
    connection: &Connection,
    given: Option<&str>,
) -> Result<Symbol, ApiError> {
    let (symbol, status) = looked_up(state, connection, given, "/symbol").await?;
    if status.takes_orders() {
        return Ok(symbol);
    }
    Err(ApiError::field(
        "/symbol",
        FieldCode::MarketNotTrading,
        "takes no orders at the moment: the exchange has halted this market",
    ))
}

async fn looked_up(
    state: &AppState,
    connection: &Connection,
    given: Option<&str>,
    pointer: &'static str,
) -> Result<(Symbol, MarketStatus), ApiError> {
    if connection.venue == Venue::Paper {
        let symbol = of_paper(paper_spec(connection)?.symbol, given, pointer)?;
        return Ok((symbol, MarketStatus::Trading));
    }
    let listed = listed(state, connection.venue, connection.testnet)?;
    let given = given.ok_or_else(|| {
        let message = "is required: an exchange has many markets";
        ApiError::field(pointer, FieldCode::Required, message)
    })?;
    let instruments = listed.instruments().await;
    let instruments = instruments.map_err(|error| failed(state, error))?;
    let found = find(&instruments, given, pointer)?;
    Ok((found.market.symbol.clone(), found.status))
}

fn of_paper(own: Symbol, given: Option<&str>, pointer: &'static str) -> Result<Symbol, ApiError> {
    if given.is_none_or(|given| given == own.to_string()) {
        return Ok(own);
    }
    let message = format!("is not the market of this paper account, which is {own}");
    Err(ApiError::field(pointer, FieldCode::Conflict, message))
}

/// The spot market of an exchange that a request names at `pointer`, whether or not it takes orders now.
///
/// # Errors
/// 422 where there is none, with the one that is probably meant.
pub(crate) fn find<'a>(
    instruments: &'a Instruments,
    given: &str,
    pointer: &'static str,
) -> Result<&'a Instrument, ApiError> {
    // Of a market that stands still the exchange may say that nobody may trade it.
    let is_spot = |listed: &&Instrument| listed.is_spot || !listed.status.takes_orders();
    let mut spot = instruments.listed.iter().filter(is_spot);
    let wanted: Option<Symbol> = given.parse().ok();
    let by_symbol =
        wanted.and_then(|wanted| spot.clone().find(|listed| listed.market.symbol == wanted));
    by_symbol.ok_or_else(|| {
        let plain = plain(given);
        let meant = spot.find(|listed| self::plain(&listed.venue_name) == plain);
        let message = match meant {
            Some(meant) => format!(
                "is no spot market of the exchange; do you mean {}?",
                meant.market.symbol
            ),
            None => {
                "is no spot market of the exchange; GET /api/v1/markets/{id}/symbols lists them"
                    .to_owned()
            }
        };
        ApiError::field(pointer, FieldCode::UnknownMarket, message)
    })
}

/// A name without what people write between its parts.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_uppercase()).collect()
}
