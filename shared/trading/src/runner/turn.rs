use super::{
    Asked, BotSlot, Event, Exchange, LONGEST_TALK, MOST_TIMERS, Runner, SessionError, Sink, Turn,
};
use crate::bot::{BotStatus, Event as BotEvent, Input, Output, Quote, StepError, step};
use crate::market::RejectCode;
use crate::order::{LegId, Millis, OrderIntent, OrderNumber, OrderStatus, OrderUpdate, Placed};

/// How bots are told what happened, and what they answer.
impl<E: Exchange> Runner<E> {
    #[inline]
    pub(super) fn tell_price<S: Sink>(
        &mut self,
        market: usize,
        at: Millis,
        quote: &Quote,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        for position in 0..self.markets[market].bots.len() {
            let (index, leg) = self.markets[market].bots[position];
            if self.bots[index].leg(leg).watch.wants(quote) {
                self.tell_funds(index, leg, at, sink)?;
                self.feed_index((index, leg), at, BotEvent::Price(*quote), sink)?;
            }
        }
        Ok(())
    }

    pub(super) fn tell_funds<S: Sink>(
        &mut self,
        index: usize,
        leg: LegId,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let entry = &mut self.bots[index];
        if !entry.needs.funds {
            return Ok(());
        }
        let of_leg = entry.leg_mut(leg);
        let version = self.exchange.version(of_leg.account);
        if of_leg.funds_version.replace(version) == Some(version) {
            return Ok(());
        }
        let account = of_leg.account;
        let market = entry.setup.terms.of(leg).0;
        let funds = self.exchange.funds(account, market);
        self.feed_index((index, leg), at, BotEvent::Funds(funds), sink)
    }

    /// Tells a bot the prices of all its legs before something that is not a price, where it does not know them.
    pub(crate) fn tell_marks<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        self.tell_mark(bot, LegId::FIRST, at, sink)?;
        for leg in (1..).map(LegId).take(self.bot(bot)?.others.len()) {
            self.tell_mark(bot, leg, at, sink)?;
        }
        Ok(())
    }

    /// Tells a bot the price of a leg before something that is not a price, if it does not know it.
    pub(super) fn tell_mark<S: Sink>(
        &mut self,
        bot: BotSlot,
        leg: LegId,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let entry = self.bot(bot)?;
        match self.price(entry.leg(leg).market) {
            Some(price) if entry.state.core.mark_of(leg) != Some(price) => {
                self.feed_on(bot, leg, at, BotEvent::Mark(price), sink)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Tells a bot what its account has free now, whether or not its sizes depend on it.
    pub(crate) fn tell_free<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let entry = self.bot(bot)?;
        let market = &entry.setup.terms.market;
        let free = self.exchange.funds(entry.account(), market);
        self.feed(bot, at, BotEvent::Funds(free), sink)
    }

    /// Tells a bot that takes base of the account how much of it belongs to no bot.
    pub(super) fn tell_unowned<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let entry = self.bot(bot)?;
        let unowned = self.unowned(entry.account(), entry.setup.terms.market.symbol.base());
        // What cannot be counted is not given away.
        let unowned = unowned.unwrap_or_default();
        self.feed(bot, at, BotEvent::Unowned(unowned), sink)
    }

    pub(crate) fn run_timers<S: Sink>(
        &mut self,
        market: usize,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let due = self.markets[market].timers.range(..=(at, usize::MAX));
        let mut bots: Vec<usize> = due.map(|(_, index)| *index).collect();
        bots.sort_unstable();
        for index in bots {
            let bot = BotSlot(u32::try_from(index).map_err(|_| SessionError::Unknown)?);
            self.run_timers_of(bot, at, sink)?;
        }
        Ok(())
    }

    /// Fires the timers of a bot that are due.
    pub(super) fn run_timers_of<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        for _ in 0..MOST_TIMERS {
            let Some(timer) = self.bot(bot)?.due_timer(at) else {
                return Ok(());
            };
            self.tell_marks(bot, at, sink)?;
            self.feed(bot, at, BotEvent::Timer(timer), sink)?;
        }
        if self.bot(bot)?.due_timer(at).is_some() {
            self.fail(bot, at, StepError::RunawayLoop, sink)?;
        }
        Ok(())
    }

    pub(super) fn feed<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        event: BotEvent,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        self.feed_on(bot, LegId::FIRST, at, event, sink)
    }

    pub(crate) fn feed_on<S: Sink>(
        &mut self,
        bot: BotSlot,
        leg: LegId,
        at: Millis,
        event: BotEvent,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let index = usize::try_from(bot.0)
            .ok()
            .filter(|index| *index < self.bots.len())
            .ok_or(SessionError::Unknown)?;
        self.feed_index((index, leg), at, event, sink)
    }

    /// Has a bot fail: it hears what becomes of its orders.
    pub(crate) fn fail<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        source: StepError,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let index = usize::try_from(bot.0).map_err(|_| SessionError::Unknown)?;
        self.turn(index, at, Turn::Fault(source), sink)
    }

    pub(super) fn feed_index<S: Sink>(
        &mut self,
        (index, leg): (usize, LegId),
        at: Millis,
        event: BotEvent,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        self.turn(index, at, Turn::Event(leg, event), sink)
    }

    /// Gives a bot an input, and then what the venue answers to its outputs, until it is silent.
    pub(super) fn turn<S: Sink>(
        &mut self,
        index: usize,
        at: Millis,
        first: Turn,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let bot = BotSlot(u32::try_from(index).map_err(|_| SessionError::Unknown)?);
        let mut outputs = std::mem::take(&mut self.outputs);
        self.queue.push_back((0, first));
        while let Some((depth, turn)) = self.queue.pop_front() {
            self.depth = depth;
            let entry = &mut self.bots[index];
            let failed = match turn {
                Turn::Event(leg, event) => {
                    let input = Input { at, leg, event };
                    sink.receive(at, bot, Event::Input(&input));
                    step(&entry.setup, &mut entry.state, &input, &mut outputs).err()
                }
                Turn::Fault(source) => Some(source),
            };
            let has_failed = entry.state.core.status == BotStatus::Error;
            let is_endless = depth > LONGEST_TALK && !has_failed;
            let failed = failed.or(is_endless.then_some(StepError::RunawayLoop));
            if let Some(source) = failed {
                entry.state.fail(&entry.setup, at, &mut outputs);
                self.fault.get_or_insert((bot, source));
                if !has_failed {
                    sink.receive(at, bot, Event::Failed(&source));
                }
            }
            for output in outputs.drain(..) {
                sink.receive(at, bot, Event::Output(&output));
                match output {
                    Output::Place(intent) => self.place(bot, index, at, &intent, sink),
                    Output::Cancel(number) => self.cancel(bot, index, at, number, sink),
                    Output::DealOpened { .. }
                    | Output::DealClosed(_)
                    | Output::TradeClosed(_)
                    | Output::Decision(_)
                    | Output::Status { .. }
                    | Output::SignalSettled { .. } => {}
                }
            }
        }
        self.outputs = outputs;
        let entry = &mut self.bots[index];
        entry.look();
        let next_timer = entry.state.next_timer().map(|(at, _)| at);
        let before = std::mem::replace(&mut entry.next_timer, next_timer);
        if before != next_timer {
            let timers = &mut self.markets[entry.first.market].timers;
            if let Some(before) = before {
                timers.remove(&(before, index));
            }
            timers.extend(next_timer.map(|at| (at, index)));
        }
        Ok(())
    }
}

/// What bots ask of the exchange.
impl<E: Exchange> Runner<E> {
    fn place<S: Sink>(
        &mut self,
        bot: BotSlot,
        index: usize,
        at: Millis,
        intent: &OrderIntent,
        sink: &mut S,
    ) {
        let entry = &self.bots[index];
        let leg = entry.leg(intent.leg);
        let (account, market) = (leg.account, leg.market);
        let asked = Asked {
            bot,
            account,
            market,
            intent,
            owned: entry.state.core.holdings_of(intent.leg).owned(),
            selling: leg.selling,
        };
        let listing = &self.markets[market].listing;
        let decision = self.exchange.place(&asked, listing);
        if decision.reject == Some(RejectCode::InsufficientBalance) {
            // What was missing is part of the answer.
            let funds = self.exchange.funds(account, &listing.market);
            self.answer(Turn::Event(intent.leg, BotEvent::Funds(funds)));
        }
        let placed = Placed {
            intent,
            reserved: decision.reserved,
            is_marketable: decision.is_marketable,
            status: decision.status,
            reject: decision.reject,
        };
        sink.receive(at, bot, Event::Placed(&placed));
        if decision.status != OrderStatus::Sending {
            let update = OrderUpdate {
                order: intent.number,
                status: decision.status,
                reject: decision.reject,
            };
            self.answer(Turn::Event(intent.leg, BotEvent::Order(update)));
        }
        let mut fault = decision.fault;
        if decision.reject.is_none() {
            let entry = &mut self.bots[index];
            let begun = entry.begin_order(intent.leg, intent.side, decision.reserved);
            fault = fault.or(begun.err());
        }
        if let Some(error) = fault {
            self.answer(Turn::Fault(error.into()));
        }
    }

    /// Cancels what is still there; an order that filled at this very point reports its fill instead.
    fn cancel<S: Sink>(
        &mut self,
        bot: BotSlot,
        index: usize,
        at: Millis,
        number: OrderNumber,
        sink: &mut S,
    ) {
        let entry = &self.bots[index];
        let leg = entry.state.core.live(number).map(|order| order.leg);
        let market = entry.leg(leg.unwrap_or_default()).market;
        let listing = &self.markets[market].listing;
        let Some(ended) = self.exchange.cancel(bot, number, market, listing) else {
            return;
        };
        self.bots[index].end_order(ended.leg, ended.side, ended.reserved);
        let event = update(at, (bot, number), OrderStatus::Canceled, None, sink);
        self.answer(Turn::Event(ended.leg, event));
        if let Some(error) = ended.fault {
            self.answer(Turn::Fault(error.into()));
        }
    }

    /// Has the bot that is being told something told this next.
    fn answer(&mut self, turn: Turn) {
        self.queue.push_back((self.depth + 1, turn));
    }
}

/// Tells the sink that an order of a bot moved without a fill; gives what the bot is told.
pub(crate) fn update<S: Sink>(
    at: Millis,
    (bot, order): (BotSlot, OrderNumber),
    status: OrderStatus,
    reject: Option<RejectCode>,
    sink: &mut S,
) -> BotEvent {
    let update = OrderUpdate {
        order,
        status,
        reject,
    };
    sink.receive(at, bot, Event::Update(&update));
    BotEvent::Order(update)
}
