//! Takes accounts at exchanges up, and again where that fails.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use exchange::{
    MarketData, NotSent, Venue, VenueError,
    binance::{Binance, Credential},
    venues::Listed,
};
use store::{
    StoreError, leases,
    trading::{
        accounts::{self, LoadedExchange},
        commit::{self, Batch, CommandOutcome, NewStatus},
        connections,
    },
};
use tokio::time::{sleep, timeout};
use trading::{
    Amount, Symbol, Venue as VenueName,
    bot::{BotStatus, EXCHANGES_SINCE},
    market::{FeeCharge, Fees},
    order::Millis,
};

use super::{
    account::{LiveAccount, TradedMarket},
    play::{KEYS_REFUSED, Next, Play, PlayError, Terms, salvage},
};
use crate::runner::{
    bot_row::Failed,
    desk::{Assignment, SharedParts},
    event_bodies,
    stranded::is_stranded,
};

/// How long to leave database and exchange alone after a failure: doubles up to the second.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// Why bots are paused whose connection has other keys now: real money is to be confirmed again.
const LIVE_NOT_CONFIRMED: &str = "live_not_confirmed";

/// Milliseconds after which an order that the exchange does not know is on its way no more.
const ON_ITS_WAY_MS: Millis = 60_000;

/// How long the price is waited for that fees are valued at.
const FEE_PRICE_WITHIN: Duration = Duration::from_secs(2);

/// How long an account that cannot be used is left alone.
const REFUSED_FOR: Duration = Duration::from_secs(30);

/// The task of one account at an exchange.
pub(in crate::runner) struct LiveDesk {
    shared: SharedParts,
    assignment: Assignment,
    /// Its bots were told that the account cannot be used.
    has_refused: AtomicBool,
}

/// Why an account cannot be taken up.
#[derive(Debug, thiserror::Error)]
enum DeskError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Venue(#[from] VenueError),
    #[error(transparent)]
    Play(#[from] PlayError),
    /// Nothing but its user can mend it.
    #[error("{0}")]
    Unusable(String),
}

impl DeskError {
    /// The bot whose rows are at fault, if only one's are.
    fn failed(&self) -> Option<Failed> {
        let Self::Play(PlayError::Session(fault)) = self else {
            return None;
        };
        let reason = fault.to_string();
        fault.bot.map(|bot| Failed { bot, reason })
    }
}

impl LiveDesk {
    pub(in crate::runner) const fn new(shared: SharedParts, assignment: Assignment) -> Self {
        Self {
            shared,
            assignment,
            has_refused: AtomicBool::new(false),
        }
    }

    /// Plays until there is nothing to do, the shard is handed over or lost, or the process stops.
    pub(in crate::runner) async fn run(self) {
        let connection = self.assignment.connection;
        let mut backoff = BACKOFF.0;
        let mut failed = Vec::new();
        while !self.is_over() {
            match self.round(&std::mem::take(&mut failed)).await {
                Ok(Next::Rest) => break,
                Ok(Next::Reload) => backoff = BACKOFF.0,
                Err(
                    DeskError::Store(StoreError::LeaseLost(shard))
                    | DeskError::Play(PlayError::Store(StoreError::LeaseLost(shard))),
                ) => {
                    tracing::warn!(shard, %connection, "lost the lease of an account");
                    break;
                }
                Err(error) => {
                    failed.extend(error.failed());
                    tracing::warn!(%error, %connection, "cannot continue an account at an exchange, trying again");
                    metrics::counter!("engine_account_failures_total").increment(1);
                    tokio::select! {
                        () = self.assignment.guard.over().cancelled() => {}
                        () = self.assignment.stop.cancelled() => {}
                        () = sleep(backoff) => {}
                    }
                    backoff = backoff.saturating_mul(2).min(BACKOFF.1);
                }
            }
        }
    }

    fn is_over(&self) -> bool {
        self.assignment.guard.over().is_cancelled() || self.assignment.stop.is_cancelled()
    }

    /// From the database to memory, and as far as it goes. Bots that `failed` in the round before go on without what they
    /// remembered.
    async fn round(&self, failed: &[Failed]) -> Result<Next, DeskError> {
        let lease = self.assignment.guard.lease();
        let txn = self.shared.db.begin().await?;
        leases::raise_format(&txn, &lease, i32::from(EXCHANGES_SINCE)).await?;
        txn.commit().await.map_err(StoreError::from)?;
        let now = self.shared.clock.now().timestamp_millis();
        let connection = self.assignment.connection;
        let loaded = accounts::load_exchange(&self.shared.db, &lease, connection, now).await?;
        let Some(loaded) = loaded else {
            return Ok(Next::Rest);
        };
        let opened = match loaded.account.venue {
            VenueName::Binance => self.binance(loaded.account.testnet).await,
            VenueName::Paper | VenueName::Okx => Err(DeskError::Unusable(
                "the exchange is not supported".to_owned(),
            )),
        };
        match opened {
            Ok((listed, venue)) => self.play(listed, venue, loaded, failed).await,
            Err(DeskError::Unusable(reason)) => self.refuse(&loaded, reason).await,
            Err(error) => Err(error),
        }
    }

    /// The account at Binance, by the keys that were given.
    async fn binance(&self, testnet: bool) -> Result<(Listed, Binance), DeskError> {
        let unusable = |reason: &str| DeskError::Unusable(reason.to_owned());
        let exchanges = &self.shared.exchanges;
        let listed = exchanges.hub.venues().binance(testnet).cloned();
        let listed = listed.ok_or_else(|| unusable("the exchange has no address"))?;
        let (user, connection) = (self.assignment.user, self.assignment.connection);
        let conn = self.shared.db.conn();
        let keys = connections::credentials(conn, &exchanges.vault, user, connection).await;
        let keys = match keys {
            Ok(Some(keys)) => keys,
            Ok(None) => return Err(unusable("the connection has no keys")),
            Err(connections::CredentialsError::Store(error)) => return Err(error.into()),
            Err(error) => return Err(unusable(&error.to_string())),
        };
        let credential = Credential::new(keys.key, keys.secret)
            .map_err(|error| DeskError::Unusable(error.to_string()))?;
        let venue = Binance::new(listed.market().clone(), credential);
        Ok((listed, venue))
    }

    async fn play(
        &self,
        listed: Listed,
        venue: Binance,
        loaded: LoadedExchange,
        failed: &[Failed],
    ) -> Result<Next, DeskError> {
        let Assignment {
            guard,
            user,
            connection,
            look,
            stop,
        } = &self.assignment;
        let markets = match markets(&listed, &venue, &loaded).await {
            Err(DeskError::Venue(error)) if error.is_credential() => {
                return self.refuse(&loaded, KEYS_REFUSED.to_owned()).await;
            }
            markets => markets?,
        };
        let (clock, testnet) = (self.shared.clock.clone(), loaded.account.testnet);
        let may_trade = testnet || loaded.account.is_live_confirmed;
        let terms = Terms {
            shared: self.shared.clone(),
            guard: guard.clone(),
            user: *user,
            connection: *connection,
            look: look.clone(),
            stop: stop.clone(),
            listed: listed.clone(),
            testnet,
            keys: loaded.account.keys.clone(),
            since: loaded.account.data_time,
        };
        let prices = self.shared.exchanges.hub.prices(listed.market(), testnet);
        let mut of_fees = Vec::new();
        for traded in &markets {
            let symbol = &traded.market.symbol;
            prices.follow(symbol.clone()).await;
            // What was traded in the meantime is read before the first price arrives, and its fees are valued.
            if traded.is_for_fees {
                let quote = timeout(FEE_PRICE_WITHIN, listed.market().quote(symbol)).await;
                of_fees.push((symbol.clone(), quote));
            }
        }
        let now = clock.now().timestamp_millis();
        let (mut account, unreadable) =
            LiveAccount::build(*connection, loaded, markets, clock, now, failed)
                .map_err(PlayError::from)?;
        for (symbol, quote) in of_fees {
            match quote {
                Ok(Ok(quote)) => account
                    .note_price(&symbol, Some(quote))
                    .map_err(PlayError::from)?,
                Ok(Err(error)) => {
                    tracing::warn!(%symbol, %error, "cannot read the price that fees are valued at");
                }
                Err(_) => tracing::warn!(%symbol, "no price that fees are valued at came in time"),
            }
        }
        salvage(&self.shared.db, &mut account, unreadable).await?;
        if !may_trade {
            account
                .pause_all(LIVE_NOT_CONFIRMED)
                .map_err(PlayError::from)?;
        }
        self.cancel_orphans(&venue, &mut account).await?;
        let stop = stop.child_token();
        let stream = venue.user_stream(&stop);
        let play = Play::new(terms, venue, account, stream, prices);
        Ok(Box::pin(play.run()).await?)
    }

    /// Takes orders out of the book that belong to bots which cannot be taken up.
    async fn cancel_orphans(
        &self,
        venue: &Binance,
        account: &mut LiveAccount,
    ) -> Result<(), DeskError> {
        let mut gone = Vec::new();
        for order in account.orphans() {
            let permit = self.assignment.guard.venue_permit();
            let permit = permit.ok_or(StoreError::LeaseLost(self.assignment.user.shard()))?;
            tracing::warn!(order = order.client_order_id, bot = %order.bot, "cancels an order of a bot that cannot continue");
            let canceled = venue
                .cancel(&permit, &order.symbol, &order.client_order_id)
                .await;
            let age = account.now() - order.placed_at;
            match canceled {
                // It may still be on its way, and is looked for when the account is taken up the next time.
                Err(VenueError::OrderNotFound { .. })
                    if order.life.status().is_unconfirmed() && age < ON_ITS_WAY_MS => {}
                Ok(_)
                | Err(
                    VenueError::OrderNotFound { .. }
                    | VenueError::NotSent(NotSent::UnknownMarket(_)),
                ) => gone.push(order.id),
                // It is tried again when the account is taken up the next time: the other bots are not kept waiting.
                Err(error) => tracing::error!(%error, "cannot cancel an order of such a bot"),
            }
        }
        account.end_orphans(&gone);
        Ok(())
    }

    /// Answers what waits for bots that cannot be told anything, and tells why. While bots run or orders may be at the
    /// exchange, the account is tried again: its user may mend it there.
    async fn refuse(&self, loaded: &LoadedExchange, reason: String) -> Result<Next, DeskError> {
        tracing::error!(connection = %self.assignment.connection, reason, "an account at an exchange cannot be used");
        let pos = loaded.account.input_pos;
        let refused = |id| CommandOutcome {
            id,
            pos,
            error: Some(reason.clone()),
        };
        let statuses: Vec<_> = loaded
            .bots
            .iter()
            .filter(|bot| !is_at_rest(bot.status))
            .map(|bot| NewStatus {
                bot: bot.id,
                status: if is_stranded(bot, &loaded.commands) {
                    BotStatus::Error
                } else {
                    bot.status
                },
                reason: Some(reason.clone()),
            })
            .collect();
        let is_followed = !loaded.orders.is_empty()
            || statuses
                .iter()
                .any(|status| status.status != BotStatus::Error);
        let is_new = !self.has_refused.swap(true, Ordering::Relaxed) || !loaded.commands.is_empty();
        let batch = Batch {
            from_pos: pos,
            input_pos: pos,
            commands: loaded.commands.iter().map(|row| refused(row.id)).collect(),
            events: statuses
                .iter()
                .map(event_bodies::bot_status_changed)
                .collect(),
            statuses,
            is_followed: Some(is_followed),
            ..Batch::default()
        };
        if !is_new {
            return self.wait_for_user().await;
        }
        let lease = self.assignment.guard.lease();
        let of = (self.assignment.user, self.assignment.connection);
        let now = self.shared.clock.now();
        Box::pin(commit::commit(&self.shared.db, &lease, of, now, &batch)).await?;
        self.shared.relay.wake();
        if is_followed {
            self.wait_for_user().await
        } else {
            Ok(Next::Rest)
        }
    }

    /// Until the account is worth another try.
    async fn wait_for_user(&self) -> Result<Next, DeskError> {
        tokio::select! {
            () = self.assignment.guard.over().cancelled() => {}
            () = self.assignment.stop.cancelled() => {}
            () = sleep(REFUSED_FOR) => {}
        }
        Ok(Next::Reload)
    }
}

/// Whether a bot does nothing.
const fn is_at_rest(status: BotStatus) -> bool {
    matches!(
        status,
        BotStatus::Draft | BotStatus::Stopped | BotStatus::Error
    )
}

/// The markets that bots of the account trade, and those in which fees are valued that are paid in another asset.
async fn markets(
    listed: &Listed,
    venue: &Binance,
    loaded: &LoadedExchange,
) -> Result<Vec<TradedMarket>, DeskError> {
    let instruments = listed.instruments().await?;
    let symbols: BTreeSet<&Symbol> = loaded.bots.iter().map(|bot| &bot.symbol).collect();
    let mut markets = Vec::with_capacity(symbols.len());
    let mut of_fees = BTreeSet::new();
    for symbol in &symbols {
        let Some(instrument) = instruments.find(symbol) else {
            continue;
        };
        let rates = venue.fee_rates(symbol).await?;
        if let Some(discount) = rates.discount
            && let Ok(pair) = Symbol::new(discount.asset, symbol.quote().clone())
        {
            of_fees.insert(pair);
        }
        markets.push(TradedMarket {
            market: instrument.market.clone(),
            fees: rates.fees,
            is_for_fees: false,
        });
    }
    for pair in of_fees.iter().filter(|pair| !symbols.contains(pair)) {
        if let Some(instrument) = instruments.find(pair) {
            markets.push(TradedMarket {
                market: instrument.market.clone(),
                fees: Fees::flat(Amount::ZERO, FeeCharge::Received),
                is_for_fees: true,
            });
        }
    }
    Ok(markets)
}
