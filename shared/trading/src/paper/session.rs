use super::{Account, Book, Execution, PaperOrder, Simulated};
use crate::amount::Amount;
use crate::bot::{Event as BotEvent, Fees, Quote};
use crate::market::{Market, RejectCode};
use crate::order::{Millis, OrderStatus};
use crate::runner::{BotSlot, Event, Exchange, LONGEST_TALK, Runner, SessionError, Sink, update};

/// Paper accounts, books and bots on one clock: the same for a live paper connection and for a backtest.
///
/// At each point resting orders match by number; fills reach their bots by bot and number; then timers that are due;
/// then the price. What a bot emits can fill from the next point on.
pub type Session = Runner<Simulated>;

impl Session {
    /// Adds an account; gives its index.
    pub fn add_account(&mut self, account: Account) -> usize {
        self.exchange.accounts.push(account);
        self.exchange.accounts.len() - 1
    }

    /// Adds a market and what trading on it costs; gives its index.
    pub fn add_market(&mut self, market: Market, fees: Fees) -> usize {
        self.exchange.books.push(Book::default());
        self.list(market, fees)
    }

    /// Puts an open order back after a restart; its reservation is part of the account already.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] when its bot was not added before.
    pub fn restore_order(&mut self, order: PaperOrder) -> Result<(), SessionError> {
        let (leg, side) = (order.intent.leg, order.intent.side);
        let entry = self.entry(order.bot)?;
        entry.begin_order(leg, side, order.reserved)?;
        let market = entry.leg(leg).market;
        self.exchange.books[market].insert(order);
        Ok(())
    }

    /// The accounts, by index.
    pub fn accounts(&self) -> &[Account] {
        &self.exchange.accounts
    }

    /// Open orders of a market, by number, then bot.
    ///
    /// # Panics
    /// When there is no such market.
    pub fn orders(&self, market: usize) -> impl ExactSizeIterator<Item = &PaperOrder> {
        self.exchange.books[market].orders()
    }

    /// A price of a market.
    ///
    /// # Errors
    /// See [`SessionError`].
    #[inline]
    pub fn point<S: Sink>(
        &mut self,
        market: usize,
        at: Millis,
        price: Amount,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let listed = self.markets.get_mut(market).ok_or(SessionError::Unknown)?;
        listed.listing.price = Some(price);
        if self.exchange.books[market].is_touched(price) {
            self.fill(market, at, price, sink)?;
        }
        self.tick(market, at, &Quote::flat(price, at), sink)
    }

    fn fill<S: Sink>(
        &mut self,
        market: usize,
        at: Millis,
        price: Amount,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let listing = &self.markets[market].listing;
        let exchange = &mut self.exchange;
        let mut done = std::mem::take(&mut exchange.done);
        exchange.books[market].match_point(
            price,
            &listing.market,
            &listing.fees,
            &mut exchange.accounts,
            &mut done,
        );
        self.report(at, done, sink)
    }

    /// Tells bots what became of their orders.
    fn report<S: Sink>(
        &mut self,
        at: Millis,
        mut done: Vec<(PaperOrder, Execution)>,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        done.sort_by_key(|(order, _)| (order.bot, order.intent.number));
        for (order, execution) in done.drain(..) {
            let (bot, leg) = (order.bot, order.intent.leg);
            let of = (bot, order.intent.number);
            self.entry(bot)?
                .end_order(leg, order.intent.side, order.reserved);
            let mut fault = None;
            let event = match execution {
                Execution::Filled(fill) => {
                    sink.receive(at, bot, Event::Fill(&order.intent, &fill));
                    BotEvent::Fill(fill)
                }
                Execution::Expired => update(at, of, OrderStatus::Expired, None, sink),
                Execution::Failed(error) => {
                    fault = Some(error);
                    update(at, of, OrderStatus::Canceled, None, sink)
                }
                Execution::Rejected(code) => {
                    if code == RejectCode::InsufficientBalance {
                        let market = self.bot(bot)?.setup.terms.of(leg).0;
                        let funds = self.exchange.funds(order.account, market);
                        self.feed_on(bot, leg, at, BotEvent::Funds(funds), sink)?;
                    }
                    update(at, of, OrderStatus::Rejected, Some(code), sink)
                }
            };
            self.tell_marks(bot, at, sink)?;
            self.feed_on(bot, leg, at, event, sink)?;
            if let Some(error) = fault {
                self.fail(bot, at, error.into(), sink)?;
            }
        }
        self.exchange.done = done;
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
            let listing = &self.markets[market].listing;
            let Some(price) = listing.price else {
                return Ok(());
            };
            let exchange = &mut self.exchange;
            let mut done = std::mem::take(&mut exchange.done);
            exchange.books[market].match_market_orders(
                bot,
                price,
                &listing.market,
                &listing.fees,
                &mut exchange.accounts,
                &mut done,
            );
            if done.is_empty() {
                self.exchange.done = done;
                return Ok(());
            }
            self.report(at, done, sink)?;
        }
        Ok(())
    }
}
