//! Takes accounts at exchanges up, and again where that fails.

use std::{collections::BTreeSet, time::Duration};

use exchange::{
    Venue, VenueError,
    binance::{Binance, Credential},
    venues::Listed,
};
use store::{
    StoreError, leases,
    trading::{
        accounts::{self, LoadedExchange},
        commit::{self, Batch, CommandOutcome},
        connections,
    },
};
use tokio::time::sleep;
use trading::{
    Amount, Symbol, Venue as VenueName,
    bot::EXCHANGES_SINCE,
    market::{FeeCharge, Fees},
};

use super::{
    account::{LiveAccount, TradedMarket},
    play::{Next, Play, PlayError, Terms},
};
use crate::runner::desk::{Assignment, SharedParts};

/// How long to leave database and exchange alone after a failure: doubles up to the second.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// The task of one account at an exchange.
pub(in crate::runner) struct LiveDesk {
    shared: SharedParts,
    assignment: Assignment,
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

impl LiveDesk {
    pub(in crate::runner) const fn new(shared: SharedParts, assignment: Assignment) -> Self {
        Self { shared, assignment }
    }

    /// Plays until there is nothing to do, the shard is handed over or lost, or the process stops.
    pub(in crate::runner) async fn run(self) {
        let connection = self.assignment.connection;
        let mut backoff = BACKOFF.0;
        while !self.is_over() {
            match self.round().await {
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

    /// From the database to memory, and as far as it goes.
    async fn round(&self) -> Result<Next, DeskError> {
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
            Ok((listed, venue)) => self.play(listed, venue, loaded).await,
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
                let reason = "the exchange does not accept the keys of the connection";
                return self.refuse(&loaded, reason.to_owned()).await;
            }
            markets => markets?,
        };
        let (clock, testnet) = (self.shared.clock.clone(), loaded.account.testnet);
        let terms = Terms {
            shared: self.shared.clone(),
            guard: guard.clone(),
            user: *user,
            connection: *connection,
            look: look.clone(),
            stop: stop.clone(),
            version: loaded.account.version,
            since: loaded.account.data_time,
        };
        let prices = self.shared.exchanges.hub.prices(listed.market(), testnet);
        for traded in &markets {
            prices.follow(traded.market.symbol.clone()).await;
        }
        let now = clock.now().timestamp_millis();
        let (mut account, unreadable) =
            LiveAccount::build(*connection, loaded, markets, clock, now)
                .map_err(PlayError::from)?;
        self.cancel_orphans(&venue, &mut account).await?;
        let stop = stop.child_token();
        let stream = venue.user_stream(&stop);
        let mut play = Play::new(terms, venue, account, stream, prices);
        play.salvage(unreadable).await?;
        Ok(Box::pin(play.run()).await?)
    }

    /// Takes orders out of the book that belong to bots which cannot be taken up.
    async fn cancel_orphans(
        &self,
        venue: &Binance,
        account: &mut LiveAccount,
    ) -> Result<(), DeskError> {
        for order in account.orphans() {
            let permit = self.assignment.guard.venue_permit();
            let permit = permit.ok_or(StoreError::LeaseLost(self.assignment.user.shard()))?;
            tracing::warn!(order = order.client_order_id, bot = %order.bot, "cancels an order of a bot that cannot continue");
            match venue
                .cancel(&permit, &order.symbol, &order.client_order_id)
                .await
            {
                Ok(_) | Err(VenueError::OrderNotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        account.end_orphans();
        Ok(())
    }

    /// Answers what waits for bots that cannot be told anything.
    async fn refuse(&self, loaded: &LoadedExchange, reason: String) -> Result<Next, DeskError> {
        tracing::error!(connection = %self.assignment.connection, reason, "an account at an exchange cannot be used");
        let pos = loaded.account.input_pos;
        let refused = |id| CommandOutcome {
            id,
            pos,
            error: Some(reason.clone()),
        };
        let batch = Batch {
            from_pos: pos,
            input_pos: pos,
            commands: loaded.commands.iter().map(|row| refused(row.id)).collect(),
            is_followed: Some(false),
            ..Batch::default()
        };
        let lease = self.assignment.guard.lease();
        let of = (self.assignment.user, self.assignment.connection);
        let now = self.shared.clock.now();
        Box::pin(commit::commit(&self.shared.db, &lease, of, now, &batch)).await?;
        Ok(Next::Rest)
    }
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
