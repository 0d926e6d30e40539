//! Records what the kernel does as the rows and events of one commit.

use std::collections::{BTreeMap, HashMap};

use platform::SharedClock;
use store::trading::commit::{
    Batch, DealClosed, DealOpened, NewDecision, NewFill, NewOrder, NewStatus, NewTrade, OrderChange,
};
use trading::{
    Amount, Symbol,
    bot::{BotStatus, CloseReason, ClosedDeal, Decision, Output},
    order::{
        DealNumber, Fill, Millis, OrderIntent, OrderNumber, OrderStatus, OrderUpdate, Placed, Side,
    },
    paper::{BotSlot, Event, Sink},
};
use uuid::Uuid;

use super::{
    event_bodies,
    ids::{Ids, client_order_id},
};

/// A row of an order in the book.
#[derive(Debug, Clone, Copy)]
struct OpenRow {
    id: Uuid,
    /// Its place among the batch's new orders, if it is one.
    new: Option<usize>,
}

/// Receives what happens in a session, until it is committed.
pub(super) struct Recorder {
    clock: SharedClock,
    ids: Ids,
    symbol: Symbol,
    /// Position that the point under way leads to.
    pub(super) pos: i64,
    /// Why the command under way was given, for statuses without a reason of their own.
    pub(super) because: Option<String>,
    /// The batch so far.
    pub(super) batch: Batch,
    bots: Vec<Uuid>,
    is_dirty: Vec<bool>,
    open: HashMap<(BotSlot, OrderNumber), OpenRow>,
    statuses: BTreeMap<Uuid, NewStatus>,
    effects: usize,
}

impl Recorder {
    pub(super) fn new(clock: SharedClock, symbol: Symbol, pos: i64) -> Self {
        Self {
            clock,
            ids: Ids::default(),
            symbol,
            pos,
            because: None,
            batch: Batch::default(),
            bots: Vec::new(),
            is_dirty: Vec::new(),
            open: HashMap::new(),
            statuses: BTreeMap::new(),
            effects: 0,
        }
    }

    /// The next bot of the session.
    pub(super) fn add_bot(&mut self, bot: Uuid) {
        self.bots.push(bot);
        self.is_dirty.push(false);
    }

    /// An order that is in the book already.
    pub(super) fn add_order(&mut self, slot: BotSlot, number: OrderNumber, id: Uuid) {
        self.open.insert((slot, number), OpenRow { id, new: None });
    }

    /// How much happened since the last batch was taken.
    pub(super) fn effects(&self) -> usize {
        self.effects
    }

    /// Places of the bots that were given an input since, and their ids.
    pub(super) fn dirty(&self) -> impl Iterator<Item = (usize, Uuid)> {
        self.bots
            .iter()
            .zip(&self.is_dirty)
            .enumerate()
            .filter(|(_, (_, dirty))| **dirty)
            .map(|(place, (bot, _))| (place, *bot))
    }

    /// Takes the batch; what is still open is an older order from now on.
    pub(super) fn take(&mut self) -> Batch {
        self.effects = 0;
        self.is_dirty.fill(false);
        for open in self.open.values_mut() {
            open.new = None;
        }
        let mut batch = std::mem::take(&mut self.batch);
        batch.statuses = std::mem::take(&mut self.statuses).into_values().collect();
        batch
    }

    /// A bot's status after a command: the table may hold what was asked for.
    pub(super) fn settle(&mut self, bot: Uuid, status: BotStatus) {
        self.effects += 1;
        self.statuses.entry(bot).or_insert(NewStatus {
            bot,
            status,
            reason: None,
        });
    }

    pub(super) fn status(&mut self, bot: Uuid, status: BotStatus, reason: Option<String>) {
        self.effects += 1;
        let reason = reason.or_else(|| self.because.clone());
        let new = NewStatus {
            bot,
            status,
            reason,
        };
        self.batch
            .events
            .push(event_bodies::bot_status_changed(&new));
        self.statuses.insert(bot, new);
    }

    /// The end, without a fill, of an order that is older than the batch.
    pub(super) fn end_order(
        &mut self,
        (id, bot, number): (Uuid, Uuid, OrderNumber),
        status: OrderStatus,
        at: Millis,
    ) {
        self.effects += 1;
        self.batch.changes.push(OrderChange {
            id,
            status,
            reject: None,
            filled_quantity: Amount::ZERO,
            filled_quote: Amount::ZERO,
            ended_at: Some(at),
        });
        let event = event_bodies::order_ended((id, bot, number), status, None, at);
        self.batch.events.push(event);
    }

    /// A bot that has to be saved although it was given nothing.
    pub(super) fn note_input(&mut self, place: usize) {
        if let Some(dirty) = self.is_dirty.get_mut(place) {
            *dirty = true;
        }
    }

    /// The end of a deal of which nothing but its row is left.
    pub(super) fn end_deal(&mut self, bot: Uuid, number: DealNumber, at: Millis) {
        self.effects += 1;
        let row = DealClosed {
            bot,
            number,
            at,
            reason: CloseReason::BotFailed,
            invested: Amount::ZERO,
            realised: Amount::ZERO,
        };
        self.batch.events.push(event_bodies::deal_closed(&row));
        self.batch.closed.push(row);
    }

    fn bot(&self, slot: BotSlot) -> Uuid {
        let place = usize::try_from(slot.0).unwrap_or(usize::MAX);
        self.bots.get(place).copied().unwrap_or_default()
    }

    fn place(&mut self, at: Millis, slot: BotSlot, placed: &Placed<'_>) {
        let (id, intent) = (self.ids.next(self.clock.now()), placed.intent);
        let order = NewOrder {
            id,
            client_order_id: client_order_id(id),
            bot: self.bot(slot),
            symbol: self.symbol.to_string(),
            intent: intent.clone(),
            status: placed.status,
            reject: placed.reject,
            filled_quantity: Amount::ZERO,
            filled_quote: Amount::ZERO,
            reserved: placed.reserved,
            is_marketable: placed.is_marketable,
            placed_pos: self.pos,
            placed_at: at,
            ended_at: placed.status.is_terminal().then_some(at),
        };
        self.batch.events.push(event_bodies::order_created(&order));
        if placed.status.is_terminal() {
            let of = (id, order.bot, intent.number);
            let ended = event_bodies::order_ended(of, placed.status, placed.reject, at);
            self.batch.events.push(ended);
        } else {
            let new = Some(self.batch.orders.len());
            self.open.insert((slot, intent.number), OpenRow { id, new });
        }
        self.batch.orders.push(order);
    }

    fn update(&mut self, at: Millis, slot: BotSlot, update: &OrderUpdate) {
        let key = (slot, update.order);
        let Some(open) = self.open.get(&key).copied() else {
            return;
        };
        if !update.status.is_terminal() {
            return;
        }
        self.open.remove(&key);
        match open.new.and_then(|place| self.batch.orders.get_mut(place)) {
            Some(order) => {
                order.status = update.status;
                order.reject = update.reject;
                order.ended_at = Some(at);
            }
            None => self.batch.changes.push(OrderChange {
                id: open.id,
                status: update.status,
                reject: update.reject,
                filled_quantity: Amount::ZERO,
                filled_quote: Amount::ZERO,
                ended_at: Some(at),
            }),
        }
        let order = (open.id, self.bot(slot), update.order);
        let event = event_bodies::order_ended(order, update.status, update.reject, at);
        self.batch.events.push(event);
    }

    fn fill(&mut self, at: Millis, slot: BotSlot, intent: &OrderIntent, fill: &Fill) {
        let key = (slot, intent.number);
        let Some(open) = self.open.get(&key).copied() else {
            return;
        };
        let (status, ended_at) = if fill.is_last {
            self.open.remove(&key);
            (OrderStatus::Filled, Some(at))
        } else {
            (OrderStatus::PartiallyFilled, None)
        };
        match open.new.and_then(|place| self.batch.orders.get_mut(place)) {
            // Paper fills whole: there is nothing to add up.
            Some(order) => {
                order.status = status;
                order.ended_at = ended_at;
                order.filled_quantity = fill.quantity;
                order.filled_quote = fill.quote;
            }
            None => self.batch.changes.push(OrderChange {
                id: open.id,
                status,
                reject: None,
                filled_quantity: fill.quantity,
                filled_quote: fill.quote,
                ended_at,
            }),
        }
        let (base, quote) = match intent.side {
            Side::Buy => (fill.quantity, fill.quote.negated()),
            Side::Sell => (fill.quantity.negated(), fill.quote),
        };
        let row = NewFill {
            id: self.ids.next(self.clock.now()),
            bot: self.bot(slot),
            order: open.id,
            symbol: self.symbol.to_string(),
            trade: open.id.simple().to_string(),
            side: intent.side,
            fill: fill.clone(),
            at,
            legs: [
                ("base", self.symbol.base().clone(), base),
                ("quote", self.symbol.quote().clone(), quote),
                ("fee", fill.fee.asset.clone(), fill.fee.amount.negated()),
            ],
        };
        let event = event_bodies::order_filled(intent.number, &row);
        self.batch.events.push(event);
        self.batch.fills.push(row);
    }

    fn decide(&mut self, at: Millis, slot: BotSlot, decision: &Decision) {
        let (code, detail) = event_bodies::reason(decision.reason);
        self.batch.decisions.push(NewDecision {
            bot: self.bot(slot),
            at,
            code,
            detail,
            deal: decision.deal,
            price: decision.price,
            data: decision.facts,
        });
    }

    fn close_deal(&mut self, slot: BotSlot, deal: &ClosedDeal) {
        let row = DealClosed {
            bot: self.bot(slot),
            number: deal.deal,
            at: deal.closed_at,
            reason: deal.reason,
            invested: deal.invested,
            realised: deal.realised,
        };
        self.batch.events.push(event_bodies::deal_closed(&row));
        self.batch.closed.push(row);
    }

    fn output(&mut self, at: Millis, slot: BotSlot, output: &Output) {
        match output {
            Output::DealOpened { deal } => {
                let row = DealOpened {
                    id: self.ids.next(self.clock.now()),
                    bot: self.bot(slot),
                    number: *deal,
                    at,
                };
                self.batch.events.push(event_bodies::deal_opened(&row));
                self.batch.opened.push(row);
            }
            Output::DealClosed(deal) => self.close_deal(slot, deal),
            Output::Decision(decision) => self.decide(at, slot, decision),
            Output::Status { status, reason } => {
                let reason = reason.map(|reason| event_bodies::reason(reason).0);
                self.status(self.bot(slot), *status, reason);
            }
            Output::TradeClosed(trade) => self.batch.trades.push(NewTrade {
                bot: self.bot(slot),
                deal: trade.deal,
                at,
                cost: trade.cost,
                proceeds: trade.proceeds,
            }),
            Output::Place(_) | Output::Cancel(_) => {}
        }
    }
}

impl Sink for Recorder {
    fn receive(&mut self, at: Millis, slot: BotSlot, event: Event<'_>) {
        if let Event::Input(_) = event {
            self.note_input(usize::try_from(slot.0).unwrap_or(usize::MAX));
            return;
        }
        self.effects += 1;
        match event {
            Event::Input(_) => {}
            Event::Failed(source) => {
                let bot = self.bot(slot);
                tracing::error!(%bot, error = %source, "a bot failed");
                metrics::counter!("engine_bots_failed_total").increment(1);
                self.status(bot, BotStatus::Error, Some(source.to_string()));
            }
            Event::Output(output) => self.output(at, slot, output),
            Event::Placed(placed) => self.place(at, slot, placed),
            Event::Update(update) => self.update(at, slot, update),
            Event::Fill(intent, fill) => self.fill(at, slot, intent, fill),
        }
    }
}
