//! Configurations of bots, checked against the account that they are to trade on.

use store::trading::{balances, bots::Bot, connections::Connection, feeds::FeedStatus};
use trading::{
    Amount, Asset,
    bot::{self, BotConfig, BotSetup, Budget, Command},
};

use crate::{
    candles::first_price,
    error::{ApiError, FieldError, warnings_unless_errors},
    extract::Principal,
    routes::connections::{owned_connection, paper::paper_spec},
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
    let (setup, budget) = setup_and_budget(state, principal, connection, config).await?;
    warnings_of(bot::validate(&setup, &budget))
}

/// What a configuration is checked or previewed with: the market, its price, and what the account has free.
///
/// # Errors
/// 409 for a venue that cannot be traded on; 422 where the account's candles give no price.
pub(super) async fn setup_and_budget(
    state: &AppState,
    principal: Principal,
    connection: &Connection,
    config: &BotConfig,
) -> Result<(BotSetup, Budget), ApiError> {
    let held = balances::held(state.db.conn(), principal.user, Some(connection.id)).await?;
    with_free(state, connection, config, |asset| {
        let of = held.iter().find(|held| held.asset == asset.as_str());
        Some(of.map(|held| held.balance.free).unwrap_or_default())
    })
    .await
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
    let (setup, budget) = with_free(state, connection, config, |_| None).await?;
    warnings_of(bot::validate_edit(&setup, &budget))
}

/// Checks a command to a bot that runs against its market, the price now and what the account has free.
///
/// # Errors
/// 409 where the feed has ended; 422 with every field that is wrong.
pub(super) async fn check_command(
    state: &AppState,
    principal: Principal,
    bot: &Bot,
    command: &Command,
) -> Result<(), ApiError> {
    let connection = owned_connection(state, principal, bot.connection_id).await?;
    let feed = connection.feed.as_ref().map(|feed| feed.status);
    if matches!(feed, Some(FeedStatus::Finished | FeedStatus::Error)) {
        return Err(ApiError::FeedEnded);
    }
    let (setup, budget) = setup_and_budget(state, principal, &connection, &bot.config).await?;
    let found = bot::validate_command(&setup, &budget, command);
    warnings_unless_errors(found).map(drop)
}

/// The price of a connection's market: the last one of its feed, or the first one before any was played.
///
/// # Errors
/// 409 for a venue that cannot be traded on; 422 where the account's candles give no price.
pub(super) async fn price_now(
    state: &AppState,
    connection: &Connection,
) -> Result<Amount, ApiError> {
    if let Some(price) = connection.feed.as_ref().and_then(|feed| feed.price) {
        return Ok(price);
    }
    let spec = paper_spec(connection)?;
    first_price(state, &spec.feed, spec.market.tick_size, "/connection_id").await
}

async fn with_free(
    state: &AppState,
    connection: &Connection,
    config: &BotConfig,
    free: impl Fn(&Asset) -> Option<Amount>,
) -> Result<(BotSetup, Budget), ApiError> {
    let spec = paper_spec(connection)?;
    let price = price_now(state, connection).await?;
    let budget = Budget {
        price,
        free_quote: free(spec.symbol.quote()),
        free_base: free(spec.symbol.base()),
    };
    Ok((
        BotSetup::paper(config.clone(), spec.market(), spec.fees),
        budget,
    ))
}

fn warnings_of(mut found: Vec<bot::FieldError>) -> Result<Vec<FieldError>, ApiError> {
    for finding in &mut found {
        finding.pointer.insert_str(0, "/config");
    }
    warnings_unless_errors(found)
}
