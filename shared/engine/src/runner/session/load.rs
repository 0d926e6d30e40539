//! Takes an account and its bots up from their rows.

use std::{collections::HashMap, time::Instant};

use platform::SharedClock;
use store::trading::{
    accounts::{BotRow, Loaded, OpenOrder},
    bot_states::BotBooks,
};
use trading::{
    Amount,
    bot::{BotSetup, BotStatus, State},
    order::Side,
    paper::{Account, PaperOrder, Session},
};
use uuid::Uuid;

use super::AccountSession;
use crate::{
    runner::{
        bot_row::{self, Failed, Unreadable},
        fault::SessionFault,
        recorder::Recorder,
    },
    spec::PaperSpec,
};

impl AccountSession {
    /// Puts an account together. Bots whose settings or state cannot be read, and those that `failed`, are left out, and
    /// their orders cancelled: they are given back to be salvaged.
    pub(in crate::runner) fn build(
        connection: Uuid,
        loaded: Loaded,
        clock: SharedClock,
        failed: &[Failed],
    ) -> Result<(Self, Vec<Unreadable>), SessionFault> {
        let row = loaded.account;
        let spec: PaperSpec = serde_json::from_value(row.paper)
            .map_err(|error| SessionFault::new(&format!("the account's settings: {error}")))?;
        let mut session = Self {
            kernel: Session::default(),
            recorder: Recorder::new(clock, row.input_pos),
            spec,
            slots: HashMap::new(),
            bots: Vec::new(),
            connection,
            from_pos: row.input_pos,
            pos: row.input_pos,
            data_time: row.data_time,
            price: row.price,
            point: None,
            candle: None,
            account_version: 0,
            inputs: 0,
            saved_at: Instant::now(),
            effects_since: None,
            effects_due: None,
        };
        let mut account = Account::restored(loaded.balances);
        let (mut entries, mut unreadable) = (Vec::new(), Vec::new());
        for bot in loaded.bots {
            let read = match failed.iter().find(|failed| failed.bot == bot.id) {
                Some(failed) => Err(failed.reason.clone()),
                None => session.read(&bot, &loaded.orders),
            };
            match read {
                Ok((setup, state)) => entries.push((bot.id, setup, state)),
                Err(reason) => unreadable.push(Unreadable { bot, reason }),
            }
        }
        let (mine, orphans): (Vec<_>, Vec<_>) = loaded
            .orders
            .into_iter()
            .partition(|order| entries.iter().any(|(bot, ..)| *bot == order.bot));
        for order in orphans {
            session.cancel_orphan(&order, &mut account)?;
        }
        session.kernel.add_account(account);
        let market = session.spec.market();
        session.kernel.add_market(market, session.spec.fees);
        session.own_elsewhere(loaded.owned_elsewhere);
        for (bot, setup, state) in entries {
            session.add(bot, setup, state)?;
        }
        for order in mine {
            session.restore(order)?;
        }
        if let Some(price) = row.price {
            session.kernel.restore_price(0, price)?;
        }
        Ok((session, unreadable))
    }

    fn own_elsewhere(&mut self, owned: Amount) {
        let base = self.spec.symbol.base();
        self.kernel.set_owned_elsewhere(0, base, owned);
    }

    fn add(&mut self, bot: Uuid, setup: BotSetup, state: State) -> Result<(), SessionFault> {
        let slot = self.kernel.add_bot(setup, state, 0, 0)?;
        self.slots.insert(bot, slot);
        self.bots.push(bot);
        self.recorder.add_bot(bot, self.spec.symbol.clone());
        Ok(())
    }

    /// Takes up what others wrote of this account's bots: those that are to run from now on, and new settings of those
    /// that were at rest. Gives back what has to be salvaged.
    pub(in crate::runner) fn adopt(
        &mut self,
        bots: Vec<BotRow>,
        owned_elsewhere: Amount,
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
            let place = usize::try_from(slot.0).unwrap_or(usize::MAX);
            let is_at_rest = matches!(
                self.status(place),
                Some(BotStatus::Draft | BotStatus::Stopped | BotStatus::Error)
            );
            if is_at_rest && let Ok(setup) = self.setup(&bot) {
                self.kernel.replace_setup(slot, setup)?;
            }
        }
        Ok(unreadable)
    }

    fn setup(&self, bot: &BotRow) -> Result<BotSetup, String> {
        let config = bot_row::config(bot)?;
        Ok(BotSetup::paper(config, self.spec.market(), self.spec.fees))
    }

    fn read(&self, bot: &BotRow, orders: &[OpenOrder]) -> Result<(BotSetup, State), String> {
        let setup = self.setup(bot)?;
        let mine = orders.iter().filter(|order| order.bot == bot.id);
        let state = bot_row::state(bot, &setup, mine.map(|order| order.intent.number))?;
        Ok((setup, state))
    }

    /// Takes up a bot that cannot go on as it was saved, with what its rows say that it holds: it has failed, and can be
    /// sold out, stopped and started again.
    pub(in crate::runner) fn salvage(
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
        // Rows do not say what was left to the account, or supplied.
        let unowned = self.kernel.unowned(0, self.spec.symbol.base())?;
        let Some(state) = bot_row::salvaged(&bot, &setup, rows, unowned, &[])? else {
            return Ok(());
        };
        let id = bot.id;
        self.add(id, setup, state)?;
        self.recorder.note_input(self.bots.len() - 1);
        let at = self.now();
        for (number, _) in &rows.open_deals {
            self.recorder.end_deal(id, *number, at);
        }
        self.note_effects();
        Ok(())
    }

    fn cancel_orphan(
        &mut self,
        order: &OpenOrder,
        account: &mut Account,
    ) -> Result<(), SessionFault> {
        let asset = match order.intent.side {
            Side::Buy => self.spec.symbol.quote(),
            Side::Sell => self.spec.symbol.base(),
        };
        account.release(asset, order.reserved)?;
        self.recorder.cancel_orphan(order, self.now());
        Ok(())
    }

    fn restore(&mut self, order: OpenOrder) -> Result<(), SessionFault> {
        let Some(slot) = self.slots.get(&order.bot).copied() else {
            return Ok(());
        };
        let key = (slot, order.intent.number);
        self.recorder.add_order(key, order.id, order.life, false);
        let order = PaperOrder {
            bot: slot,
            account: 0,
            reserved: order.reserved,
            // At the first point after its arrival it either filled or became a resting order.
            is_marketable: order.is_marketable && order.placed_pos == self.pos,
            intent: order.intent,
        };
        Ok(self.kernel.restore_order(order)?)
    }
}
