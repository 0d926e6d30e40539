use super::context::Context;
use super::liquidation::Liquidation;
use super::{Books, Core};
use crate::amount::Amount;
use crate::bot::state::format_of;
use crate::bot::{
    BotSetup, BotStatus, CloseReason, ClosedDeal, ClosedTrade, Command, KindState, Known, Output,
    Reason, State, StepError, StopMode, Watch,
};
use crate::order::{
    DealNumber, Fill, LegId, Legs, Millis, OrderNumber, OrderStatus, Purpose, Side,
};
use crate::pnl::Position;

impl State {
    /// What becomes of a bot whose step failed: its fills stay booked, its orders are cancelled, its deals end, and what
    /// its kind remembered is dropped. It can be stopped, with or without selling what it holds, and started again.
    ///
    /// `out` holds the outputs of the step that failed: orders that it wanted were never sent, and are taken out.
    pub fn fail(&mut self, setup: &BotSetup, at: Millis, out: &mut Vec<Output>) {
        let core = &mut self.core;
        out.retain(|output| match output {
            Output::Place(intent) => {
                core.orders.remove(&intent.number);
                core.next_order = core.next_order.min(intent.number);
                false
            }
            // It is in error, whatever it had become before.
            Output::Status { .. } => false,
            Output::Cancel(_)
            | Output::DealOpened { .. }
            | Output::DealClosed(_)
            | Output::TradeClosed(_)
            | Output::Decision(_)
            | Output::SignalSettled { .. } => true,
        });
        self.kind = KindState::new(&setup.bot);
        core.drop_kind(at, out);
    }

    /// The state of a bot whose saved one cannot go on. `saved` is what of it could be read; it counts where it agrees with
    /// the rows. Of its orders those in `open` may still fill, and are to be cancelled.
    pub fn salvaged(
        setup: &BotSetup,
        saved: Option<Core>,
        rows: Books,
        open: impl IntoIterator<Item = (OrderNumber, Known)>,
    ) -> Self {
        let mut core = saved
            .filter(|core| (core.next_order, core.next_deal) == (rows.next_order, rows.next_deal))
            .unwrap_or_else(|| Core {
                holdings: rows.holdings,
                realised: rows.realised,
                fees: rows.fees,
                next_order: rows.next_order,
                next_deal: rows.next_deal,
                ..Core::new()
            });
        core.orders = open.into_iter().collect();
        core.deals.clear();
        core.drop_kind(0, &mut Vec::new());
        Self {
            state_format: format_of(setup.bot.kind()),
            core,
            kind: KindState::new(&setup.bot),
        }
    }
}

impl Core {
    fn drop_kind(&mut self, at: Millis, out: &mut Vec<Output>) {
        self.timers.clear_all();
        self.said.clear();
        self.attempts.clear();
        self.refused_sales.clear();
        self.refusals = 0;
        self.liquidation = None;
        self.sells_inventory = false;
        self.kind_since = self.next_order;
        self.drop_kind_holdings();
        for (number, order) in &mut self.orders {
            if order.status != OrderStatus::Canceling {
                order.status = OrderStatus::Canceling;
                out.push(Output::Cancel(*number));
            }
        }
        for (deal, open) in std::mem::take(&mut self.deals) {
            out.push(Output::DealClosed(ClosedDeal {
                deal,
                reason: CloseReason::BotFailed,
                opened_at: open.opened_at,
                closed_at: at,
                realised: open.realised,
                invested: open.invested,
            }));
        }
        self.status = BotStatus::Error;
    }

    /// Makes inventory of what every leg holds.
    fn drop_kind_holdings(&mut self) {
        // Without further legs, or where their profits have no exact sum, all of the profit is the first one's.
        let first = self.realised_on(LegId::FIRST).unwrap_or(self.realised);
        let elsewhere = self.realised.minus(first).unwrap_or_default();
        let booked = self.holdings.drop_kind(first);
        self.realised = booked.plus(elsewhere).unwrap_or(self.realised);
        for other in &mut self.others {
            let booked = other.holdings.drop_kind(other.realised);
            let change = booked.minus(other.realised);
            if let Ok(all) = change.and_then(|change| self.realised.plus(change)) {
                self.realised = all;
            }
            other.realised = booked;
        }
    }

    /// Whether an order is none of the kind's: one of a run that failed, or one that sells what such a run left.
    pub(in crate::bot) fn is_own(&self, number: OrderNumber, order: &Known) -> bool {
        let selling = self.liquidation.and_then(|liquidation| liquidation.deal);
        number < self.kind_since || selling == Some(order.deal)
    }

    /// Orders of the core itself that may still fill.
    pub(in crate::bot) fn own_orders(&self) -> impl Iterator<Item = OrderNumber> {
        self.orders
            .iter()
            .filter(|(number, order)| self.is_own(**number, order))
            .map(|(number, _)| *number)
    }

    /// What the core alone decides about prices: nothing of a kind counts while it does.
    pub(in crate::bot) fn watch(&self, leg: LegId) -> Option<Watch> {
        match self.liquidation {
            Some(liquidation) if liquidation.sells && self.mark_of(leg).is_none() => {
                Some(Watch::EVERY)
            }
            Some(_) => Some(Watch::NONE),
            None if self.status == BotStatus::Error => Some(Watch::NONE),
            None => None,
        }
    }

    /// Whether a timer is one of the core itself.
    pub(in crate::bot) fn looks_after(&self, deal: DealNumber) -> bool {
        self.liquidation
            .is_some_and(|liquidation| liquidation.deal == Some(deal))
    }
}

impl Context<'_> {
    /// A command that the core answers itself: one to stop a bot that failed, or that is already ending what such a run
    /// left; false when it is the kind's.
    pub(in crate::bot) fn end_run(&mut self, command: &Command) -> Result<bool, StepError> {
        let Command::Stop { mode } = command else {
            return Ok(false);
        };
        let sells = *mode == StopMode::Sell;
        let has_failed = self.core.status == BotStatus::Error;
        match &mut self.core.liquidation {
            Some(liquidation) => {
                // To finish is no other wish than the one before.
                if *mode != StopMode::Finish {
                    liquidation.sells = sells;
                }
            }
            None if has_failed => {
                self.set_status(BotStatus::Stopping, None);
                self.core.liquidation = Some(Liquidation {
                    deal: None,
                    sells,
                    reason: None,
                });
            }
            None => {
                let ended = matches!(self.core.status, BotStatus::Draft | BotStatus::Stopped);
                if *mode != StopMode::Finish && !ended {
                    self.core.sells_inventory = sells;
                }
                return Ok(false);
            }
        }
        self.liquidate()?;
        Ok(true)
    }

    /// Ends the bot: nothing is pending any more. What a failed run left is sold before, if everything is to be sold.
    pub(crate) fn stop(&mut self, reason: Option<Reason>) -> Result<(), StepError> {
        if self.core.liquidation.is_none() {
            self.core.liquidation = Some(Liquidation {
                deal: None,
                sells: std::mem::take(&mut self.core.sells_inventory),
                reason,
            });
        }
        self.liquidate()
    }

    /// Goes on with the end of what a failed run left: cancels, sells if asked to, and stops the bot. Safe to call at any
    /// time, any number of times.
    pub(in crate::bot) fn liquidate(&mut self) -> Result<(), StepError> {
        let Some(liquidation) = self.core.liquidation else {
            return Ok(());
        };
        let own: Vec<OrderNumber> = self.core.own_orders().collect();
        if !own.is_empty() {
            for number in own.into_iter().filter(|_| !liquidation.sells) {
                self.cancel(number);
            }
            return Ok(());
        }
        for leg in self.setup.legs() {
            let holdings = self.core.holdings_mut(leg);
            let profit = holdings.inventory.pay(&mut holdings.kept)?;
            self.core.earn(leg, profit)?;
        }
        for leg in self.setup.legs().filter(|_| liquidation.sells) {
            let held = self.core.holdings_of(leg).inventory.quantity;
            if held.is_positive() && self.sell_inventory(liquidation, leg, held)? {
                return Ok(());
            }
        }
        if let Some(deal) = liquidation.deal {
            let open = self.core.deals.get(&deal).copied().unwrap_or_default();
            self.close_deal(ClosedDeal {
                deal,
                reason: CloseReason::Closed,
                opened_at: open.opened_at,
                closed_at: self.at,
                realised: open.realised,
                invested: open.invested,
            });
            self.forget_attempts(deal);
        }
        self.core.liquidation = None;
        for leg in self.setup.legs() {
            let holdings = self.core.holdings_mut(leg);
            let left = std::mem::take(&mut holdings.inventory);
            holdings.keep(left)?;
            holdings.release_supply()?;
        }
        self.core.timers.clear_all();
        self.core.said.clear();
        self.set_status(BotStatus::Stopped, liquidation.reason);
        Ok(())
    }

    /// Sells what a failed run left on a leg, or waits for its price; false where the market takes none of it.
    fn sell_inventory(
        &mut self,
        liquidation: Liquidation,
        leg: LegId,
        held: Amount,
    ) -> Result<bool, StepError> {
        let Some(price) = self.core.mark_of(leg) else {
            return Ok(true);
        };
        let next = self.next_sale_on(leg, liquidation.deal, Purpose::Close, held, price)?;
        if next.is_none() {
            return Ok(false);
        }
        let deal = liquidation.deal.unwrap_or_else(|| self.new_deal());
        self.core.liquidation = Some(Liquidation {
            deal: Some(deal),
            ..liquidation
        });
        self.sell_now_on(leg, deal, Purpose::Close, held, price)?;
        Ok(true)
    }

    /// Books a fill of an order of the core itself.
    pub(in crate::bot) fn fill_inventory(
        &mut self,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        let (before, leg) = (self.core.realised, order.leg);
        let holdings = self.core.holdings_mut(leg);
        let missing = legs.base.negated().minus(holdings.inventory.quantity)?;
        let back = missing.min(holdings.kept.quantity).max(Amount::ZERO);
        holdings.inventory.join(holdings.kept.take(back)?)?;
        if order.side == Side::Buy {
            let mut bought = Position::EMPTY;
            bought.buy(legs, fill.quote)?;
            let profit = holdings.inventory.receive(bought)?;
            self.core.earn(leg, profit)?;
        } else {
            let sale = holdings.inventory.sell(legs, fill.quote)?;
            self.core.earn(leg, sale.realised)?;
            self.out.push(Output::TradeClosed(ClosedTrade {
                deal: order.deal,
                quantity: fill.quantity,
                cost: sale.cost,
                proceeds: sale.proceeds,
                realised: sale.realised,
            }));
        }
        let is_stopped = self.core.status == BotStatus::Stopped;
        let holdings = self.core.holdings_mut(leg);
        if is_stopped || holdings.inventory.quantity.is_negative() {
            let left = std::mem::take(&mut holdings.inventory);
            holdings.keep(left)?;
        }
        self.book_earned(order.deal, before)?;
        if order.status.is_terminal() {
            self.own_order_ended(order)
        } else {
            Ok(())
        }
    }

    /// An order of the core itself can fill no more.
    pub(in crate::bot) fn own_order_ended(&mut self, order: &Known) -> Result<(), StepError> {
        if order.filled.is_zero() && self.core.looks_after(order.deal) && order.side == Side::Sell {
            let sells = self.core.liquidation.is_some_and(|end| end.sells);
            if sells {
                self.retry_sale(order);
                return Ok(());
            }
        }
        self.liquidate()
    }
}
