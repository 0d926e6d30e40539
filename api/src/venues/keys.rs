//! Keys of an exchange, tried before they are stored, and judged.

use exchange::{Venue as _, VenueError, venue::Permissions};
use platform::ids::UserId;
use store::trading::{
    connections::{self, Connection, Credentials},
    orders,
};
use trading::Venue;

use super::{account, admit, by_keys, failed, listed};
use crate::{
    error::{ApiError, FieldCode, FieldError},
    state::AppState,
};

/// Binance's code of a signature that does not fit the key.
const WRONG_SIGNATURE: i64 = -1022;

/// Why keys are of no use, and how that is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The part that is wrong, as a JSON pointer into a request that brings keys.
    pub(crate) pointer: &'static str,
    /// What is wrong, for programs.
    pub(crate) code: FieldCode,
    /// What is wrong, for people.
    pub(crate) message: &'static str,
    /// How its user mends it.
    pub(crate) remedy: &'static str,
}

const WRONG_SECRET: Fault = Fault {
    pointer: "/secret",
    code: FieldCode::KeyNotAccepted,
    message: "is not the secret of this key",
    remedy: "make a new key, of the kind that the exchange generates, and copy both its parts",
};

const REFUSED: Fault = Fault {
    pointer: "/key",
    code: FieldCode::KeyNotAccepted,
    message: "is not accepted by the exchange",
    remedy: "make sure that the key was not deleted, that it is of the live exchange or the testnet as the connection is, and \
        that it may be used from the addresses of this server; else make a new one",
};

const WITHDRAWS: Fault = Fault {
    pointer: "/key",
    code: FieldCode::KeyCanWithdraw,
    message: "can withdraw, which no bot needs",
    remedy: "switch off \"Enable Withdrawals\" for this key at Binance",
};

const NO_SPOT: Fault = Fault {
    pointer: "/key",
    code: FieldCode::KeyCannotTrade,
    message: "may not trade on the spot market",
    remedy: "switch on \"Enable Spot & Margin Trading\" for this key at Binance",
};

const NO_TRADING: Fault = Fault {
    pointer: "/key",
    code: FieldCode::KeyCannotTrade,
    message: "is of an account that may not trade",
    remedy: "ask the support of Binance why the account is locked",
};

impl Fault {
    /// The same for a request that brings keys.
    fn finding(self) -> FieldError {
        let message = format!("{}: {}", self.message, self.remedy);
        FieldError::new(self.pointer, self.code, message)
    }
}

/// The fault of keys that the exchange does not accept; none for any other error.
pub(crate) const fn refusal(error: &VenueError) -> Option<Fault> {
    match error {
        VenueError::Credential { code, .. } if *code == WRONG_SIGNATURE => Some(WRONG_SECRET),
        VenueError::Credential { .. } => Some(REFUSED),
        VenueError::Rejected { .. }
        | VenueError::OrderNotFound { .. }
        | VenueError::OutsideTimeWindow
        | VenueError::NotSent(_)
        | VenueError::RateLimited { .. }
        | VenueError::Unknown(_) => None,
    }
}

/// The faults of keys that may do too much or too little.
pub(crate) fn faults(permissions: &Permissions) -> Vec<Fault> {
    let key = permissions.key;
    let mut faults = Vec::new();
    if key.is_some_and(|key| key.can_withdraw) {
        faults.push(WITHDRAWS);
    }
    if key.is_some_and(|key| !key.can_trade_spot) {
        faults.push(NO_SPOT);
    } else if !permissions.can_trade {
        faults.push(NO_TRADING);
    }
    faults
}

/// The account of a connection, by the exchange's id of it: as it was noted, else as its present keys tell. None where these
/// are not accepted any more, or the exchange tells of no id.
async fn account_of(
    state: &AppState,
    user: UserId,
    connection: &Connection,
) -> Result<Option<String>, ApiError> {
    let noted = connections::account(state.db.conn(), user, connection.id).await?;
    if noted.is_some() {
        return Ok(noted);
    }
    let told = account(state, user, connection).await?.permissions().await;
    match told {
        Ok(permissions) => Ok(permissions.account),
        Err(error) if refusal(&error).is_some() => Ok(None),
        Err(error) => Err(failed(state, error)),
    }
}

/// Whether keys are of the account of a connection, by the id that the exchange tells with the keys. Where it tells of none,
/// they are if they find an order of the connection that is or may be in the book; none where there is no such order either.
///
/// # Errors
/// 503 where the exchange cannot be asked.
pub(crate) async fn is_same_account(
    state: &AppState,
    user: UserId,
    connection: &Connection,
    (keys, told): (&Credentials, Option<&str>),
) -> Result<Option<bool>, ApiError> {
    if let Some(told) = told
        && let Some(known) = account_of(state, user, connection).await?
    {
        return Ok(Some(known == told));
    }
    let open = orders::newest_at_exchange(state.db.conn(), user, connection.id).await?;
    let Some((symbol, client_order_id)) = open else {
        return Ok(None);
    };
    let listed = listed(state, connection.venue, connection.testnet)?;
    let account = by_keys(listed, keys)?;
    let found = async {
        listed.instruments().await?;
        account.order(&symbol, &client_order_id).await
    };
    match found.await {
        Ok(order) => Ok(Some(order.is_some())),
        Err(error) => Err(failed(state, error)),
    }
}

/// Asks the exchange whether bots can trade with these keys, and of which account they are. None where it does not tell that.
///
/// # Errors
/// 422 with what is wrong with them; 503 where the exchange cannot tell; 409 for a venue that cannot be traded on.
pub(crate) async fn check(
    state: &AppState,
    user: UserId,
    (venue, testnet): (Venue, bool),
    keys: &Credentials,
) -> Result<Option<String>, ApiError> {
    let account = by_keys(listed(state, venue, testnet)?, keys)?;
    admit(state, user).await?;
    let faults = match account.permissions().await {
        Ok(permissions) => {
            let faults = faults(&permissions);
            if faults.is_empty() {
                return Ok(permissions.account);
            }
            faults
        }
        Err(error) => match refusal(&error) {
            Some(fault) => vec![fault],
            None => return Err(failed(state, error)),
        },
    };
    let found = faults.into_iter().map(Fault::finding);
    Err(ApiError::Invalid(found.collect()))
}
