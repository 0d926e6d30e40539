use super::{Deal, DealTerms, EntryPlan, EntryType, ExitPolicy, Stake, Volume};
use crate::amount::{Amount, AmountError, MAX_DECIMALS, Rounding};
use crate::bot::{Context, Draft, Facts, Limit, Quote, Reason, StepError, Terms, Timer, split};
use crate::market::{OrderError, minimum_entry};
use crate::order::{OrderSize, OrderType, Purpose, Side, TimeInForce};

/// Why a first order is not placed, and the numbers that decided.
pub(crate) type Refusal = (Reason, Facts);

/// What a first order is sized by: a sum to spend, or base on the lot.
enum Sized {
    Quote(Amount),
    Base(Amount),
}

/// The first order of a deal with these terms, if the market takes it, and what it buys as well.
pub(crate) fn base_order(
    context: &Context<'_>,
    terms: &impl DealTerms,
    stake: Stake,
    quote: &Quote,
) -> Result<Result<(OrderType, OrderSize), Refusal>, StepError> {
    let (setup, price) = (context.setup, quote.ask);
    let plan = terms.entries();
    let sized = sized(context, plan, stake)?;
    let (kind, size) = match split(draft(context, plan, &sized, quote))? {
        Ok(draft) => draft,
        Err(code) => {
            let market = &setup.market;
            let facts = match sized {
                Sized::Quote(spend) => Facts::spending(Purpose::Base, None, spend, price, market),
                Sized::Base(quantity) => {
                    let size = OrderSize::Base(quantity);
                    Facts::order(Purpose::Base, None, Side::Buy, size)
                }
            };
            let facts = facts.broke(code, market, None, price);
            return Ok(Err((Reason::OrderRejected(code), facts)));
        }
    };
    let exits = terms.exits();
    let price = match kind {
        OrderType::Limit { price, .. } => price,
        OrderType::Market => price,
    };
    if !is_viable(setup, exits, size, price)? {
        let facts = not_viable(setup, exits, size, price)?;
        return Ok(Err((Reason::ExitNotViable, facts)));
    }
    Ok(Ok((kind, size)))
}

impl<T: DealTerms> Deal<T> {
    /// Places the first order, or says why not.
    pub(crate) fn place_base(
        &mut self,
        context: &mut Context<'_>,
        quote: &Quote,
    ) -> Result<Result<(), Refusal>, StepError> {
        let (kind, size) = match base_order(context, &*self.terms, self.stake()?, quote)? {
            Ok(draft) => draft,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.awaited = Some(context.place(Draft {
            deal: self.number,
            purpose: Purpose::Base,
            level: 0,
            side: Side::Buy,
            kind,
            size,
            scheduled_at: None,
        }));
        if let Some(seconds) = self.terms.entries().timeout_s {
            let due = context.at.saturating_add(i64::from(seconds) * 1000);
            context.core.timers.set(Timer::Entry(self.number), due);
        }
        Ok(Ok(()))
    }
}

fn sized(context: &Context<'_>, plan: EntryPlan<'_>, stake: Stake) -> Result<Sized, AmountError> {
    Ok(match plan.base_order {
        Volume::Quote { amount } => Sized::Quote(stake.of(amount, 8)?),
        Volume::Percent { amount } => {
            let free = context.core.funds.map_or(Amount::ZERO, |funds| funds.quote);
            Sized::Quote(free.mul_rounded(amount.percent()?, 8, Rounding::Down)?)
        }
        Volume::Base { amount } => {
            let quantity = stake.of(amount, MAX_DECIMALS)?;
            Sized::Base(context.setup.market.quantity(quantity)?)
        }
    })
}

/// Type and size of a first order that keeps the market's rules.
fn draft(
    context: &Context<'_>,
    plan: EntryPlan<'_>,
    sized: &Sized,
    quote: &Quote,
) -> Result<(OrderType, OrderSize), OrderError> {
    let market = &context.setup.market;
    let policy = plan.min_notional_policy;
    let limit = |price| OrderType::Limit {
        price,
        time_in_force: TimeInForce::GoodTillCancelled,
    };
    match (plan.start_order_type, sized) {
        (EntryType::Market, Sized::Quote(spend)) => market
            .market_buy_for_quote(*spend, policy, quote.ask)
            .map(|spend| (OrderType::Market, OrderSize::Quote(spend))),
        (EntryType::Limit, Sized::Quote(spend)) => market
            .limit_for_quote(
                Side::Buy,
                limit_price(plan, quote.last)?,
                *spend,
                policy,
                quote.last,
            )
            .map(|(price, quantity)| (limit(price), OrderSize::Base(quantity))),
        (entry, Sized::Base(quantity)) => {
            let kind = match entry {
                EntryType::Market => OrderType::Market,
                EntryType::Limit => limit(market.price(Side::Buy, limit_price(plan, quote.last)?)?),
            };
            let size = OrderSize::Base(*quantity);
            market
                .check(Side::Buy, kind, size, quote.ask)
                .map(|()| (kind, size))
        }
    }
}

/// Where a first order rests that is a limit, at the last price.
pub(crate) fn limit_price(plan: EntryPlan<'_>, last: Amount) -> Result<Amount, AmountError> {
    let Some(offset) = plan.limit_offset else {
        return Ok(last);
    };
    let left = Amount::ONE.minus(offset.percent()?)?;
    last.mul_rounded(left, MAX_DECIMALS, Rounding::Down)
}

/// Whether what a first order buys at `price` could be sold again: its whole lots, less a fee in base, reach the
/// market's smallest order, at the stop-loss too. With a stop-loss at least
/// `min_notional / ((1 - stop-loss) × (1 - fee))` is spent.
pub(crate) fn is_viable(
    setup: &Terms,
    exits: ExitPolicy<'_>,
    size: OrderSize,
    price: Amount,
) -> Result<bool, AmountError> {
    let (market, fees) = (&setup.market, &setup.fees);
    let bought = market.bought(size, price, fees)?;
    let Some(stop) = exits.stop_loss else {
        return market.is_sellable(bought, price);
    };
    let stop = stop.percentage.percent()?;
    let exit = price.mul_rounded(Amount::ONE.minus(stop)?, MAX_DECIMALS, Rounding::Down)?;
    let least = minimum_entry(market.min_notional, stop, fees.taker)?;
    Ok(spend(size, price)? >= least && market.is_sellable(bought, exit)?)
}

/// What a first order that is not viable lacks: it spends too little, or what it buys brings too little.
fn not_viable(
    setup: &Terms,
    exits: ExitPolicy<'_>,
    size: OrderSize,
    price: Amount,
) -> Result<Facts, AmountError> {
    let (market, fees) = (&setup.market, &setup.fees);
    let stop = match exits.stop_loss {
        Some(stop) => stop.percentage.percent()?,
        None => Amount::ZERO,
    };
    let spend = spend(size, price)?;
    let least = minimum_entry(market.min_notional, stop, fees.taker)?;
    if spend < least {
        return Ok(Facts::limit(Limit::MinEntry, least, spend));
    }
    let exit = price.mul_rounded(Amount::ONE.minus(stop)?, MAX_DECIMALS, Rounding::Down)?;
    let lots = market.quantity(market.bought(size, price, fees)?)?;
    let value = lots.mul_rounded(exit, MAX_DECIMALS, Rounding::Down)?;
    Ok(Facts::limit(Limit::MinNotional, market.min_notional, value))
}

/// What an order of this size spends at `price`.
fn spend(size: OrderSize, price: Amount) -> Result<Amount, AmountError> {
    match size {
        OrderSize::Quote(quote) => Ok(quote),
        OrderSize::Base(quantity) => quantity.mul_rounded(price, MAX_DECIMALS, Rounding::Down),
    }
}
