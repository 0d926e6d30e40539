use super::{BotEntry, BotSlot, Event, LONGEST_TALK, Session, SessionError, Sink, Turn};
use crate::amount::{Amount, AmountError};
use crate::bot::{Event as BotEvent, Funds};
use crate::market::{Market, RejectCode};
use crate::order::{
    LegId, Millis, OrderIntent, OrderNumber, OrderStatus, OrderType, OrderUpdate, Placed, Side,
    TimeInForce,
};
use crate::paper::book::reservation;
use crate::paper::{Account, AccountError, Execution, PaperOrder};

/// The simulated venue: what becomes of orders.
impl Session {
    pub(super) fn fill<S: Sink>(
        &mut self,
        market: usize,
        at: Millis,
        price: Amount,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let listed = &mut self.markets[market];
        let mut done = std::mem::take(&mut self.done);
        listed.book.match_point(
            price,
            &listed.market,
            &listed.fees,
            &mut self.accounts,
            &mut done,
        );
        self.report(at, done, sink)
    }

    /// Tells bots what became of their orders.
    pub(super) fn report<S: Sink>(
        &mut self,
        at: Millis,
        mut done: Vec<(PaperOrder, Execution)>,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        done.sort_by_key(|(order, _)| (order.bot, order.intent.number));
        for (order, execution) in done.drain(..) {
            self.entry(order.bot)?.end_sell(&order);
            let mut fault = None;
            let event = match execution {
                Execution::Filled(fill) => {
                    sink.receive(at, order.bot, Event::Fill(&order.intent, &fill));
                    BotEvent::Fill(fill)
                }
                Execution::Expired => update(at, &order, OrderStatus::Expired, None, sink),
                Execution::Failed(error) => {
                    fault = Some(error);
                    update(at, &order, OrderStatus::Canceled, None, sink)
                }
                Execution::Rejected(code) => {
                    if code == RejectCode::InsufficientBalance {
                        let leg = order.intent.leg;
                        let market = self.bot(order.bot)?.setup.terms.of(leg).0;
                        let funds = funds(&self.accounts[order.account], market);
                        self.feed_on(order.bot, leg, at, BotEvent::Funds(funds), sink)?;
                    }
                    update(at, &order, OrderStatus::Rejected, Some(code), sink)
                }
            };
            self.tell_marks(order.bot, at, sink)?;
            self.feed_on(order.bot, order.intent.leg, at, event, sink)?;
            if let Some(error) = fault {
                self.fail(order.bot, at, error.into(), sink)?;
            }
        }
        self.done = done;
        Ok(())
    }

    /// Fills a bot's market orders at its market's last price, and those that follow from them: for a bot that winds down
    /// when no point will come any more.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub fn settle<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let markets: Vec<usize> = {
            let entry = self.bot(bot)?;
            let legs = std::iter::once(&entry.first).chain(&entry.others);
            legs.map(|leg| leg.market).collect()
        };
        for market in markets {
            self.settle_on(bot, market, at, sink)?;
        }
        Ok(())
    }

    fn settle_on<S: Sink>(
        &mut self,
        bot: BotSlot,
        market: usize,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        for _ in 0..LONGEST_TALK {
            let listed = &mut self.markets[market];
            let Some(price) = listed.price else {
                return Ok(());
            };
            let mut done = std::mem::take(&mut self.done);
            listed.book.match_market_orders(
                bot,
                price,
                &listed.market,
                &listed.fees,
                &mut self.accounts,
                &mut done,
            );
            if done.is_empty() {
                self.done = done;
                return Ok(());
            }
            self.report(at, done, sink)?;
        }
        Ok(())
    }

    pub(super) fn place<S: Sink>(
        &mut self,
        bot: BotSlot,
        index: usize,
        at: Millis,
        intent: OrderIntent,
        sink: &mut S,
    ) {
        let entry = &self.bots[index];
        let of_leg = *entry.leg(intent.leg);
        let account_index = of_leg.account;
        let listed = &mut self.markets[of_leg.market];
        let account = &mut self.accounts[account_index];
        let is_marketable = is_marketable(&intent, listed.price);
        let reserved = reservation(&intent, listed.price, &listed.fees);
        let (reserved, mut fault) = match reserved {
            Ok(reserved) => (reserved, None),
            Err(error) => (Amount::ZERO, Some(error)),
        };
        let (may_sell, selling) = match (intent.side, entry.after_sell(intent.leg, reserved)) {
            (Side::Buy, _) => (true, of_leg.selling),
            (Side::Sell, Ok(after)) => after,
            (Side::Sell, Err(error)) => {
                fault = Some(error);
                (false, of_leg.selling)
            }
        };
        let order = PaperOrder {
            bot,
            account: account_index,
            intent,
            reserved,
            is_marketable,
        };
        let is_post_only = matches!(
            order.intent.kind,
            OrderType::Limit {
                time_in_force: TimeInForce::PostOnly,
                ..
            }
        );
        let is_full = listed.market.max_orders.is_some_and(|most| {
            listed.book.count(account_index) >= usize::try_from(most).unwrap_or(usize::MAX)
        });
        let refusal = if fault.is_some() {
            Some(RejectCode::Refused)
        } else if is_marketable && is_post_only && listed.price.is_some() {
            Some(RejectCode::WouldTake)
        } else if is_full {
            Some(RejectCode::TooManyOrders)
        } else if !may_sell {
            // The rest of the account's base is another bot's.
            Some(RejectCode::InsufficientBalance)
        } else {
            match account.reserve(order.reserved_asset(&listed.market), reserved) {
                Ok(()) => None,
                Err(AccountError::Insufficient) => Some(RejectCode::InsufficientBalance),
                Err(AccountError::Amount(error)) => {
                    fault = Some(error);
                    Some(RejectCode::Refused)
                }
            }
        };
        let status = if refusal.is_some() {
            OrderStatus::Rejected
        } else {
            OrderStatus::Open
        };
        if refusal == Some(RejectCode::InsufficientBalance) {
            // What was missing is part of the answer.
            let funds = funds(account, &listed.market);
            self.queue.push_back((
                self.depth + 1,
                Turn::Event(order.intent.leg, BotEvent::Funds(funds)),
            ));
        }
        let placed = Placed {
            intent: &order.intent,
            reserved: if refusal.is_none() {
                reserved
            } else {
                Amount::ZERO
            },
            is_marketable,
            status,
            reject: refusal,
        };
        sink.receive(at, bot, Event::Placed(&placed));
        let update = OrderUpdate {
            order: order.intent.number,
            status,
            reject: refusal,
        };
        let event = BotEvent::Order(update);
        self.queue
            .push_back((self.depth + 1, Turn::Event(order.intent.leg, event)));
        if let Some(error) = fault {
            let fault = Turn::Fault(error.into());
            self.queue.push_back((self.depth + 1, fault));
        }
        if refusal.is_none() {
            let leg = order.intent.leg;
            self.bots[index].leg_mut(leg).selling = selling;
            listed.book.insert(order);
        }
    }

    /// Cancels what is still there; an order that filled at this very point reports its fill instead.
    pub(super) fn cancel<S: Sink>(
        &mut self,
        bot: BotSlot,
        index: usize,
        at: Millis,
        number: OrderNumber,
        sink: &mut S,
    ) {
        let entry = &self.bots[index];
        let leg = entry.state.core.live(number).map(|order| order.leg);
        let listed = &mut self.markets[entry.leg(leg.unwrap_or_default()).market];
        if let Some(order) = listed.book.remove(bot, number) {
            let released = order.release(&listed.market, &mut self.accounts[order.account]);
            self.bots[index].end_sell(&order);
            let event = update(at, &order, OrderStatus::Canceled, None, sink);
            self.queue
                .push_back((self.depth + 1, Turn::Event(order.intent.leg, event)));
            if let Err(error) = released {
                let fault = Turn::Fault(error.into());
                self.queue.push_back((self.depth + 1, fault));
            }
        }
    }
}

impl BotEntry {
    /// Whether the bot owns base for another sell, and what it then has in open sells.
    fn after_sell(&self, leg: LegId, quantity: Amount) -> Result<(bool, Amount), AmountError> {
        let owned = self.state.core.holdings_of(leg).owned()?;
        let selling = self.leg(leg).selling.plus(quantity)?;
        Ok((selling <= owned, selling))
    }

    /// An order is in the book no more.
    fn end_sell(&mut self, order: &PaperOrder) {
        if order.intent.side == Side::Sell {
            let leg = self.leg_mut(order.intent.leg);
            let rest = leg.selling.minus(order.reserved);
            leg.selling = rest.unwrap_or(leg.selling);
        }
    }
}

/// Whether the next point fills or ends an order that arrives at this price.
fn is_marketable(intent: &OrderIntent, price: Option<Amount>) -> bool {
    match (intent.kind, price) {
        (
            OrderType::Limit {
                price: limit,
                time_in_force,
            },
            Some(price),
        ) => {
            let reaches = match intent.side {
                Side::Buy => limit >= price,
                Side::Sell => limit <= price,
            };
            reaches || time_in_force == TimeInForce::ImmediateOrCancel
        }
        (OrderType::Market, _) | (OrderType::Limit { .. }, None) => true,
    }
}

pub(super) fn funds(account: &Account, market: &Market) -> Funds {
    Funds {
        base: account.balance(market.symbol.base()).free,
        quote: account.balance(market.symbol.quote()).free,
    }
}

pub(super) fn update<S: Sink>(
    at: Millis,
    order: &PaperOrder,
    status: OrderStatus,
    reject: Option<RejectCode>,
    sink: &mut S,
) -> BotEvent {
    let update = OrderUpdate {
        order: order.intent.number,
        status,
        reject,
    };
    sink.receive(at, order.bot, Event::Update(&update));
    BotEvent::Order(update)
}
