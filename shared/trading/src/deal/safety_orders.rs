use super::{Deal, DealTerms, LadderStep, Level, LevelState, ladder};
use crate::amount::{Amount, MAX_DECIMALS, Rounding};
use crate::bot::{Context, Core, Draft, Facts, Reason, StepError, split};
use crate::order::{OrderSize, OrderType, Purpose, Side, TimeInForce};

/// The orders that average a deal down.
impl<T: DealTerms> Deal<T> {
    /// Whether a safety order should be placed and is not.
    pub(super) fn wants_level(&self, core: &Core) -> bool {
        !core.is_short_of_funds() && self.next_level_from(0).is_some()
    }

    /// The first safety order that should be placed and is not, at `from` or after it. Only so many of the plan's rest at
    /// once; those that a person added rest besides.
    fn next_level_from(&self, from: usize) -> Option<usize> {
        let plan = self.terms.entries();
        let planned = plan.safety_order_count();
        let has_room = self.live_levels(planned) < plan.active_count();
        let mut waiting = self.levels.iter().enumerate().skip(from);
        waiting
            .find(|(index, level)| {
                level.state == LevelState::Waiting && (has_room || *index >= planned)
            })
            .map(|(index, _)| index)
    }

    /// Hangs the safety orders from the price of the first order as far as it is filled. Those that rest at another price
    /// are replaced, unless they have begun to fill.
    pub(super) fn lay_ladder(&mut self, context: &mut Context<'_>) -> Result<(), StepError> {
        let orders = self.terms.entries().safety_orders;
        let steps = orders.map(ladder).transpose()?.unwrap_or_default();
        for (index, step) in steps.iter().enumerate() {
            let fresh = self.level(context, level_number(index), step)?;
            let Some(level) = self.levels.get_mut(index) else {
                self.levels.push(fresh);
                continue;
            };
            match level.state {
                LevelState::Waiting | LevelState::Impossible => *level = fresh,
                LevelState::Live(number) if fresh.state == LevelState::Waiting => {
                    let order = context.core.live(number);
                    let is_whole = order.is_some_and(|order| order.filled.is_zero());
                    if is_whole && (fresh.price, fresh.quantity) != (level.price, level.quantity) {
                        (level.price, level.quantity) = (fresh.price, fresh.quantity);
                        context.cancel(number);
                    }
                }
                LevelState::Live(_) | LevelState::Filled => {}
            }
        }
        Ok(())
    }

    /// A safety order that may be placed, or that the market's rules forbid.
    fn level(
        &self,
        context: &mut Context<'_>,
        number: u32,
        step: &LadderStep,
    ) -> Result<Level, StepError> {
        let market = &context.setup.market;
        let price = self
            .base_price()?
            .times(Amount::ONE.minus(step.deviation)?)?;
        let price = price.rounded(MAX_DECIMALS, Rounding::Down)?;
        let volume = self.stake()?.of(step.volume, 8)?;
        let policy = self.terms.entries().min_notional_policy;
        let sized = market.limit_for_quote(Side::Buy, price, volume, policy, price);
        Ok(match split(sized)? {
            Ok((price, quantity)) => Level {
                price,
                quantity,
                state: LevelState::Waiting,
            },
            Err(code) => {
                let facts = Facts::spending(Purpose::Safety, Some(number), volume, price, market);
                let facts = facts.broke(code, market, Some(price), price);
                let reason = Reason::OrderRejected(code);
                context.explain(reason, Some(self.number), Some(price), facts);
                Level {
                    price,
                    quantity: Amount::ZERO,
                    state: LevelState::Impossible,
                }
            }
        })
    }

    /// Places waiting safety orders as far as the plan, funds and market allow.
    pub(super) fn place_levels(
        &mut self,
        context: &mut Context<'_>,
        reference: Amount,
    ) -> Result<(), StepError> {
        let market = &context.setup.market;
        let most = usize::try_from(market.max_orders.unwrap_or(u32::MAX)).unwrap_or(usize::MAX);
        let planned = self.terms.entries().safety_order_count();
        let mut from = 0;
        while let Some(index) = self.next_level_from(from) {
            if context.core.is_short_of_funds() || context.core.live_count() >= most {
                break;
            }
            from = index + 1;
            let level = self.levels[index];
            let number = level_number(index);
            let size = OrderSize::Base(level.quantity);
            if let Err(code) = split(market.check_price(Side::Buy, level.price, reference))? {
                let facts = Facts::order(Purpose::Safety, Some(number), Side::Buy, size);
                let facts = facts.broke(code, market, Some(level.price), reference);
                let reason = Reason::OrderRejected(code);
                context.explain(reason, Some(self.number), Some(level.price), facts);
                // Those of the plan that follow lie lower; those that were added may lie anywhere.
                from = from.max(planned);
                continue;
            }
            let number = context.place(Draft {
                deal: self.number,
                purpose: Purpose::Safety,
                level: number,
                side: Side::Buy,
                kind: OrderType::Limit {
                    price: level.price,
                    time_in_force: TimeInForce::GoodTillCancelled,
                },
                size,
                scheduled_at: None,
            });
            self.levels[index].state = LevelState::Live(number);
            if context.core.is_probing() {
                break;
            }
        }
        Ok(())
    }
}

/// Safety orders are numbered from 1.
pub(super) fn level_number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}
