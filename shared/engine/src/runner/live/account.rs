//! An account at an exchange in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use platform::SharedClock;
use store::trading::{
    accounts::{BotRow, CommandRow, LoadedExchange, OpenOrder},
    bot_states::BotBooks,
    commit::{Batch, CommandOutcome, SavedState},
};
use trading::{
    Amount, Asset, Market, Symbol,
    bot::{BotSetup, BotStatus, Command, Known, Quote, State},
    live::{LiveSession, NewsError, OrderNews, OrderRequest},
    market::Fees,
    order::{Fill, Life, Millis, News, OrderIntent, OrderNumber, OrderStatus, reconcile::OurOrder},
    paper::{Balance, BotSlot},
};
use uuid::Uuid;

use crate::runner::{
    bot_row::{self, Unreadable},
    commands, event_bodies,
    fault::SessionFault,
    ids::client_order_id,
    recorder::Recorder,
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
    /// The last prices of each market.
    quotes: BTreeMap<Symbol, Quote>,
    /// Markets in which something was filled since their price was told.
    filled: BTreeSet<Symbol>,
    /// By client order id.
    sent: HashMap<String, Sent>,
    /// Client order ids, by bot and number.
    names: HashMap<Key, String>,
    connection: Uuid,
    from_pos: i64,
    pos: i64,
    at: Millis,
    inputs: u32,
    balances_version: Option<u64>,
    /// Assets of which bots owned more than there was, when balances were last taken over.
    short: BTreeSet<Asset>,
    /// Markets that were asked for when the account was loaded.
    asked_for: BTreeSet<Symbol>,
    /// Markets that are listed for the value of fees alone.
    of_fees: BTreeSet<Symbol>,
    /// Orders of bots that cannot be taken up.
    orphans: Vec<OpenOrder>,
}

impl LiveAccount {
    /// Puts an account together, at `at`. Orders that may have been sent by whoever had the account before are unknown.
    /// Bots whose settings or state cannot be read are left out and given back to be salvaged.
    pub(super) fn build(
        connection: Uuid,
        loaded: LoadedExchange,
        markets: Vec<TradedMarket>,
        clock: SharedClock,
        at: Millis,
    ) -> Result<(Self, Vec<Unreadable>), SessionFault> {
        let pos = loaded.account.input_pos;
        let mut account = Self {
            kernel: LiveSession::default(),
            recorder: Recorder::of_exchange(clock, pos),
            slots: HashMap::new(),
            bots: Vec::new(),
            markets: HashMap::new(),
            quotes: BTreeMap::new(),
            filled: BTreeSet::new(),
            sent: HashMap::new(),
            names: HashMap::new(),
            connection,
            from_pos: pos,
            pos,
            at: at.max(loaded.account.data_time.unwrap_or(at)),
            inputs: 0,
            balances_version: None,
            short: BTreeSet::new(),
            asked_for: loaded.bots.iter().map(|bot| bot.symbol.clone()).collect(),
            of_fees: BTreeSet::new(),
            orphans: Vec::new(),
        };
        for traded in markets {
            account.add_market(traded);
        }
        account.own_elsewhere(&loaded.owned_elsewhere);
        let mut unreadable = Vec::new();
        for bot in loaded.bots {
            match account.read(&bot, &loaded.orders) {
                Ok((setup, state)) => account.add(bot.id, setup, state)?,
                Err(reason) => unreadable.push(Unreadable { bot, reason }),
            }
        }
        account.kernel.adopt_balances(loaded.balances);
        for order in loaded.orders {
            account.restore(order)?;
        }
        for order in loaded.ended {
            account.remember(order);
        }
        account.doubt()?;
        Ok((account, unreadable))
    }

    /// Lists a market, unless it is listed.
    pub(super) fn add_market(&mut self, traded: TradedMarket) {
        let TradedMarket {
            market,
            fees,
            is_for_fees,
        } = traded;
        let symbol = market.symbol.clone();
        if is_for_fees {
            self.of_fees.insert(symbol.clone());
        }
        if !self.markets.contains_key(&symbol) {
            let place = self.kernel.add_market(market, fees);
            self.markets.insert(symbol, place);
        }
    }

    /// Whether a market was asked for, whether or not the exchange lists it.
    pub(super) fn has_asked_for(&self, symbol: &Symbol) -> bool {
        self.asked_for.contains(symbol)
    }

    fn own_elsewhere(&mut self, owned: &[(Symbol, Amount)]) {
        let mut by_asset: HashMap<&Asset, Amount> = HashMap::new();
        for (symbol, base) in owned {
            let sum = by_asset.entry(symbol.base()).or_default();
            *sum = sum.plus(*base).unwrap_or(*sum);
        }
        for (asset, base) in by_asset {
            self.kernel.set_owned_elsewhere(0, asset, base);
        }
    }

    fn setup(&self, bot: &BotRow) -> Result<BotSetup, String> {
        let config = bot_row::config(bot)?;
        let place = self.markets.get(&bot.symbol).copied();
        let place = place.filter(|_| !self.of_fees.contains(&bot.symbol));
        let listed = place.and_then(|place| Some((self.kernel.market(place)?, place)));
        let (market, place) =
            listed.ok_or_else(|| format!("the exchange lists no market {}", bot.symbol))?;
        let fees = self.kernel.fees(place).ok_or("its market has no fees")?;
        Ok(BotSetup::live(config, market.clone(), fees))
    }

    fn read(&self, bot: &BotRow, orders: &[OpenOrder]) -> Result<(BotSetup, State), String> {
        let setup = self.setup(bot)?;
        let mine = orders.iter().filter(|order| order.bot == bot.id);
        let state = bot_row::state(bot, &setup, mine.map(|order| order.intent.number))?;
        Ok((setup, state))
    }

    fn add(&mut self, bot: Uuid, setup: BotSetup, state: State) -> Result<(), SessionFault> {
        let symbol = setup.terms.market.symbol.clone();
        let market = self.markets.get(&symbol).copied().unwrap_or(usize::MAX);
        let slot = self.kernel.add_bot(setup, state, 0, market)?;
        self.slots.insert(bot, slot);
        self.bots.push(bot);
        self.recorder.add_bot(bot, symbol);
        Ok(())
    }

    /// Takes up what others wrote of this account's bots; gives back what has to be salvaged.
    pub(super) fn adopt(
        &mut self,
        bots: Vec<BotRow>,
        owned_elsewhere: &[(Symbol, Amount)],
    ) -> Result<Vec<Unreadable>, SessionFault> {
        self.own_elsewhere(owned_elsewhere);
        let mut unreadable = Vec::new();
        for bot in bots {
            let Some(slot) = self.slots.get(&bot.id).copied() else {
                match self.read(&bot, &[]) {
                    Ok((setup, state)) => self.add(bot.id, setup, state)?,
                    Err(reason) => unreadable.push(Unreadable { bot, reason }),
                }
                continue;
            };
            let is_at_rest = matches!(
                self.status(slot),
                Some(BotStatus::Draft | BotStatus::Stopped | BotStatus::Error)
            );
            if is_at_rest && let Ok(setup) = self.setup(&bot) {
                self.kernel.replace_setup(slot, setup)?;
            }
        }
        Ok(unreadable)
    }

    /// Takes up a bot that cannot go on as it was saved, with what its rows say that it holds.
    pub(super) fn salvage(
        &mut self,
        Unreadable { bot, reason }: Unreadable,
        rows: &BotBooks,
    ) -> Result<(), SessionFault> {
        if bot.status != BotStatus::Error {
            tracing::error!(bot = %bot.id, reason, "a bot cannot continue");
            metrics::counter!("engine_bots_failed_total").increment(1);
            self.recorder.status(bot.id, BotStatus::Error, Some(reason));
        }
        let Ok(setup) = self.setup(&bot) else {
            return Ok(());
        };
        let unowned = self.kernel.unowned(0, bot.symbol.base())?;
        let Some(state) = bot_row::salvaged(&bot, &setup, rows, unowned)? else {
            return Ok(());
        };
        self.add(bot.id, setup, state)?;
        self.recorder.note_input(self.bots.len() - 1);
        for (number, _) in &rows.open_deals {
            self.recorder.end_deal(bot.id, *number, self.at);
        }
        Ok(())
    }

    fn restore(&mut self, order: OpenOrder) -> Result<(), SessionFault> {
        let Some(slot) = self.slots.get(&order.bot).copied() else {
            self.orphans.push(order);
            return Ok(());
        };
        let key = (slot, order.intent.number);
        let is_named = order.venue_order_id.is_some();
        self.recorder
            .add_order(key, order.id, order.life.clone(), is_named);
        let sent = Sent {
            key,
            symbol: order.symbol,
            venue_order_id: order.venue_order_id,
            placed_at: order.placed_at,
            ended: None,
        };
        self.name(order.client_order_id, sent);
        self.kernel
            .restore_order(slot, order.intent, order.life, order.reserved)?;
        Ok(())
    }

    /// Orders of bots that cannot be taken up: they are to be cancelled before anything else happens.
    pub(super) fn orphans(&self) -> &[OpenOrder] {
        &self.orphans
    }

    /// The exchange has none of the orphans any more.
    pub(super) fn end_orphans(&mut self) {
        for order in std::mem::take(&mut self.orphans) {
            self.recorder.cancel_orphan(&order, self.at);
        }
    }

    /// Keeps an order that ended lately: the exchange may still tell of a fill of it.
    fn remember(&mut self, order: OpenOrder) {
        let Some(slot) = self.slots.get(&order.bot).copied() else {
            return;
        };
        let sent = Sent {
            key: (slot, order.intent.number),
            symbol: order.symbol,
            venue_order_id: order.venue_order_id,
            placed_at: order.placed_at,
            ended: Some(Ended {
                id: order.id,
                intent: order.intent,
                life: order.life,
            }),
        };
        self.name(order.client_order_id, sent);
    }

    fn name(&mut self, client_order_id: String, sent: Sent) {
        self.names.insert(sent.key, client_order_id.clone());
        self.sent.insert(client_order_id, sent);
    }

    /// Orders that were about to be sent when the account was last saved may have been.
    fn doubt(&mut self) -> Result<(), SessionFault> {
        let orders = self.kernel.account().orders();
        let sending = orders.filter(|(_, order)| order.life.status() == OrderStatus::Sending);
        let sending: Vec<Key> = sending
            .map(|(bot, order)| (bot, order.intent.number))
            .collect();
        for key in sending {
            let news = News::Update {
                status: OrderStatus::Unknown,
                filled: None,
            };
            self.news(key, OrderNews::Moved(news, None))?;
        }
        Ok(())
    }

    /// Time as its bots are told: it never goes back.
    pub(super) fn advance(&mut self, now: Millis) {
        self.at = self.at.max(now);
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
        let quote = Quote {
            as_of: self.at,
            ..*quote
        };
        self.quotes.insert(symbol.clone(), quote);
        self.filled.remove(symbol);
        self.kernel.quote(market, &quote, &mut self.recorder)?;
        Ok(())
    }

    /// Notes a price that nobody is told: it values fees, and is told once the account is ready.
    pub(super) fn note_price(&mut self, symbol: &Symbol, quote: Quote) -> Result<(), SessionFault> {
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

    /// Tells the last price of markets in which something was filled, unless a newer one was told since: what follows from a
    /// fill is decided on a price.
    pub(super) fn price_fills(&mut self) -> Result<(), SessionFault> {
        for symbol in std::mem::take(&mut self.filled) {
            if let Some(quote) = self.quotes.get(&symbol).copied() {
                self.price(&symbol, &quote)?;
            }
        }
        Ok(())
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

    /// An order of ours.
    pub(super) fn sent(&self, client_order_id: &str) -> Option<&Sent> {
        self.sent.get(client_order_id)
    }

    /// What an order asks for and where it stands, while it has not ended.
    pub(super) fn open(&self, client_order_id: &str) -> Option<(&OrderIntent, &Life)> {
        let (bot, number) = self.sent.get(client_order_id)?.key;
        let order = self.kernel.account().order(bot, number)?;
        Some((&order.intent, &order.life))
    }

    /// Client order ids of the orders that have not ended.
    pub(super) fn open_orders(&self) -> impl Iterator<Item = (&str, &Life)> {
        let orders = self.kernel.account().orders();
        orders.filter_map(|(bot, order)| {
            let name = self.names.get(&(bot, order.intent.number))?;
            Some((name.as_str(), &order.life))
        })
    }

    /// The exchange's own id of an order.
    pub(super) fn note_venue_id(&mut self, client_order_id: &str, venue_order_id: &str) {
        let Some(sent) = self.sent.get_mut(client_order_id) else {
            return;
        };
        if sent.venue_order_id.is_some() || venue_order_id.is_empty() {
            return;
        }
        sent.venue_order_id = Some(venue_order_id.to_owned());
        let key = sent.key;
        self.recorder.note_venue_id(self.at, key, venue_order_id);
    }

    /// Where an order stands, as the exchange says. What contradicts what is known is for the caller to tell.
    pub(super) fn moved(
        &mut self,
        client_order_id: &str,
        news: News<'_>,
        reject: Option<trading::RejectCode>,
    ) -> Result<(), NewsError> {
        let Some(sent) = self.sent.get(client_order_id) else {
            return Err(NewsError::NotOpen);
        };
        if sent.ended.is_some() {
            return Ok(());
        }
        self.news(sent.key, OrderNews::Moved(news, reject))
    }

    /// A trade of an order of ours.
    pub(super) fn traded(
        &mut self,
        client_order_id: &str,
        mut fill: Fill,
    ) -> Result<(), NewsError> {
        let Some(sent) = self.sent.get(client_order_id) else {
            return Err(NewsError::NotOpen);
        };
        let key = sent.key;
        fill.order = key.1;
        self.filled.insert(sent.symbol.clone());
        self.value_fee(&sent.symbol, &mut fill);
        if sent.ended.is_some() {
            return self.traded_late(client_order_id, &fill);
        }
        self.news(key, OrderNews::Traded(&fill))
    }

    /// Gives a fee that is neither base nor quote its value in quote, at the last price.
    fn value_fee(&self, symbol: &Symbol, fill: &mut Fill) {
        let fee = &mut fill.fee;
        if fee.asset == *symbol.base() || fee.asset == *symbol.quote() || fee.conversion.is_some() {
            return;
        }
        let pair = Symbol::new(fee.asset.clone(), symbol.quote().clone());
        let price = pair.ok().and_then(|pair| self.last_price(&pair));
        if price.is_none() {
            tracing::warn!(asset = %fee.asset, "the asset of a fee has no price, its value is left out");
        }
        fee.conversion = Some(price.unwrap_or_default());
    }

    fn news(&mut self, key: Key, news: OrderNews<'_>) -> Result<(), NewsError> {
        self.input();
        let ended = self
            .kernel
            .tell_news(key, self.at, news, &mut self.recorder)?;
        if let Some(order) = ended
            && let Some(id) = self.recorder.order_id(key)
            && let Some(sent) = self
                .names
                .get(&key)
                .and_then(|name| self.sent.get_mut(name))
        {
            sent.ended = Some(Ended {
                id,
                intent: order.intent,
                life: order.life,
            });
        }
        Ok(())
    }

    fn traded_late(&mut self, client_order_id: &str, fill: &Fill) -> Result<(), NewsError> {
        let Some(sent) = self.sent.get_mut(client_order_id) else {
            return Err(NewsError::NotOpen);
        };
        let (key, is_named) = (sent.key, sent.venue_order_id.is_some());
        let Some(ended) = sent.ended.as_mut() else {
            return Err(NewsError::NotOpen);
        };
        let before = ended.life.clone();
        ended.life.apply(News::Fill {
            trade: &fill.trade,
            filled: fill.filled(),
            is_last: false,
        })?;
        if ended.life == before {
            return Ok(());
        }
        tracing::warn!(
            order = client_order_id,
            "an order that had ended was filled"
        );
        metrics::counter!("engine_late_fills_total").increment(1);
        let (id, intent) = (ended.id, ended.intent.clone());
        let known = Known {
            leg: intent.leg,
            deal: intent.deal,
            purpose: intent.purpose,
            level: intent.level,
            side: intent.side,
            limit: intent.kind.limit(),
            size: intent.size,
            filled: before.filled().base,
            status: before.status(),
            reject: None,
        };
        self.input();
        if self.recorder.order_id(key).is_none() {
            self.recorder.add_order(key, id, before, is_named);
        }
        self.kernel
            .tell_late_fill(key.0, self.at, (&intent, known), fill, &mut self.recorder)?;
        Ok(())
    }

    /// The exchange's ids of our orders, as far as they are known.
    pub(super) fn venue_ids(&self) -> HashSet<String> {
        let ids = self.sent.values();
        ids.filter_map(|sent| sent.venue_order_id.clone()).collect()
    }

    /// Our orders beside which the exchange's are held, with what speaks against those that it did not find.
    pub(super) fn ours(&self) -> Vec<OurOrder> {
        let ours = self.sent.iter().filter_map(|(client_order_id, sent)| {
            let life = match &sent.ended {
                Some(ended) => ended.life.clone(),
                None => self.open(client_order_id)?.1.clone(),
            };
            Some(OurOrder {
                client_order_id: client_order_id.clone(),
                venue_order_id: sent.venue_order_id.clone(),
                number: sent.key.1,
                life,
                absence: None,
            })
        });
        ours.collect()
    }

    /// Forgets orders that ended before `since`.
    pub(super) fn forget_before(&mut self, since: Millis) {
        let old: Vec<String> = self
            .sent
            .iter()
            .filter(|(_, sent)| sent.ended.is_some() && sent.placed_at < since)
            .map(|(name, _)| name.clone())
            .collect();
        for name in old {
            if let Some(sent) = self.sent.remove(&name) {
                self.names.remove(&sent.key);
            }
        }
    }

    /// What the exchange says that the account holds. Bots that own more base than there is are paused, the youngest first.
    pub(super) fn adopt_balances(
        &mut self,
        told: Vec<(Asset, Balance)>,
    ) -> Result<(), SessionFault> {
        self.kernel.adopt_balances(told);
        let mut short = BTreeSet::new();
        for symbol in self.markets.keys() {
            if self.kernel.unowned(0, symbol.base())?.is_negative() {
                short.insert(symbol.base().clone());
            }
        }
        // A sale that was not told yet looks the same: it is short only where it still is the next time.
        let before = std::mem::replace(&mut self.short, short);
        for asset in before.intersection(&self.short.clone()) {
            self.pause_for_shortfall(asset)?;
        }
        Ok(())
    }

    fn pause_for_shortfall(&mut self, asset: &Asset) -> Result<(), SessionFault> {
        let mut missing = self.kernel.unowned(0, asset)?.negated();
        // Ids rise with time.
        let mut bots: Vec<(Uuid, BotSlot)> =
            self.slots.iter().map(|(bot, slot)| (*bot, *slot)).collect();
        bots.sort_unstable_by(|a, b| b.cmp(a));
        for (_, slot) in bots {
            if !missing.is_positive() {
                break;
            }
            let place = usize::try_from(slot.0).unwrap_or(usize::MAX);
            let Some(entry) = self.kernel.bots().get(place) else {
                continue;
            };
            let owned = entry
                .state
                .core
                .holdings_of(trading::order::LegId::FIRST)
                .owned()?;
            let trades_it = entry.setup.terms.market.symbol.base() == asset;
            if trades_it && owned.is_positive() {
                missing = missing.minus(owned)?;
                self.pause(slot, "base_shortfall")?;
            }
        }
        Ok(())
    }

    /// A deposit, a withdrawal or a transfer.
    pub(super) fn change_balance(&mut self, asset: &Asset, change: Amount) {
        self.kernel.change_balance(asset, change);
    }

    /// Pauses the bot of an order, for a reason that its user is told.
    pub(super) fn pause_owner(
        &mut self,
        client_order_id: &str,
        reason: &str,
    ) -> Result<(), SessionFault> {
        match self.sent.get(client_order_id).map(|sent| sent.key.0) {
            Some(slot) => self.pause(slot, reason),
            None => Ok(()),
        }
    }

    /// Pauses all bots, for a reason that their user is told.
    pub(super) fn pause_all(&mut self, reason: &str) -> Result<(), SessionFault> {
        let mut slots: Vec<BotSlot> = self.slots.values().copied().collect();
        slots.sort_unstable();
        for slot in slots {
            self.pause(slot, reason)?;
        }
        Ok(())
    }

    fn pause(&mut self, slot: BotSlot, reason: &str) -> Result<(), SessionFault> {
        let is_running = matches!(
            self.status(slot),
            Some(BotStatus::Running | BotStatus::WaitingFunds)
        );
        if !is_running {
            return Ok(());
        }
        self.input();
        self.recorder.because = Some(reason.to_owned());
        let told = self
            .kernel
            .command(slot, self.at, Command::Pause, &mut self.recorder);
        self.recorder.because = None;
        told?;
        Ok(())
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

    /// Whether anything is not saved, be it only what bots remember of prices.
    pub(super) fn is_unsaved(&self) -> bool {
        self.has_effects() || self.inputs > 0
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
        let version = trading::runner::Exchange::version(self.kernel.account(), 0);
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
