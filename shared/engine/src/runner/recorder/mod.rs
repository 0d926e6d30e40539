//! Records what the kernel does as the rows and events of one commit.

mod fault;
mod outputs;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use platform::SharedClock;
use store::trading::{
    accounts::OpenOrder,
    commit::{
        Batch, CommandOutcome, DealClosed, NewFill, NewOrder, NewStatus, OrderChange, OrderProgress,
    },
};
use trading::{
    Amount, Symbol,
    bot::{BotStatus, CloseReason},
    market::RejectCode,
    order::{
        Absence, Applied, DealNumber, Fill, Life, Lookup, Millis, News, OrderIntent, OrderNumber,
        OrderStatus, OrderUpdate, Placed, Side,
    },
    paper::{BotSlot, Event, Sink},
};
use uuid::Uuid;

pub(super) use fault::RecorderFault;

use super::{
    event_bodies,
    ids::{Ids, client_order_id},
};

/// Slot of a bot, and number of an order within it.
type Key = (BotSlot, OrderNumber);

/// An order in memory: in the book, or ended since the last batch was taken.
#[derive(Debug, Clone)]
struct OrderRow {
    id: Uuid,
    life: Life,
    /// The exchange's id of it is known.
    is_named: bool,
    /// Where the batch has it, if it does.
    place: Option<Place>,
}

/// A place in a batch.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Among the new orders.
    New(usize),
    /// Among the changes of older ones.
    Change(usize),
}

/// Receives what happens in a session, until it is committed.
pub(super) struct Recorder {
    clock: SharedClock,
    ids: Ids,
    /// What each bot trades, by place.
    symbols: Vec<Symbol>,
    /// Whether an exchange names the trades: on paper they are numbered within their order.
    is_exchange: bool,
    /// Position that the point under way leads to.
    pub(super) pos: i64,
    /// Why the command under way was given, for statuses without a reason of their own.
    pub(super) because: Option<String>,
    /// The batch so far.
    pub(super) batch: Batch,
    bots: Vec<Uuid>,
    is_dirty: Vec<bool>,
    orders: HashMap<Key, OrderRow>,
    fault: Option<RecorderFault>,
    statuses: BTreeMap<Uuid, NewStatus>,
    effects: usize,
}

impl Recorder {
    pub(super) fn new(clock: SharedClock, pos: i64) -> Self {
        Self {
            clock,
            ids: Ids::default(),
            symbols: Vec::new(),
            is_exchange: false,
            pos,
            because: None,
            batch: Batch::default(),
            bots: Vec::new(),
            is_dirty: Vec::new(),
            orders: HashMap::new(),
            fault: None,
            statuses: BTreeMap::new(),
            effects: 0,
        }
    }

    /// A recorder of an account at an exchange.
    pub(super) fn of_exchange(clock: SharedClock, pos: i64) -> Self {
        Self {
            is_exchange: true,
            ..Self::new(clock, pos)
        }
    }

    /// The next bot of the session, and what it trades.
    pub(super) fn add_bot(&mut self, bot: Uuid, symbol: Symbol) {
        self.bots.push(bot);
        self.symbols.push(symbol);
        self.is_dirty.push(false);
    }

    /// The id of an order that has a row or gets one with the batch.
    pub(super) fn order_id(&self, key: Key) -> Option<Uuid> {
        self.orders.get(&key).map(|row| row.id)
    }

    /// The exchange's id of an order, where it told it for the first time.
    pub(super) fn note_venue_id(&mut self, at: Millis, key: Key, venue_order_id: &str) {
        let Some(row) = self.orders.get_mut(&key).filter(|row| !row.is_named) else {
            return;
        };
        row.is_named = true;
        let progress = OrderProgress::of(&row.life, None, at);
        // A new order's row is written without it: the change that follows has it.
        if let Some(Place::Change(place)) = row.place
            && let Some(change) = self.batch.changes.get_mut(place)
        {
            change.venue_order_id = Some(venue_order_id.to_owned());
            return;
        }
        if row.place.is_none() {
            row.place = Some(Place::Change(self.batch.changes.len()));
            self.batch.changes.push(OrderChange {
                id: row.id,
                venue_order_id: Some(venue_order_id.to_owned()),
                progress,
            });
            self.effects += 1;
        } else {
            row.is_named = false;
        }
    }

    /// An order that has a row already: in the book, or ended, before something late is told of it.
    pub(super) fn add_order(&mut self, key: Key, id: Uuid, life: Life, is_named: bool) {
        let row = OrderRow {
            id,
            life,
            is_named,
            place: None,
        };
        self.orders.insert(key, row);
    }

    /// What time it is, by wall clock.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
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
    pub(super) fn take(&mut self) -> Result<Batch, RecorderFault> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        self.effects = 0;
        self.is_dirty.fill(false);
        self.orders.retain(|_, row| {
            row.place = None;
            !row.life.status().is_terminal()
        });
        let mut batch = std::mem::take(&mut self.batch);
        batch.statuses = std::mem::take(&mut self.statuses).into_values().collect();
        Ok(batch)
    }

    /// A bot's status after a command: the table may hold what was asked for.
    pub(super) fn settle(&mut self, bot: Uuid, status: BotStatus) {
        self.statuses.entry(bot).or_insert(NewStatus {
            bot,
            status,
            reason: None,
        });
    }

    /// What became of a command: its user waits for that, even where nothing else happened.
    pub(super) fn answer(&mut self, outcome: CommandOutcome) {
        self.effects += 1;
        self.batch.commands.push(outcome);
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

    /// Cancels an order whose bot is not in memory.
    pub(super) fn cancel_orphan(&mut self, order: &OpenOrder, at: Millis) {
        self.effects += 1;
        let status = OrderStatus::Canceled;
        self.batch.changes.push(OrderChange {
            id: order.id,
            venue_order_id: None,
            progress: OrderProgress {
                status,
                ended_at: Some(at),
                ..OrderProgress::of(&order.life, None, at)
            },
        });
        let of = (order.id, order.bot, order.intent.number);
        let event = event_bodies::order_ended(of, status, None, at);
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

    /// What a bot trades. One that was never added is a fault.
    fn symbol(&mut self, slot: BotSlot) -> Option<Symbol> {
        let place = usize::try_from(slot.0).unwrap_or(usize::MAX);
        let symbol = self.symbols.get(place).cloned();
        if symbol.is_none() {
            self.fault.get_or_insert(RecorderFault::UnknownBot(slot.0));
        }
        symbol
    }

    fn place(&mut self, at: Millis, slot: BotSlot, placed: &Placed<'_>) {
        let Some(symbol) = self.symbol(slot) else {
            return;
        };
        let (id, intent) = (self.ids.next(self.clock.now()), placed.intent);
        let life = Life::begin(intent.size, placed.status);
        let order = NewOrder {
            id,
            client_order_id: client_order_id(id),
            bot: self.bot(slot),
            symbol: symbol.to_string(),
            intent: intent.clone(),
            progress: OrderProgress::of(&life, placed.reject, at),
            reserved: placed.reserved,
            is_marketable: placed.is_marketable,
            placed_pos: self.pos,
            placed_at: at,
        };
        self.batch.events.push(event_bodies::order_created(&order));
        if placed.status.is_terminal() {
            let of = (id, order.bot, intent.number);
            let ended = event_bodies::order_ended(of, placed.status, placed.reject, at);
            self.batch.events.push(ended);
        }
        let place = Some(Place::New(self.batch.orders.len()));
        let row = OrderRow {
            id,
            life,
            is_named: false,
            place,
        };
        self.orders.insert((slot, intent.number), row);
        self.batch.orders.push(order);
    }

    /// Tells an order's life what happened, and has the row written if that changed anything. Gives the row's id then.
    fn apply(
        &mut self,
        at: Millis,
        key: Key,
        news: News<'_>,
        reject: Option<RejectCode>,
    ) -> Option<Uuid> {
        let bot = self.bot(key.0);
        let Some(row) = self.orders.get_mut(&key) else {
            let unknown = RecorderFault::UnknownOrder(key.1, bot);
            self.fault.get_or_insert(unknown);
            return None;
        };
        match row.life.apply(news) {
            Ok(Applied::Unchanged) => return None,
            Ok(Applied::Moved | Applied::Filled | Applied::FilledLate) => {}
            Err(error) => {
                let fault = RecorderFault::Life(key.1, bot, error);
                self.fault.get_or_insert(fault);
                return None;
            }
        }
        let progress = OrderProgress::of(&row.life, reject, at);
        let place = *row.place.get_or_insert_with(|| {
            self.batch.changes.push(OrderChange {
                id: row.id,
                venue_order_id: None,
                progress: progress.clone(),
            });
            Place::Change(self.batch.changes.len() - 1)
        });
        let written = match place {
            Place::New(place) => self
                .batch
                .orders
                .get_mut(place)
                .map(|row| &mut row.progress),
            Place::Change(place) => self
                .batch
                .changes
                .get_mut(place)
                .map(|row| &mut row.progress),
        };
        if let Some(written) = written {
            *written = OrderProgress {
                reject: reject.or(written.reject),
                ended_at: written.ended_at.or(progress.ended_at),
                ..progress
            };
        }
        Some(row.id)
    }

    fn update(&mut self, at: Millis, slot: BotSlot, update: &OrderUpdate) {
        let key = (slot, update.order);
        let news = match update.status {
            OrderStatus::Absent => News::LookedUp(Lookup::NotFound(Absence::PROVEN)),
            status => News::Update {
                status,
                filled: None,
            },
        };
        if let Some(id) = self.apply(at, key, news, update.reject) {
            self.tell_end(at, key, id, update.reject);
        }
    }

    /// Written with the state that asked for it: what is not cancelled at once is cancelled after a crash, too.
    fn cancel(&mut self, at: Millis, key: Key) {
        // What has ended meanwhile needs no cancel; its bot hears of that next.
        if self.orders.contains_key(&key) {
            self.apply(at, key, News::CancelRequested { at }, None);
        }
    }

    fn fill(&mut self, at: Millis, slot: BotSlot, intent: &OrderIntent, fill: &Fill) {
        let Some(symbol) = self.symbol(slot) else {
            return;
        };
        let key = (slot, intent.number);
        let trade = self.trade(key, fill);
        let news = News::Fill {
            trade: &trade,
            filled: fill.filled(),
            is_last: fill.is_last,
        };
        let was_open = self.is_open(key);
        let Some(order) = self.apply(at, key, news, None) else {
            return;
        };
        let (base, quote) = match intent.side {
            Side::Buy => (fill.quantity, fill.quote.negated()),
            Side::Sell => (fill.quantity.negated(), fill.quote),
        };
        let row = NewFill {
            id: self.ids.next(self.clock.now()),
            bot: self.bot(slot),
            order,
            symbol: symbol.to_string(),
            trade,
            side: intent.side,
            fill: fill.clone(),
            at,
            legs: [
                ("base", symbol.base().clone(), base),
                ("quote", symbol.quote().clone(), quote),
                ("fee", fill.fee.asset.clone(), fill.fee.amount.negated()),
            ],
        };
        let event = event_bodies::order_filled(intent.number, &row);
        self.batch.events.push(event);
        self.batch.fills.push(row);
        if was_open {
            self.tell_end(at, key, order, None);
        }
    }

    /// Identity of a trade within connection and market: the simulated exchange numbers the trades of each order.
    fn trade(&self, key: Key, fill: &Fill) -> String {
        if self.is_exchange {
            return fill.trade.clone();
        }
        let order = self.orders.get(&key).map(|row| row.id).unwrap_or_default();
        format!("{}-{}", order.simple(), fill.trade)
    }

    fn is_open(&self, key: Key) -> bool {
        let row = self.orders.get(&key);
        row.is_some_and(|row| !row.life.status().is_terminal())
    }

    /// Tells the end of an order that is not its last fill.
    fn tell_end(&mut self, at: Millis, key: Key, id: Uuid, reject: Option<RejectCode>) {
        let Some(status) = self.orders.get(&key).map(|row| row.life.status()) else {
            return;
        };
        if status.is_terminal() && status != OrderStatus::Filled {
            let of = (id, self.bot(key.0), key.1);
            let event = event_bodies::order_ended(of, status, reject, at);
            self.batch.events.push(event);
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
