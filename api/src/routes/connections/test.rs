//! Whether a connection works.

use std::net::IpAddr;

use axum::{Json, extract::State};
use exchange::{Venue as _, venue::Permissions};
use serde::Serialize;
use store::trading::connections::{self, Connection};
use trading::Venue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    owned_connection,
    paper::{check_paper_spec, paper_spec},
};
use crate::{
    error::ApiError,
    extract::{ApiPath, Principal, Trader},
    state::AppState,
    venues::{self, keys},
};

/// Whether a connection works.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ConnectionTest {
    /// Whether the connection works.
    pub ok: bool,
    /// Why it does not.
    pub message: Option<String>,
    /// How its user mends that.
    pub remedy: Option<String>,
    /// What the keys may do; null for a paper account, and where the exchange did not accept them or did not answer.
    pub permissions: Option<KeyPermissions>,
    /// Addresses from which requests reach the exchange: those to which its user may bind the key there. Empty where the
    /// operator has set none.
    #[schema(value_type = Vec<String>)]
    pub addresses: Vec<IpAddr>,
}

/// What keys may do; null for what the exchange does not tell, as Binance's testnet does not.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyPermissions {
    /// Read what the account holds.
    pub read: Option<bool>,
    /// Trade on the spot market.
    pub trade_spot: Option<bool>,
    /// Withdraw from the account, which no bot needs.
    pub withdraw: Option<bool>,
    /// Whether they work from listed addresses only. Which these are, no exchange tells.
    pub bound_to_addresses: Option<bool>,
}

impl From<&Permissions> for KeyPermissions {
    fn from(told: &Permissions) -> Self {
        let key = told.key;
        let trades = key.map(|key| key.can_trade_spot && told.can_trade);
        Self {
            // The account has just been read.
            read: Some(true),
            trade_spot: trades.or((!told.can_trade).then_some(false)),
            withdraw: key.map(|key| key.can_withdraw),
            bound_to_addresses: key.map(|key| key.is_bound_to_addresses),
        }
    }
}

/// Tests a connection
///
/// A paper account works while its candles can be had. An exchange is asked with the keys of the connection: they work if
/// bots can trade with them and nobody can withdraw with them. Of what does not work it says why, and how to mend it.
#[utoipa::path(
    post, path = "/api/v1/exchange-connections/{id}/test", tag = "exchange-connections",
    params(("id" = Uuid, Path, description = "Id of the connection")),
    responses(
        (status = 200, description = "Whether it works", body = ConnectionTest),
        (status = 409, description = "`unsupported_venue`, `account_connected`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn test_connection(
    State(state): State<AppState>,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<ConnectionTest>, ApiError> {
    let connection = owned_connection(&state, principal, id).await?;
    let test = match connection.venue {
        Venue::Paper => test_paper(&state, &connection).await?,
        Venue::Binance | Venue::Okx => test_keys(&state, principal, &connection).await?,
    };
    Ok(Json(test))
}

async fn test_paper(state: &AppState, connection: &Connection) -> Result<ConnectionTest, ApiError> {
    let spec = paper_spec(connection)?;
    let message = match check_paper_spec(state, &spec).await {
        Ok(()) => None,
        Err(ApiError::Invalid(errors)) => errors.into_iter().next().map(|e| e.message.into_owned()),
        Err(error) => return Err(error),
    };
    Ok(ConnectionTest {
        ok: message.is_none(),
        message,
        ..ConnectionTest::default()
    })
}

async fn test_keys(
    state: &AppState,
    principal: Principal,
    connection: &Connection,
) -> Result<ConnectionTest, ApiError> {
    let account = venues::account(state, principal.user, connection).await?;
    venues::admit(state, principal.user).await?;
    let mut test = ConnectionTest {
        addresses: state.egress.clone(),
        ..ConnectionTest::default()
    };
    let faults = match account.permissions().await {
        Ok(told) => {
            test.permissions = Some(KeyPermissions::from(&told));
            if let Some(id) = &told.account {
                let (user, version) = (principal.user, connection.version);
                connections::note_account(state.db.conn(), user, connection.id, version, id)
                    .await
                    .map_err(ApiError::of_connection)?;
            }
            keys::faults(&told)
        }
        Err(error) => {
            let Some(fault) = keys::refusal(&error) else {
                test.message = Some(venues::said(&error).to_owned());
                test.remedy = Some("Try again later".to_owned());
                return Ok(test);
            };
            vec![fault]
        }
    };
    test.ok = faults.is_empty();
    let all = |part: fn(&keys::Fault) -> String| {
        let parts: Vec<String> = faults.iter().map(part).collect();
        (!parts.is_empty()).then(|| parts.join(". "))
    };
    test.message = all(|fault| format!("The {} {}", &fault.pointer[1..], fault.message));
    test.remedy = all(|fault| sentence(fault.remedy));
    Ok(test)
}

/// The text with a capital.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
