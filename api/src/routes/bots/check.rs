//! Configurations of bots, checked against the account that they are to trade on.

use store::trading::{balances, connections::Connection};
use trading::{
    Amount, Asset,
    bot::{self, BotConfig, BotSetup, Budget},
};

use crate::{
    candles::first_price,
    error::{ApiError, FieldError, warnings_unless_errors},
    extract::Principal,
    routes::connections::paper::paper_spec,
    state::AppState,
};

/// Checks a configuration against the account that it is to trade on, as it stands now; gives the warnings.
///
/// # Errors
/// 422 with everything that is wrong.
pub(super) async fn check_config(
    state: &AppState,
    principal: Principal,
    connection: &Connection,
    config: &BotConfig,
) -> Result<Vec<FieldError>, ApiError> {
    let held = balances::held(state.db.conn(), principal.user, Some(connection.id)).await?;
    let free = |asset: &Asset| {
        let of = held.iter().find(|held| held.asset == asset.as_str());
        Some(of.map(|held| held.balance.free).unwrap_or_default())
    };
    check_with_free(state, connection, config, free).await
}

/// Checks the configuration that a running bot is to get. The account's free balance is not counted: part of what is not
/// free is the bot's own.
///
/// # Errors
/// 422 with everything that is wrong.
pub(super) async fn check_running_config(
    state: &AppState,
    connection: &Connection,
    config: &BotConfig,
) -> Result<Vec<FieldError>, ApiError> {
    check_with_free(state, connection, config, |_| None).await
}

async fn check_with_free(
    state: &AppState,
    connection: &Connection,
    config: &BotConfig,
    free: impl Fn(&Asset) -> Option<Amount>,
) -> Result<Vec<FieldError>, ApiError> {
    let spec = paper_spec(connection)?;
    let price = match connection.feed.as_ref().and_then(|feed| feed.price) {
        Some(price) => price,
        None => first_price(state, &spec.feed, spec.market.tick_size, "/connection_id").await?,
    };
    let budget = Budget {
        price,
        free_quote: free(spec.symbol.quote()),
        free_base: free(spec.symbol.base()),
    };
    let setup = BotSetup::paper(config.clone(), spec.market(), spec.fees);
    let mut found = bot::validate(&setup, &budget);
    for finding in &mut found {
        finding.pointer.insert_str(0, "/config");
    }
    warnings_unless_errors(found)
}
