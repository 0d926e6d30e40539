use super::{OrderRequest, Queued, QueuedOrder};
use crate::amount::Amount;
use crate::bot::{Event as BotEvent, Fees, Known, LateFill, Output, Quote};
use crate::market::{Market, RejectCode};
use crate::order::{
    Fill, Life, LifeError, Millis, News, OrderIntent, OrderNumber, OrderStatus, Side,
};
use crate::paper::Balance;
use crate::runner::{BotSlot, Event, Runner, SessionError, Sink, update};
use crate::symbol::Asset;

/// Bots on one account at a venue.
pub type LiveSession = Runner<Queued>;

/// What a venue told of an order.
#[derive(Clone, Copy, Debug)]
pub enum OrderNews<'a> {
    /// It moved, or was looked up; of one that was refused, why.
    Moved(News<'a>, Option<RejectCode>),
    /// It was filled, whole or in part. Whether nothing is left to fill is for the order's life to say.
    Traded(&'a Fill),
}

/// News that cannot be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewsError {
    /// The order has ended, or was never placed.
    #[error("the order is not open")]
    NotOpen,
    /// What is told contradicts what is known.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// The session has no such bot.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl LiveSession {
    /// Adds a market and what trading on it costs; gives its index.
    pub fn add_market(&mut self, market: Market, fees: Fees) -> usize {
        self.list(market, fees)
    }

    /// The account and its orders.
    pub const fn account(&self) -> &Queued {
        &self.exchange
    }

    /// Puts balances back after a restart, as they were saved: what orders set aside is among them.
    pub fn restore_balances(&mut self, saved: impl IntoIterator<Item = (Asset, Balance)>) {
        self.exchange.restore_balances(saved);
    }

    /// Takes over what the venue says that the account holds: free, and locked in orders of whomever.
    pub fn adopt_balances(&mut self, told: impl IntoIterator<Item = (Asset, Balance)>) {
        self.exchange.adopt(told);
    }

    /// What bots asked for since the last call, in order: it may go out once it is durable.
    pub fn take_requests(&mut self) -> Vec<OrderRequest> {
        self.exchange.take_requests()
    }

    /// Has an order cancelled of which its bot knows that it is to end, after a restart. One that has ended stays as it is.
    pub fn cancel_order<S: Sink>(
        &mut self,
        (bot, number): (BotSlot, OrderNumber),
        at: Millis,
        sink: &mut S,
    ) {
        if self.exchange.request_cancel(bot, number) {
            sink.receive(at, bot, Event::Output(&Output::Cancel(number)));
        }
    }

    /// A deposit, a withdrawal or a transfer: `change` of an asset.
    pub fn change_balance(&mut self, asset: &Asset, change: Amount) {
        self.exchange.change(asset, change);
    }

    /// Puts an order back after a restart, with what its row says that it set aside.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] when its bot was not added before.
    pub fn restore_order(
        &mut self,
        bot: BotSlot,
        intent: OrderIntent,
        life: Life,
        reserved: Amount,
    ) -> Result<(), SessionError> {
        let entry = self.entry(bot)?;
        let market = entry.leg(intent.leg).market;
        let symbol = &entry.setup.terms.of(intent.leg).0.symbol;
        let (asset, filled) = match intent.side {
            Side::Buy => (symbol.quote().clone(), life.filled().quote),
            Side::Sell => (symbol.base().clone(), life.filled().base),
        };
        let left = reserved.minus(filled).unwrap_or_default();
        let left = left.max(Amount::ZERO);
        entry.begin_order(intent.leg, intent.side, left)?;
        let order = QueuedOrder {
            intent,
            market,
            life,
            reserved: left,
            asset,
        };
        self.exchange.restore(bot, order);
        Ok(())
    }

    /// Tells the prices of a market at `at`: they are those of `quote.as_of`.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub fn quote<S: Sink>(
        &mut self,
        market: usize,
        at: Millis,
        quote: &Quote,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let entry = self.markets.get_mut(market).ok_or(SessionError::Unknown)?;
        entry.listing.price = Some(quote.last);
        self.tick(market, at, quote, sink)
    }

    /// When the earliest timer of any bot is due.
    pub fn next_timer(&self) -> Option<Millis> {
        let markets = self.markets.iter();
        let first = markets.filter_map(|market| market.timers.first());
        first.map(|(due, _)| *due).min()
    }

    /// Fires the timers that are due at `at`.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub fn fire_timers<S: Sink>(&mut self, at: Millis, sink: &mut S) -> Result<(), SessionError> {
        for market in 0..self.markets.len() {
            self.run_timers(market, at, sink)?;
        }
        Ok(())
    }

    /// Takes in what the venue told of an order: its bot hears what is new in it. Whatever was told before changes nothing.
    /// Gives the order back when this ended it.
    ///
    /// # Errors
    /// [`NewsError`]; nothing is changed then.
    pub fn tell_news<S: Sink>(
        &mut self,
        (bot, number): (BotSlot, OrderNumber),
        at: Millis,
        news: OrderNews<'_>,
        sink: &mut S,
    ) -> Result<Option<QueuedOrder>, NewsError> {
        let key = (bot, number);
        let (before, fill, reject) = match news {
            OrderNews::Moved(news, reject) => {
                let (before, _) = self.apply(key, news)?;
                (before, None, reject)
            }
            OrderNews::Traded(trade) => {
                let news = News::Fill {
                    trade: &trade.trade,
                    filled: trade.filled(),
                    is_last: false,
                };
                let filled = self.order_of(key)?.life.filled();
                let (before, after) = self.apply(key, news)?;
                if self.order_of(key)?.life.filled() == filled {
                    return Ok(None);
                }
                (before, Some(self.book(key, trade, after)?), None)
            }
        };
        let order = self.order_of(key)?;
        let (after, leg, side) = (order.life.status(), order.intent.leg, order.intent.side);
        let intent = fill.is_some().then(|| order.intent.clone());
        let mut ended = None;
        if after.is_terminal() {
            ended = self.exchange.end(bot, number);
        }
        if let Some(ended) = &ended {
            self.entry(bot)?.end_order(leg, side, ended.reserved);
        }
        self.tell_marks(bot, at, sink)?;
        if let (Some(intent), Some(fill)) = (intent, fill) {
            sink.receive(at, bot, Event::Fill(&intent, &fill));
            self.feed_on(bot, leg, at, BotEvent::Fill(fill), sink)?;
            // Its trades were waited for: the end that was told before them is told now.
            if !after.is_terminal() || after == OrderStatus::Filled {
                return Ok(ended);
            }
        } else if after == before || after == OrderStatus::Filled {
            return Ok(ended);
        }
        if reject == Some(RejectCode::InsufficientBalance) {
            self.tell_free(bot, at, sink)?;
        }
        let event = update(at, key, after, reject, sink);
        self.feed_on(bot, leg, at, event, sink)?;
        Ok(ended)
    }

    /// A trade of an order that had ended: `known` is the order as its row has it.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] when there is no such bot.
    pub fn tell_late_fill<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        (intent, known): (&OrderIntent, Known),
        fill: &Fill,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        self.tell_marks(bot, at, sink)?;
        sink.receive(at, bot, Event::Fill(intent, fill));
        let late = LateFill {
            order: known,
            fill: fill.clone(),
        };
        let event = BotEvent::LateFill(Box::new(late));
        self.feed_on(bot, intent.leg, at, event, sink)
    }

    fn order_of(&self, (bot, number): (BotSlot, OrderNumber)) -> Result<&QueuedOrder, NewsError> {
        self.exchange.order(bot, number).ok_or(NewsError::NotOpen)
    }

    fn apply(
        &mut self,
        (bot, number): (BotSlot, OrderNumber),
        news: News<'_>,
    ) -> Result<(OrderStatus, OrderStatus), NewsError> {
        let applied = self.exchange.apply(bot, number, news);
        Ok(applied.ok_or(NewsError::NotOpen)??)
    }

    /// Books a trade; gives it as its bot is told.
    fn book(
        &mut self,
        (bot, number): (BotSlot, OrderNumber),
        trade: &Fill,
        after: OrderStatus,
    ) -> Result<Fill, NewsError> {
        let order = self.order_of((bot, number))?;
        let (market, leg, side) = (order.market, order.intent.leg, order.intent.side);
        // What is sold binds no base any more.
        self.entry(bot)?.end_order(leg, side, trade.quantity);
        let listing = &self
            .markets
            .get(market)
            .ok_or(SessionError::Unknown)?
            .listing;
        self.exchange.book(
            (bot, number),
            &listing.market,
            (trade.quantity, trade.quote),
            (&trade.fee.asset, trade.fee.amount),
        );
        Ok(Fill {
            order: number,
            is_last: after == OrderStatus::Filled,
            ..trade.clone()
        })
    }
}
