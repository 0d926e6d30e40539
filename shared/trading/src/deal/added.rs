use super::{Deal, DealPhase, DealTerms, Level, LevelState};
use crate::amount::Amount;
use crate::bot::{Context, Draft, Facts, Reason, StepError, split};
use crate::market::{OrderError, RejectCode};
use crate::order::{OrderSize, OrderType, Purpose, Side, TimeInForce};
use crate::paper::with_fee;

/// An order that a person adds, and how it is kept as a level of the deal.
struct Added {
    kind: OrderType,
    size: OrderSize,
    price: Amount,
    quantity: Amount,
}

/// Buys that a person adds to a deal.
impl<T: DealTerms> Deal<T> {
    /// Places one more safety order: `amount` of quote is spent at market, or at a limit of `price`. It is numbered after
    /// those of the plan. An order that the account cannot pay or the market does not take is told and not placed, and so
    /// is one for a deal that holds nothing yet or is being sold.
    pub(crate) fn add_funds(
        &mut self,
        context: &mut Context<'_>,
        amount: Amount,
        limit: Option<Amount>,
    ) -> Result<(), StepError> {
        // What an open deal awaits is its exit.
        if self.phase != DealPhase::Open || self.awaited.is_some() {
            let facts = Facts {
                purpose: Some(Purpose::Safety),
                ..Facts::default()
            };
            context.explain(Reason::NotRunning, Some(self.number), limit, facts);
            return Ok(());
        }
        // The orders of the plan have their numbers first.
        if self.levels.is_empty() {
            self.lay_ladder(context)?;
        }
        let number = self.next_level();
        let price = context.core.price_or(self.reference);
        let added = match split(self.added(context, amount, limit, price))? {
            Ok(added) => added,
            Err(code) => {
                let market = &context.setup.market;
                let at = limit.unwrap_or(price);
                let facts = Facts::spending(Purpose::Safety, Some(number), amount, at, market);
                let facts = facts.broke(code, market, limit, price);
                context.explain(Reason::OrderRejected(code), Some(self.number), limit, facts);
                return Ok(());
            }
        };
        let most = context.setup.market.max_orders;
        let live = u32::try_from(context.core.live_count()).unwrap_or(u32::MAX);
        if most.is_some_and(|most| live >= most) {
            let reason = Reason::OrderRejected(RejectCode::TooManyOrders);
            let facts = Facts::order(Purpose::Safety, Some(number), Side::Buy, added.size);
            context.explain(reason, Some(self.number), limit, facts);
            return Ok(());
        }
        if let Some(facts) = unpaid(context, &added, number)? {
            let reason = Reason::OrderRejected(RejectCode::InsufficientBalance);
            context.explain(reason, Some(self.number), limit, facts);
            return Ok(());
        }
        let order = context.place(Draft {
            deal: self.number,
            purpose: Purpose::Safety,
            level: number,
            side: Side::Buy,
            kind: added.kind,
            size: added.size,
            scheduled_at: None,
        });
        self.levels.push(Level {
            price: added.price,
            quantity: added.quantity,
            state: LevelState::Live(order),
        });
        Ok(())
    }

    fn next_level(&self) -> u32 {
        super::safety_orders::level_number(self.levels.len())
    }

    fn added(
        &self,
        context: &Context<'_>,
        amount: Amount,
        limit: Option<Amount>,
        reference: Amount,
    ) -> Result<Added, OrderError> {
        let market = &context.setup.market;
        let policy = self.terms.entries().min_notional_policy;
        let Some(price) = limit else {
            let spend = market.market_buy_for_quote(amount, policy, reference)?;
            return Ok(Added {
                kind: OrderType::Market,
                size: OrderSize::Quote(spend),
                price: reference,
                quantity: market.quantity_for_quote(spend, reference)?,
            });
        };
        let (price, quantity) =
            market.limit_for_quote(Side::Buy, price, amount, policy, reference)?;
        Ok(Added {
            kind: OrderType::Limit {
                price,
                time_in_force: TimeInForce::GoodTillCancelled,
            },
            size: OrderSize::Base(quantity),
            price,
            quantity,
        })
    }
}

/// What an order takes and the account has, where that is too little.
fn unpaid(context: &Context<'_>, added: &Added, number: u32) -> Result<Option<Facts>, StepError> {
    let fees = &context.setup.fees;
    let (quote, rate) = match added.size {
        OrderSize::Quote(quote) => (quote, fees.taker),
        OrderSize::Base(quantity) => (quantity.times(added.price)?, fees.worst()),
    };
    let needed = with_fee(quote, rate, fees.charge)?;
    let free = context.core.funds.map(|funds| funds.quote);
    Ok(free.filter(|free| needed > *free).map(|free| Facts {
        needed: Some(needed),
        free: Some(free),
        ..Facts::order(Purpose::Safety, Some(number), Side::Buy, added.size)
    }))
}
