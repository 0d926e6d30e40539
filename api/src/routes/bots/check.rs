//! Configurations of bots and commands to them, checked against the account that they trade on, as it stands now.

use engine::spec::CandleSource;
use exchange::{MarketData as _, Venue as _, venue};
use store::trading::{balances, bot_states, bots::Bot, connections::Connection, feeds::FeedStatus};
use trading::{
    Amount, Asset, Market, Symbol, Venue,
    bot::{self, BotConfig, BotSetup, Budget, Command, EXCHANGE_CANDLE, FeedCandles},
    market::Fees,
    paper::Balance,
};
use uuid::Uuid;

use crate::{
    candles::first_candle,
    error::{ApiError, FieldError, warnings_unless_errors},
    extract::Principal,
    routes::connections::paper::paper_spec,
    state::AppState,
    venues,
};

/// A market at this moment, and what an account has there.
pub(super) struct Situation {
    market: Market,
    fees: Fees,
    price: Amount,
    candles: FeedCandles,
    base: Balance,
    quote: Balance,
}

/// Looks at a market of a connection. An exchange is asked three things at once: the price, the fees and what the account
/// holds.
///
/// # Errors
/// 409 for a venue that cannot be traded on, and where it does not accept the keys; 422 where the account's candles give no
/// price, and where the exchange has no such market any more; 503 where it cannot be asked.
pub(super) async fn look(
    state: &AppState,
    principal: Principal,
    connection: &Connection,
    symbol: &Symbol,
) -> Result<Situation, ApiError> {
    match connection.venue {
        Venue::Paper => look_at_paper(state, principal, connection).await,
        Venue::Binance | Venue::Okx => {
            Box::pin(look_at_exchange(state, principal, connection, symbol)).await
        }
    }
}

async fn look_at_paper(
    state: &AppState,
    principal: Principal,
    connection: &Connection,
) -> Result<Situation, ApiError> {
    let spec = paper_spec(connection)?;
    // The last price of its feed, or the first one before any was played.
    let price = connection.feed.as_ref().and_then(|feed| feed.price);
    let (price, candles) = match (price, &spec.feed) {
        (Some(price), CandleSource::Synthetic { interval, .. }) => {
            (price, FeedCandles::Every(interval.millis()))
        }
        (price, feed) => {
            let tick = spec.market.tick_size;
            let first = first_candle(state, feed, tick, "/connection_id").await;
            match (first, price) {
                (Ok(first), price) => (
                    price.unwrap_or(first.open),
                    FeedCandles::Every(first.duration()),
                ),
                // A file that is gone does not keep what it has brought from being looked at.
                (Err(_), Some(price)) => (price, FeedCandles::Unknown),
                (Err(error), None) => return Err(error),
            }
        }
    };
    let held = balances::held(state.db.conn(), principal.user, Some(connection.id)).await?;
    let of = |asset: &Asset| {
        let found = held.iter().find(|held| held.asset == asset.as_str());
        found.map(|held| held.balance).unwrap_or_default()
    };
    Ok(Situation {
        base: of(spec.symbol.base()),
        quote: of(spec.symbol.quote()),
        fees: spec.fees,
        market: spec.market(),
        price,
        candles,
    })
}

async fn look_at_exchange(
    state: &AppState,
    principal: Principal,
    connection: &Connection,
    symbol: &Symbol,
) -> Result<Situation, ApiError> {
    let failed = |error| venues::failed(state, error);
    let listed = venues::listed(state, connection.venue, connection.testnet)?;
    let account = venues::account(state, principal.user, connection).await?;
    venues::admit(state, principal.user).await?;
    let instruments = listed.instruments().await.map_err(failed)?;
    let instrument = venues::markets::find(&instruments, &symbol.to_string(), "/symbol")?;
    let (quote, rates, held) = tokio::try_join!(
        listed.market().quote(symbol),
        account.fee_rates(symbol),
        account.balances(),
    )
    .map_err(failed)?;
    let of = |asset: &Asset| {
        let found = held.iter().find(|held| held.asset == *asset);
        found.map(balance).unwrap_or_default()
    };
    Ok(Situation {
        base: of(symbol.base()),
        quote: of(symbol.quote()),
        fees: rates.fees,
        market: instrument.market.clone(),
        price: quote.last,
        candles: FeedCandles::Every(EXCHANGE_CANDLE),
    })
}

fn balance(held: &venue::Balance) -> Balance {
    Balance {
        free: held.free,
        reserved: held.locked,
    }
}

/// Refuses what waits for a price where none will come any more.
///
/// # Errors
/// 409 where the feed of a paper account has ended.
pub(super) fn require_prices(connection: &Connection) -> Result<(), ApiError> {
    let feed = connection.feed.as_ref().map(|feed| feed.status);
    if matches!(feed, Some(FeedStatus::Finished | FeedStatus::Error)) {
        return Err(ApiError::FeedEnded);
    }
    Ok(())
}

impl Situation {
    /// The price now.
    pub(super) const fn price(&self) -> Amount {
        self.price
    }

    /// What a configuration is checked or previewed with.
    pub(super) fn setup(&self, config: &BotConfig) -> (BotSetup, Budget) {
        let budget = Budget {
            price: self.price,
            free_quote: Some(self.quote.free),
            free_base: Some(self.base.free),
            candles: self.candles,
        };
        let setup = BotSetup::paper(config.clone(), self.market.clone(), self.fees);
        (setup, budget)
    }

    /// Checks a configuration; gives the warnings.
    ///
    /// # Errors
    /// 422 with everything that is wrong.
    pub(super) fn check(&self, config: &BotConfig) -> Result<Vec<FieldError>, ApiError> {
        let (setup, budget) = self.setup(config);
        warnings_of(bot::validate(&setup, &budget))
    }

    /// Checks the configuration that a running bot is to get. The account's free balance is not counted: part of what is
    /// not free is the bot's own.
    ///
    /// # Errors
    /// 422 with everything that is wrong.
    pub(super) fn check_running(&self, config: &BotConfig) -> Result<Vec<FieldError>, ApiError> {
        let (setup, budget) = self.setup(config);
        let budget = Budget {
            free_quote: None,
            free_base: None,
            ..budget
        };
        warnings_of(bot::validate_edit(&setup, &budget))
    }

    /// Checks a command to a bot that runs.
    ///
    /// # Errors
    /// 422 with every field that is wrong.
    pub(super) fn check_command(&self, bot: &Bot, command: &Command) -> Result<(), ApiError> {
        let (setup, budget) = self.setup(&bot.config);
        let found = bot::validate_command(&setup, &budget, command);
        warnings_unless_errors(found).map(drop)
    }

    /// Checks that base which a bot is to get belongs to no bot, those in `but` left out of account.
    ///
    /// # Errors
    /// 409 where less than `wanted` belongs to none.
    pub(super) async fn check_unowned(
        &self,
        state: &AppState,
        (bot, but): (&Bot, &[Uuid]),
        wanted: Amount,
    ) -> Result<(), ApiError> {
        if !wanted.is_positive() {
            return Ok(());
        }
        let base = bot.symbol.base();
        let owned = bot_states::owned_by_symbol(state.db.conn(), bot.connection_id, but).await?;
        // In whichever market of the account it was bought.
        let owned = owned.iter().filter(|(symbol, _)| symbol.base() == base);
        let total = self.base.free.plus(self.base.reserved);
        let unowned = owned
            .fold(total, |left, (_, owned)| left?.minus(*owned))
            .map_err(ApiError::internal)?;
        if unowned < wanted {
            return Err(ApiError::InsufficientUnownedBase {
                wanted: wanted.to_string(),
                unowned: unowned.max(Amount::ZERO).to_string(),
            });
        }
        Ok(())
    }
}

fn warnings_of(mut found: Vec<bot::FieldError>) -> Result<Vec<FieldError>, ApiError> {
    for finding in &mut found {
        finding.pointer.insert_str(0, "/config");
    }
    warnings_unless_errors(found)
}
