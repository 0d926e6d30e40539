//! Takes an account and its bots up from their rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use platform::SharedClock;
use store::trading::{
    accounts::{BotRow, LoadedExchange, OpenOrder},
    bot_states::BotBooks,
};
use trading::{
    Amount, Asset, Symbol,
    bot::{BotSetup, BotStatus, State},
    live::{LiveSession, OrderNews},
    order::{Millis, News, OrderNumber, OrderStatus},
    paper::BotSlot,
};
use uuid::Uuid;

use super::{Ended, Key, LiveAccount, Sent, TradedMarket};
use crate::runner::{
    bot_row::{self, Failed, Unreadable},
    fault::SessionFault,
    recorder::Recorder,
};

impl LiveAccount {
    /// Puts an account together, at `at`. Orders that may have been sent by whoever had the account before are unknown.
    /// Bots whose settings or state cannot be read, and those that `failed`, are left out and given back to be salvaged.
    pub(in crate::runner::live) fn build(
        connection: Uuid,
        loaded: LoadedExchange,
        markets: Vec<TradedMarket>,
        clock: SharedClock,
        at: Millis,
        failed: &[Failed],
    ) -> Result<(Self, Vec<Unreadable>), SessionFault> {
        let pos = loaded.account.input_pos;
        let mut account = Self {
            kernel: LiveSession::default(),
            recorder: Recorder::of_exchange(clock, pos),
            slots: HashMap::new(),
            bots: Vec::new(),
            markets: HashMap::new(),
            quotes: BTreeMap::new(),
            to_price: BTreeSet::new(),
            sent: HashMap::new(),
            names: HashMap::new(),
            connection,
            from_pos: pos,
            pos,
            at: at.max(loaded.account.data_time.unwrap_or(at)),
            ahead: 0,
            inputs: 0,
            balances_version: None,
            short: BTreeSet::new(),
            asked_for: loaded.bots.iter().map(|bot| bot.symbol.clone()).collect(),
            of_fees: BTreeSet::new(),
            orphans: Vec::new(),
            ended_orphans: Vec::new(),
        };
        for traded in markets {
            account.add_market(traded);
        }
        account.own_elsewhere(&loaded.owned_elsewhere);
        let mut unreadable = Vec::new();
        for bot in loaded.bots {
            let read = match failed.iter().find(|failed| failed.bot == bot.id) {
                Some(failed) => Err(failed.reason.clone()),
                None => account.read(&bot, &loaded.orders),
            };
            match read {
                Ok((setup, state)) => {
                    account.add(bot.id, setup, state)?;
                }
                Err(reason) => unreadable.push(Unreadable { bot, reason }),
            }
        }
        account.kernel.restore_balances(loaded.balances);
        for order in loaded.orders {
            account.restore(order)?;
        }
        for order in loaded.ended {
            account.remember(order);
        }
        account.doubt(None)?;
        Ok((account, unreadable))
    }

    /// Lists a market, unless it is listed.
    pub(in crate::runner::live) fn add_market(&mut self, traded: TradedMarket) {
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
    pub(in crate::runner::live) fn has_asked_for(&self, symbol: &Symbol) -> bool {
        self.asked_for.contains(symbol)
    }

    pub(super) fn own_elsewhere(&mut self, owned: &[(Symbol, Amount)]) {
        let mut by_asset: HashMap<&Asset, Amount> = HashMap::new();
        for (symbol, base) in owned {
            let sum = by_asset.entry(symbol.base()).or_default();
            *sum = sum.plus(*base).unwrap_or(*sum);
        }
        for (asset, base) in by_asset {
            self.kernel.set_owned_elsewhere(0, asset, base);
        }
    }

    pub(super) fn setup(&self, bot: &BotRow) -> Result<BotSetup, String> {
        let config = bot_row::config(bot)?;
        let place = self.markets.get(&bot.symbol).copied();
        let place = place.filter(|_| !self.of_fees.contains(&bot.symbol));
        let listed = place.and_then(|place| Some((self.kernel.market(place)?, place)));
        let (market, place) =
            listed.ok_or_else(|| format!("the exchange lists no market {}", bot.symbol))?;
        let fees = self.kernel.fees(place).ok_or("its market has no fees")?;
        Ok(BotSetup::live(config, market.clone(), fees))
    }

    pub(super) fn read(
        &self,
        bot: &BotRow,
        orders: &[OpenOrder],
    ) -> Result<(BotSetup, State), String> {
        let setup = self.setup(bot)?;
        let mine = orders.iter().filter(|order| order.bot == bot.id);
        let state = bot_row::state(bot, &setup, mine.map(|order| order.intent.number))?;
        Ok((setup, state))
    }

    pub(super) fn add(
        &mut self,
        bot: Uuid,
        setup: BotSetup,
        state: State,
    ) -> Result<BotSlot, SessionFault> {
        let symbol = setup.terms.market.symbol.clone();
        let market = self.markets.get(&symbol).copied().unwrap_or(usize::MAX);
        let slot = self.kernel.add_bot(setup, state, 0, market)?;
        self.slots.insert(bot, slot);
        self.bots.push(bot);
        self.recorder.add_bot(bot, symbol);
        Ok(slot)
    }

    /// Takes up what others wrote of this account's bots; gives back what has to be salvaged.
    pub(in crate::runner::live) fn adopt(
        &mut self,
        bots: Vec<BotRow>,
        owned_elsewhere: &[(Symbol, Amount)],
    ) -> Result<Vec<Unreadable>, SessionFault> {
        self.own_elsewhere(owned_elsewhere);
        let mut unreadable = Vec::new();
        for bot in bots {
            let Some(slot) = self.slots.get(&bot.id).copied() else {
                match self.read(&bot, &[]) {
                    Ok((setup, state)) => {
                        self.add(bot.id, setup, state)?;
                    }
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

    /// Takes up a bot that cannot go on as it was saved, with what its rows say that it holds. Its orders are cancelled, and
    /// what fills until then is booked. Gives the client order ids of those of which it is not known whether they were sent.
    pub(in crate::runner::live) fn salvage(
        &mut self,
        Unreadable { bot, reason }: Unreadable,
        rows: &BotBooks,
    ) -> Result<Vec<String>, SessionFault> {
        if bot.status != BotStatus::Error {
            tracing::error!(bot = %bot.id, reason, "a bot cannot continue");
            metrics::counter!("engine_bots_failed_total").increment(1);
            self.recorder.status(bot.id, BotStatus::Error, Some(reason));
        }
        let Ok(setup) = self.setup(&bot) else {
            return Ok(Vec::new());
        };
        let unowned = self.kernel.unowned(0, bot.symbol.base())?;
        let is_mine = |order: &mut OpenOrder| order.bot == bot.id;
        let open: Vec<OpenOrder> = self.orphans.extract_if(.., is_mine).collect();
        let Some(state) = bot_row::salvaged(&bot, &setup, rows, unowned, &open)? else {
            self.orphans.extend(open);
            return Ok(Vec::new());
        };
        let slot = self.add(bot.id, setup, state)?;
        self.recorder.note_input(self.bots.len() - 1);
        for (number, _) in &rows.open_deals {
            self.recorder.end_deal(bot.id, *number, self.at);
        }
        let to_cancel: Vec<OrderNumber> = open.iter().map(|order| order.intent.number).collect();
        for order in open {
            self.restore(order)?;
        }
        let ended: Vec<OpenOrder> = self.ended_orphans.extract_if(.., is_mine).collect();
        for order in ended {
            self.remember(order);
        }
        let doubted = self.doubt(Some(slot))?;
        for number in to_cancel {
            let key = (slot, number);
            self.kernel.cancel_order(key, self.at, &mut self.recorder);
        }
        Ok(doubted)
    }

    pub(super) fn restore(&mut self, order: OpenOrder) -> Result<(), SessionFault> {
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
    pub(in crate::runner::live) fn orphans(&self) -> &[OpenOrder] {
        &self.orphans
    }

    /// The exchange has those of the orphans that are in `gone` no more.
    pub(in crate::runner::live) fn end_orphans(&mut self, gone: &[Uuid]) {
        for order in &self.orphans {
            if gone.contains(&order.id) {
                self.recorder.cancel_orphan(order, self.at);
            }
        }
        self.orphans.retain(|order| !gone.contains(&order.id));
    }

    /// Keeps an order that ended lately: the exchange may still tell of a fill of it.
    pub(super) fn remember(&mut self, order: OpenOrder) {
        let Some(slot) = self.slots.get(&order.bot).copied() else {
            self.ended_orphans.push(order);
            return;
        };
        let sent = Sent {
            key: (slot, order.intent.number),
            symbol: order.symbol,
            venue_order_id: order.venue_order_id,
            placed_at: order.placed_at,
            ended: Some(Ended {
                id: order.id,
                at: order.ended_at.unwrap_or(order.placed_at),
                intent: order.intent,
                life: order.life,
            }),
        };
        self.name(order.client_order_id, sent);
    }

    pub(super) fn name(&mut self, client_order_id: String, sent: Sent) {
        self.names.insert(sent.key, client_order_id.clone());
        self.sent.insert(client_order_id, sent);
    }

    /// Orders that were about to be sent when the account was last saved may have been: those of one bot, or of all. Gives
    /// their client order ids, with those that were unknown already.
    pub(super) fn doubt(&mut self, of: Option<BotSlot>) -> Result<Vec<String>, SessionFault> {
        let orders = self.kernel.account().orders();
        let orders = orders.filter(|(bot, _)| of.is_none_or(|of| of == *bot));
        let unconfirmed = orders.filter(|(_, order)| order.life.status().is_unconfirmed());
        let doubted: Vec<String> = unconfirmed
            .filter_map(|(bot, order)| self.names.get(&(bot, order.intent.number)).cloned())
            .collect();
        let orders = self.kernel.account().orders();
        let orders = orders.filter(|(bot, _)| of.is_none_or(|of| of == *bot));
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
        Ok(doubted)
    }
}
