use super::{Deal, DealPhase, DealTerms, Deals, PlainTerms, StopAction, check, position};
use crate::amount::AmountError;
use crate::bot::{
    BotStatus, CloseReason, Context, Core, Known, Quote, Reason, StepError, StopMode, Timer,
};
use crate::order::{DealNumber, Fill, Legs, OrderNumber, Purpose};
use crate::pnl::Position;

/// What a bot remembers of its deals, borrowed from its state.
pub(crate) struct Shelf<'a> {
    /// The open deals, oldest first.
    pub(crate) open: &'a mut Vec<Deal<PlainTerms>>,
    /// Base left over from deals, with its cost.
    pub(crate) carry: &'a mut Position,
    /// It opens no further deal, and stops after the last.
    pub(crate) stopping: &'a mut bool,
    /// Asked to stop without selling: what is left over stays.
    pub(crate) keeps: &'a mut bool,
    pub(crate) stop_reason: &'a mut Option<Reason>,
}

/// What bots do with deals that have no safety orders, whatever opens these: such a bot says when a deal begins and what
/// follows from its end.
pub(crate) trait DealKeeper {
    /// What its user asks for.
    type Config;

    /// The open deals, oldest first.
    fn deals(&self) -> &[Deal<PlainTerms>];

    /// Base left over from deals, with its cost.
    fn carry(&self) -> Position;

    /// All of it, to work with.
    fn shelf(&mut self) -> Shelf<'_>;

    /// A deal has ended, and is off the list.
    fn deal_closed(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        deal: &Deal<PlainTerms>,
    );

    fn deals_mut(&mut self) -> Deals<'_, PlainTerms> {
        let shelf = self.shelf();
        let mode = if *shelf.keeps {
            StopMode::Keep
        } else {
            StopMode::Finish
        };
        Deals {
            stopping: shelf.stopping.then_some(mode),
            open: shelf.open,
            carry: shelf.carry,
        }
    }

    fn position(&self) -> Result<Position, AmountError> {
        position(self.deals(), self.carry())
    }

    fn check(&self, core: &Core, claimed: &mut Vec<OrderNumber>) -> Result<(), StepError> {
        check(self.deals(), core, claimed)
    }

    /// Whether an open deal takes its profit in steps.
    fn has_steps(&self, number: DealNumber) -> bool {
        let deal = self.deals().iter().find(|deal| deal.number == number);
        deal.is_some_and(Deal::has_steps)
    }

    fn index(&self, number: DealNumber) -> Option<usize> {
        self.deals().iter().position(|deal| deal.number == number)
    }

    fn stop(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        mode: StopMode,
    ) -> Result<(), StepError> {
        let shelf = self.shelf();
        *shelf.stopping = true;
        *shelf.keeps = mode == StopMode::Keep;
        self.deals_mut().stop(mode);
        self.manage_all(context, config)
    }

    /// Tells the deals a price.
    fn price_deals(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        quote: &Quote,
    ) -> Result<(), StepError> {
        let mut index = 0;
        while index < self.deals().len() {
            let number = self.deals()[index].number;
            if self.shelf().open[index].price(context, quote)? {
                self.manage(context, config, number)?;
            }
            // A deal may have left the list.
            let is_there = |deal: &Deal<PlainTerms>| deal.number == number;
            index += usize::from(self.deals().get(index).is_some_and(is_there));
        }
        Ok(())
    }

    fn timer(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        timer: Timer,
    ) -> Result<(), StepError> {
        match self.deals_mut().timer(context, timer) {
            Some(deal) => self.manage(context, config, deal),
            None => Ok(()),
        }
    }

    fn fill(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        (fill, order, legs): (&Fill, &Known, &Legs),
    ) -> Result<(), StepError> {
        match self.deals_mut().fill(context, fill, order, legs)? {
            Some(deal) => self.manage(context, config, deal),
            None => Ok(()),
        }
    }

    /// An entry that came to nothing is not tried again: what asked for it is over.
    fn ended(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        let managed = self.deals_mut().ended(context, number, order)?;
        if let Some(index) = self.index(order.deal)
            && self.deals()[index].is_unplaced()
        {
            self.shelf().open[index].exit(CloseReason::Failed);
            return self.manage(context, config, order.deal);
        }
        match managed {
            Some(deal) => self.manage(context, config, deal),
            None => Ok(()),
        }
    }

    fn close_deal(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        number: DealNumber,
        reason: CloseReason,
    ) -> Result<(), StepError> {
        if let Some(index) = self.index(number)
            && self.shelf().open[index].exit(reason)
        {
            self.manage(context, config, number)?;
        }
        Ok(())
    }

    /// Brings a deal's orders in line with its state, and closes it when it is over. Safe to call at any time, any number
    /// of times.
    fn manage(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        number: DealNumber,
    ) -> Result<(), StepError> {
        match self.deals_mut().manage(context, number)? {
            Some(reason) => self.close(context, config, number, reason),
            None => Ok(()),
        }
    }

    fn manage_all(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
    ) -> Result<(), StepError> {
        let numbers: Vec<_> = self.deals().iter().map(|deal| deal.number).collect();
        for number in numbers {
            self.manage(context, config, number)?;
        }
        self.stop_when_done(context)
    }

    fn close(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        number: DealNumber,
        reason: CloseReason,
    ) -> Result<(), StepError> {
        let Some(deal) = self.deals_mut().close(context, number, reason)? else {
            return Ok(());
        };
        self.deal_closed(context, config, &deal);
        let stop = deal.terms.exits().stop_loss;
        let disables = stop.is_some_and(|stop| stop.action == StopAction::StopLossAndDisableBot);
        if reason == CloseReason::StopLoss && disables {
            self.disable(context, number);
        }
        self.stop_when_done(context)
    }

    /// Opens no further deal, now that one was stopped at a loss.
    fn disable(&mut self, context: &mut Context<'_>, number: DealNumber) {
        let shelf = self.shelf();
        *shelf.stopping = true;
        *shelf.stop_reason = Some(Reason::StoppedByStopLoss);
        context.decide(Reason::StoppedByStopLoss, Some(number), None);
        context.set_status(BotStatus::Stopping, *shelf.stop_reason);
        // A deal whose first order waits to be placed would wait for ever.
        for deal in shelf.open.iter_mut().filter(|deal| deal.is_unplaced()) {
            deal.exit(CloseReason::Failed);
            let timer = Timer::Manage(deal.number);
            context.core.timers.set_earliest(timer, context.at);
        }
    }

    /// Stops once no deal is open and none is to come. What deals left over is sold first, where the market takes it:
    /// a bot that stops holds nothing that it could sell, unless it was told to keep it.
    fn stop_when_done(&mut self, context: &mut Context<'_>) -> Result<(), StepError> {
        let is_over = matches!(context.core.status, BotStatus::Draft | BotStatus::Stopped);
        let is_empty = self.deals().is_empty();
        let shelf = self.shelf();
        if is_over || !*shelf.stopping || !is_empty {
            return Ok(());
        }
        let (keeps, reason) = (*shelf.keeps, *shelf.stop_reason);
        if !keeps && self.sell_carry(context)? {
            return Ok(());
        }
        if keeps && self.carry().quantity.is_positive() {
            let left = std::mem::take(self.shelf().carry);
            context.core.holdings.keep(left)?;
        }
        context.stop(reason)
    }

    /// Opens a deal that does nothing but sell what earlier ones left over; false when the market takes none of it.
    fn sell_carry(&mut self, context: &mut Context<'_>) -> Result<bool, StepError> {
        let Some(price) = context.core.mark else {
            return Ok(false);
        };
        let sale = context.next_sale(None, Purpose::Close, self.carry().quantity, price)?;
        if sale.is_none() {
            return Ok(false);
        }
        let terms = PlainTerms::of_a_sale();
        let mut deal = Deal::new(context.new_deal(), terms, context.at, price);
        let shelf = self.shelf();
        deal.phase = DealPhase::Exiting(CloseReason::Closed);
        deal.position = std::mem::take(shelf.carry);
        let is_selling = deal.sell_all(context, CloseReason::Closed)?;
        shelf.open.push(deal);
        Ok(is_selling)
    }
}
