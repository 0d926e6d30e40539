//! An account at an exchange in memory.

mod balances;
mod load;
mod orders;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use store::trading::{
    accounts::{CommandRow, OpenOrder},
    commit::{Batch, CommandOutcome, SavedState},
};
use trading::{
    Amount, Asset, Market, Symbol,
    bot::{BotStatus, Quote},
    candle::Candle,
    live::{LiveSession, OrderRequest},
    market::Fees,
    order::{Life, Millis, OrderIntent, OrderNumber},
    paper::BotSlot,
    runner::Exchange,
};
use uuid::Uuid;

use crate::runner::{
    commands, event_bodies, fault::SessionFault, ids::client_order_id, recorder::Recorder,
};

/// A bot, and the number of one of its orders.
pub(super) type Key = (BotSlot, OrderNumber);

/// A market that bots of the account trade.
pub(super) struct TradedMarket {
    pub(super) market: Market,
    pub(super) fees: Fees,
    /// Its price tells what fees are worth; no bot trades it.
    pub(super) is_for_fees: bool,
}

/// An order of ours, by the id that the exchange knows it by.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) key: Key,
    pub(super) symbol: Symbol,
    /// The exchange's own id, once it is known.
    pub(super) venue_order_id: Option<String>,
    /// When it was placed.
    pub(super) placed_at: Millis,
    /// The order, once it has ended.
    ended: Option<Ended>,
}

#[derive(Clone, Debug)]
struct Ended {
    id: Uuid,
    at: Millis,
    intent: OrderIntent,
    life: Life,
}

/// What may leave the process once the batch is committed.
#[derive(Clone, Debug)]
pub(super) enum Outgoing {
    /// A new order.
    Place(String),
    /// The end of an order.
    Cancel(String),
}

/// An account at an exchange in memory, with its bots.
pub(super) struct LiveAccount {
    kernel: LiveSession,
    recorder: Recorder,
    slots: HashMap<Uuid, BotSlot>,
    bots: Vec<Uuid>,
    markets: HashMap<Symbol, usize>,
    /// The last price of each market, unless something may have been missed since.
    quotes: BTreeMap<Symbol, Quote>,
    /// Markets in which an order was filled or cancelled since their price was told.
    to_price: BTreeSet<Symbol>,
    /// By client order id.
    sent: HashMap<String, Sent>,
    /// Client order ids, by bot and number.
    names: HashMap<Key, String>,
    connection: Uuid,
    from_pos: i64,
    pos: i64,
    at: Millis,
    /// By how much that is ahead of the clock of this process, which somebody may have set back.
    ahead: Millis,
    inputs: u32,
    balances_version: Option<u64>,
    /// Assets of which bots owned more than there was, when balances were last taken over.
    short: BTreeSet<Asset>,
    /// Markets that were asked for when the account was loaded.
    asked_for: BTreeSet<Symbol>,
    /// Markets that are listed for the value of fees alone.
    of_fees: BTreeSet<Symbol>,
    /// Orders of bots that are not in memory: they are salvaged, or cannot be taken up.
    orphans: Vec<OpenOrder>,
    /// Orders of such bots that ended lately.
    ended_orphans: Vec<OpenOrder>,
}

impl LiveAccount {
    /// Time as its bots are told: it never goes back.
    pub(super) fn advance(&mut self, now: Millis) {
        self.at = self.at.max(now);
        self.ahead = self.at - now;
    }

    /// Time as its bots were told last.
    pub(super) fn now(&self) -> Millis {
        self.at
    }

    /// Tells a bot what its user wants.
    pub(super) fn tell(&mut self, row: &CommandRow) -> Result<(), SessionFault> {
        let slot = self.slots.get(&row.bot).copied();
        self.recorder.pos = self.pos;
        let error = commands::tell(&mut self.kernel, &mut self.recorder, slot, row, self.at)?;
        self.inputs += 1;
        self.recorder.answer(CommandOutcome {
            id: row.id,
            pos: self.pos,
            error,
        });
        Ok(())
    }

    /// The prices of a market.
    pub(super) fn price(&mut self, symbol: &Symbol, quote: &Quote) -> Result<(), SessionFault> {
        let Some(market) = self.markets.get(symbol).copied() else {
            return Ok(());
        };
        self.input();
        self.quotes.insert(symbol.clone(), *quote);
        self.to_price.remove(symbol);
        // Its age counts, by the clock that it was read by.
        let as_of = quote.as_of.saturating_add(self.ahead).min(self.at);
        let quote = &Quote { as_of, ..*quote };
        self.kernel
            .quote(market, self.at, quote, &mut self.recorder)?;
        Ok(())
    }

    /// Markets of whose candles bots have to be told, and from which millisecond on.
    pub(super) fn candles_wanted(&self) -> BTreeMap<Symbol, Millis> {
        let mut wanted = BTreeMap::new();
        for entry in self.kernel.bots() {
            if let Some(from) = entry.state.candles_from(&entry.setup, self.at) {
                let symbol = entry.setup.terms.market.symbol.clone();
                let first = wanted.entry(symbol).or_insert(from);
                *first = from.min(*first);
            }
        }
        wanted
    }

    /// Closed candles of a market, oldest first. Bots pass over those that they were told before, and decide nothing on those that
    /// are too old.
    pub(super) fn candles(
        &mut self,
        symbol: &Symbol,
        candles: &[Candle],
    ) -> Result<(), SessionFault> {
        let Some(market) = self.markets.get(symbol).copied() else {
            return Ok(());
        };
        for candle in candles {
            self.input();
            self.kernel
                .candle_told(market, self.at, candle, &mut self.recorder)?;
        }
        Ok(())
    }

    /// Notes a price that nobody is told: it values fees, and is told once the account is ready. Nothing where the price is not
    /// known any more: the last one is not told again then.
    pub(super) fn note_price(
        &mut self,
        symbol: &Symbol,
        quote: Option<Quote>,
    ) -> Result<(), SessionFault> {
        let Some(quote) = quote else {
            self.quotes.remove(symbol);
            return Ok(());
        };
        if let Some(market) = self.markets.get(symbol).copied() {
            self.kernel.restore_price(market, quote.last)?;
            self.quotes.insert(symbol.clone(), quote);
        }
        Ok(())
    }

    /// Tells the last prices once more: a bot that was told something acts on the next price, and in a quiet market none comes.
    pub(super) fn repeat_prices(&mut self) -> Result<(), SessionFault> {
        for (symbol, quote) in self.quotes.clone() {
            self.price(&symbol, &quote)?;
        }
        Ok(())
    }

    /// Tells the last price of markets in which an order was filled or cancelled, unless a newer one was told since: what
    /// follows from that is decided on a price, and in a quiet market none comes.
    pub(super) fn price_again(&mut self) -> Result<(), SessionFault> {
        for symbol in std::mem::take(&mut self.to_price) {
            if let Some(quote) = self.quotes.get(&symbol).copied() {
                self.price(&symbol, &quote)?;
            }
        }
        Ok(())
    }

    /// Whether the last price of a market is to be told again.
    pub(super) fn has_prices_to_repeat(&self) -> bool {
        !self.to_price.is_empty()
    }

    /// The last price of a market, if it is listed and there was one.
    pub(super) fn last_price(&self, symbol: &Symbol) -> Option<Amount> {
        self.kernel.price(*self.markets.get(symbol)?)
    }

    /// Fires the timers of its bots that are due.
    pub(super) fn fire_timers(&mut self) -> Result<(), SessionFault> {
        self.input();
        self.kernel.fire_timers(self.at, &mut self.recorder)?;
        Ok(())
    }

    /// When the next timer of a bot is due.
    pub(super) fn next_timer(&self) -> Option<Millis> {
        self.kernel.next_timer()
    }

    fn input(&mut self) {
        self.inputs += 1;
        self.recorder.pos = self.pos + 1;
    }

    fn status(&self, slot: BotSlot) -> Option<BotStatus> {
        let place = usize::try_from(slot.0).ok()?;
        let entry = self.kernel.bots().get(place);
        entry.map(|entry| entry.state.core.status)
    }

    /// Ids of the bots in memory.
    pub(super) fn known(&self) -> &[Uuid] {
        &self.bots
    }

    /// The markets that its bots trade.
    pub(super) fn symbols(&self) -> Vec<Symbol> {
        let mut symbols: Vec<Symbol> = self
            .kernel
            .bots()
            .iter()
            .map(|entry| entry.setup.terms.market.symbol.clone())
            .collect();
        symbols.sort_unstable();
        symbols.dedup();
        symbols
    }

    /// A market that is listed, as bots know its rules.
    pub(super) fn market(&self, symbol: &Symbol) -> Option<&Market> {
        self.kernel.market(*self.markets.get(symbol)?)
    }

    /// Whether a bot runs, or an order is or may be at the exchange.
    pub(super) fn is_active(&self) -> bool {
        let mut entries = self.kernel.bots().iter();
        entries.any(|entry| {
            !matches!(
                entry.state.core.status,
                BotStatus::Draft | BotStatus::Stopped | BotStatus::Error
            )
        }) || self.kernel.account().orders().next().is_some()
    }

    /// Whether something happened that is not saved.
    pub(super) fn has_effects(&self) -> bool {
        self.recorder.effects() > 0
    }

    /// How much happened that is not saved.
    pub(super) fn effects(&self) -> usize {
        self.recorder.effects()
    }

    /// Whether anything is not saved, be it only what bots remember of prices, or what the account holds.
    pub(super) fn is_unsaved(&self) -> bool {
        let holds = Some(self.kernel.account().version(0));
        self.has_effects() || self.inputs > 0 || self.balances_version != holds
    }

    /// Everything since the last batch, and what may go out once it is committed.
    pub(super) fn take_batch(&mut self) -> Result<(Batch, Vec<Outgoing>), SessionFault> {
        let mut states = Vec::new();
        for (place, bot) in self.recorder.dirty() {
            if let Some(entry) = self.kernel.bots().get(place) {
                states.push(SavedState {
                    bot,
                    state_format: entry.state.state_format,
                    state: serde_json::value::to_raw_value(&entry.state)?,
                });
            }
        }
        let outgoing = self.outgoing();
        let mut batch = self.recorder.take()?;
        batch.states = states;
        let version = self.kernel.account().version(0);
        if self.balances_version.replace(version) != Some(version) {
            let balances = self.kernel.account().balances();
            batch.balances = balances
                .map(|(asset, balance)| (asset.clone(), *balance))
                .collect();
            let told = event_bodies::balance_updated(self.connection, &batch.balances);
            batch.events.push(told);
        }
        self.pos += 1;
        batch.from_pos = self.from_pos;
        batch.input_pos = self.pos;
        batch.data_time = Some(self.at);
        batch.is_followed = Some(self.is_active());
        self.from_pos = self.pos;
        self.inputs = 0;
        Ok((batch, outgoing))
    }

    /// Names the new orders, and says what may go out.
    fn outgoing(&mut self) -> Vec<Outgoing> {
        let requests = self.kernel.take_requests();
        let mut outgoing = Vec::with_capacity(requests.len());
        for request in requests {
            match request {
                OrderRequest::Place(bot, number) => {
                    let key = (bot, number);
                    let Some(id) = self.recorder.order_id(key) else {
                        continue;
                    };
                    let Some(order) = self.kernel.account().order(bot, number) else {
                        continue;
                    };
                    let name = client_order_id(id);
                    let market = self.kernel.market(order.market);
                    let Some(symbol) = market.map(|market| market.symbol.clone()) else {
                        continue;
                    };
                    let sent = Sent {
                        key,
                        symbol,
                        venue_order_id: None,
                        placed_at: self.at,
                        ended: None,
                    };
                    self.name(name.clone(), sent);
                    outgoing.push(Outgoing::Place(name));
                }
                OrderRequest::Cancel(bot, number) => {
                    let name = self.names.get(&(bot, number)).cloned();
                    outgoing.extend(name.map(Outgoing::Cancel));
                }
            }
        }
        outgoing
    }
}

#[cfg(test)]
mod tests {
    use platform::SystemClock;
    use store::trading::accounts::{ExchangeRow, LoadedExchange};
    use trading::{Amount, Asset, Venue, paper::Balance};
    use uuid::Uuid;

    use super::LiveAccount;

    fn held(free: &str) -> (Asset, Balance) {
        let free = free.parse().unwrap();
        let reserved = Amount::ZERO;
        ("BNB".parse().unwrap(), Balance { free, reserved })
    }

    #[test]
    fn what_the_account_holds_is_unsaved_once_it_is_told_otherwise() {
        let row = ExchangeRow {
            venue: Venue::Binance,
            testnet: true,
            is_live_confirmed: false,
            keys: None,
            input_pos: 0,
            data_time: None,
        };
        let loaded = LoadedExchange {
            account: row,
            bots: Vec::new(),
            orders: Vec::new(),
            ended: Vec::new(),
            balances: vec![held("1")],
            commands: Vec::new(),
            owned_elsewhere: Vec::new(),
        };
        let clock = SystemClock::shared();
        let built = LiveAccount::build(Uuid::nil(), loaded, Vec::new(), clock, 1, &[]);
        let (mut account, _) = built.unwrap();
        account.take_batch().unwrap();
        assert!(!account.is_unsaved());
        account.adopt_balances(vec![held("1")]).unwrap();
        assert!(!account.is_unsaved(), "it holds what it held");
        account.adopt_balances(vec![held("3")]).unwrap();
        assert!(account.is_unsaved(), "the exchange says otherwise");
        let (batch, _) = account.take_batch().unwrap();
        assert_eq!(batch.balances, [held("3")]);
        account.change_balance(&held("0").0, "2".parse().unwrap());
        assert!(account.is_unsaved(), "some came");
        let (batch, _) = account.take_batch().unwrap();
        assert_eq!(batch.balances, [held("5")]);
        assert!(!account.is_unsaved());
    }
}
