use super::{Deal, DealPhase, DealTerms};
use crate::amount::AmountError;
use crate::bot::{
    CloseReason, ClosedDeal, ClosedTrade, Context, Core, Output, Reason, StepError, StopMode,
    Timer, Watch,
};
use crate::order::{DealNumber, OrderNumber};
use crate::pnl::Position;

/// The open deals of a bot, borrowed from its state for the length of a step.
pub(crate) struct Deals<'a, T> {
    /// The open deals, oldest first.
    pub(crate) open: &'a mut Vec<Deal<T>>,
    /// Base left over from deals, with its cost: the next deal takes it in. Below zero: base that they owe.
    pub(crate) carry: &'a mut Position,
    /// How the bot stops, if it does: it opens no further deal.
    pub(crate) stopping: Option<StopMode>,
}

/// Base that deals hold, with what earlier ones left over.
pub(crate) fn position<T>(deals: &[Deal<T>], carry: Position) -> Result<Position, AmountError> {
    let mut all = carry;
    for deal in deals {
        all.join(deal.position)?;
    }
    Ok(all)
}

/// Which prices matter to deals.
pub(crate) fn watch<T: DealTerms>(deals: &[Deal<T>], core: &Core) -> Watch {
    let mut watch = Watch::NONE;
    for deal in deals {
        match deal.phase {
            DealPhase::Opening if deal.awaited.is_none() && core.may_open() => {
                return Watch::EVERY;
            }
            DealPhase::Open if deal.wants_level(core) => return Watch::EVERY,
            DealPhase::Open => deal.watch_exits(core, &mut watch),
            // Saved by a release that protected a deal only once its first order was done.
            DealPhase::Opening if deal.base_quantity.is_positive() => return Watch::EVERY,
            DealPhase::Opening | DealPhase::Exiting(_) => {}
        }
    }
    watch
}

/// Tests what must hold of deals between two inputs. Adds the orders that they wait for to `claimed`.
pub(crate) fn check<T>(
    deals: &[Deal<T>],
    core: &Core,
    claimed: &mut Vec<OrderNumber>,
) -> Result<(), StepError> {
    let is_ascending = deals.is_sorted_by(|a, b| a.number < b.number);
    if !is_ascending || !deals.iter().all(|deal| core.knows_deal(deal.number)) {
        return Err(StepError::Inconsistent("the numbers of its deals"));
    }
    deals.iter().try_for_each(|deal| deal.check(core, claimed))
}

impl<T> Deals<'_, T> {
    /// The place of an open deal.
    pub(crate) fn index(&self, number: DealNumber) -> Option<usize> {
        self.open.iter().position(|deal| deal.number == number)
    }

    /// Begins the end of deals where the bot stops: of all, or of those that bought nothing yet.
    pub(crate) fn stop(&mut self, mode: StopMode) {
        for deal in self.open.iter_mut() {
            match mode {
                StopMode::Keep => _ = deal.exit(CloseReason::Cancelled),
                StopMode::Sell => _ = deal.exit(CloseReason::Closed),
                StopMode::Finish if deal.is_unplaced() => _ = deal.exit(CloseReason::Failed),
                StopMode::Finish => {}
            }
        }
    }

    /// Gives the deal that is to be managed now that a timer is due, if there is one.
    pub(crate) fn timer(&mut self, context: &mut Context<'_>, timer: Timer) -> Option<DealNumber> {
        match timer {
            Timer::Manage(number) => Some(number),
            Timer::MaxHold(number) => {
                let index = self.index(number)?;
                let deal = &mut self.open[index];
                // Whatever ends it already has its own reason.
                if deal.phase != DealPhase::Open || !deal.exit(CloseReason::Closed) {
                    return None;
                }
                context.decide(Reason::MaxHoldReached, Some(number), context.core.mark);
                Some(number)
            }
            Timer::Entry(number) => {
                let index = self.index(number)?;
                let deal = &self.open[index];
                let is_opening = deal.phase == DealPhase::Opening;
                if let Some(order) = deal.entry.or(deal.awaited.filter(|_| is_opening)) {
                    context.decide(Reason::EntryTimedOut, Some(number), context.core.mark);
                    context.cancel(order);
                }
                None
            }
            // After a stop-loss timeout the next price decides: the last one seen may be long gone.
            Timer::StopLoss(_) | Timer::Retry | Timer::Ready | Timer::Schedule => None,
        }
    }

    /// Takes a deal off the list that [`Deals::manage`] said is over, and tells its result. What it still holds is kept
    /// where it was cancelled, and goes to the next deal otherwise.
    pub(crate) fn close(
        &mut self,
        context: &mut Context<'_>,
        number: DealNumber,
        reason: CloseReason,
    ) -> Result<Option<Deal<T>>, StepError> {
        let Some(index) = self.index(number) else {
            return Ok(None);
        };
        let deal = self.open.remove(index);
        if reason == CloseReason::Cancelled {
            context.core.holdings.keep(deal.position)?;
        } else {
            let profit = self.carry.receive(deal.position)?;
            context.core.realised = context.core.realised.plus(profit)?;
        }
        let realised = deal.realised()?;
        if deal.sold.quantity.is_positive() {
            context.out.push(Output::TradeClosed(ClosedTrade {
                deal: number,
                quantity: deal.sold.quantity,
                cost: deal.sold.cost,
                proceeds: deal.sold.proceeds,
                realised,
            }));
        }
        context.close_deal(ClosedDeal {
            deal: number,
            reason,
            opened_at: deal.opened_at,
            closed_at: context.at,
            realised,
            invested: deal.invested,
        });
        for timer in [Timer::Manage, Timer::StopLoss, Timer::MaxHold, Timer::Entry] {
            context.core.timers.clear(timer(number));
        }
        context.forget_attempts(number);
        Ok(Some(deal))
    }
}
