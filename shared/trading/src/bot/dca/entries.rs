use super::deal::{Deal, DealPhase, Level, LevelState};
use super::ladder::below;
use super::{DcaConfig, EntryType, LadderStep, Stake, Volume, ladder};
use crate::amount::{Amount, AmountError, MAX_DECIMALS, Rounding};
use crate::bot::core::{Context, Core, Draft};
use crate::bot::error::split;
use crate::bot::{BotSetup, CloseReason, Facts, Limit, Quote, Reason, StepError};
use crate::market::{OrderError, RejectCode, minimum_entry};
use crate::order::{OrderSize, OrderType, Purpose, Side, TimeInForce};

/// Whether a safety order should be placed and is not.
pub(super) fn wants_level(deal: &Deal, core: &Core) -> bool {
    !core.is_short_of_funds()
        && deal
            .levels
            .iter()
            .any(|level| level.state == LevelState::Waiting)
        && deal.live_levels() < deal.terms.active_count()
}

/// Size and price of a deal's first order.
fn base_draft(
    context: &Context<'_>,
    terms: &DcaConfig,
    stake: Stake,
    quote: &Quote,
) -> Result<Result<(OrderType, OrderSize), RejectCode>, StepError> {
    let market = &context.setup.market;
    let policy = terms.min_notional_policy;
    let volume = match terms.base_order {
        Volume::Quote { amount } => Ok(stake.of(amount, 8)?),
        Volume::Percent { amount } => {
            let free = context.core.funds.map_or(Amount::ZERO, |funds| funds.quote);
            Ok(free.mul_rounded(amount.percent()?, 8, Rounding::Down)?)
        }
        Volume::Base { amount } => Err(market.quantity(stake.of(amount, MAX_DECIMALS)?)?),
    };
    let limit = |price| OrderType::Limit {
        price,
        time_in_force: TimeInForce::GoodTillCancelled,
    };
    let draft: Result<(OrderType, OrderSize), OrderError> = match (terms.start_order_type, volume) {
        (EntryType::Market, Ok(spend)) => market
            .market_buy_for_quote(spend, policy, quote.ask)
            .map(|spend| (OrderType::Market, OrderSize::Quote(spend))),
        (EntryType::Limit, Ok(spend)) => market
            .limit_for_quote(Side::Buy, quote.last, spend, policy, quote.last)
            .map(|(price, quantity)| (limit(price), OrderSize::Base(quantity))),
        (entry, Err(quantity)) => {
            let kind = match entry {
                EntryType::Market => OrderType::Market,
                EntryType::Limit => limit(market.price(Side::Buy, quote.last)?),
            };
            let size = OrderSize::Base(quantity);
            market
                .check(Side::Buy, kind, size, quote.ask)
                .map(|()| (kind, size))
        }
    };
    split(draft)
}

/// Why a first order is not placed, and the numbers that decided.
pub(super) type Refusal = (Reason, Facts);

/// The first order of a deal, if the market takes it, and what it buys as well.
pub(super) fn base_order(
    context: &Context<'_>,
    terms: &DcaConfig,
    stake: Stake,
    quote: &Quote,
) -> Result<Result<(OrderType, OrderSize), Refusal>, StepError> {
    let (setup, price) = (context.setup, quote.ask);
    let (kind, size) = match base_draft(context, terms, stake, quote)? {
        Ok(draft) => draft,
        Err(code) => {
            let facts = base_facts(context, terms, stake, price)?;
            let facts = facts.broke(code, &setup.market, None, price);
            return Ok(Err((Reason::OrderRejected(code), facts)));
        }
    };
    if !is_viable(setup, terms, size, price)? {
        let facts = not_viable(setup, terms, size, price)?;
        return Ok(Err((Reason::ExitNotViable, facts)));
    }
    Ok(Ok((kind, size)))
}

pub(super) fn place_base(
    context: &mut Context<'_>,
    deal: &mut Deal,
    quote: &Quote,
) -> Result<Result<(), Refusal>, StepError> {
    let (kind, size) = match base_order(context, &deal.terms, deal.stake()?, quote)? {
        Ok(draft) => draft,
        Err(refusal) => return Ok(Err(refusal)),
    };
    deal.awaited = Some(context.place(Draft {
        deal: deal.number,
        purpose: Purpose::Base,
        level: 0,
        side: Side::Buy,
        kind,
        size,
        scheduled_at: None,
    }));
    Ok(Ok(()))
}

/// A first order that cannot be made: what it was to be.
fn base_facts(
    context: &Context<'_>,
    terms: &DcaConfig,
    stake: Stake,
    price: Amount,
) -> Result<Facts, StepError> {
    let market = &context.setup.market;
    let quote = match terms.base_order {
        Volume::Quote { amount } => stake.of(amount, 8)?,
        Volume::Percent { amount } => {
            let free = context.core.funds.map_or(Amount::ZERO, |funds| funds.quote);
            free.mul_rounded(amount.percent()?, 8, Rounding::Down)?
        }
        Volume::Base { amount } => {
            let size = OrderSize::Base(market.quantity(stake.of(amount, MAX_DECIMALS)?)?);
            return Ok(Facts::order(Purpose::Base, None, Side::Buy, size));
        }
    };
    Ok(Facts::spending(Purpose::Base, None, quote, price, market))
}

/// Whether what a first order buys at `price` could be sold again: its whole lots, less a fee in base, reach the
/// market's smallest order, at the stop-loss too. With a stop-loss at least
/// `min_notional / ((1 - stop-loss) × (1 - fee))` is spent.
pub(crate) fn is_viable(
    setup: &BotSetup,
    terms: &DcaConfig,
    size: OrderSize,
    price: Amount,
) -> Result<bool, AmountError> {
    let (market, fees) = (&setup.market, &setup.fees);
    let bought = market.bought(size, price, fees)?;
    let Some(stop) = &terms.stop_loss else {
        return market.is_sellable(bought, price);
    };
    let stop = stop.percentage.percent()?;
    let exit = price.mul_rounded(Amount::ONE.minus(stop)?, MAX_DECIMALS, Rounding::Down)?;
    let spend = match size {
        OrderSize::Quote(quote) => quote,
        OrderSize::Base(quantity) => quantity.mul_rounded(price, MAX_DECIMALS, Rounding::Down)?,
    };
    let least = minimum_entry(market.min_notional, stop, fees.taker)?;
    Ok(spend >= least && market.is_sellable(bought, exit)?)
}

/// What a first order that is not viable lacks: it spends too little, or what it buys brings too little.
fn not_viable(
    setup: &BotSetup,
    terms: &DcaConfig,
    size: OrderSize,
    price: Amount,
) -> Result<Facts, AmountError> {
    let (market, fees) = (&setup.market, &setup.fees);
    let stop = match &terms.stop_loss {
        Some(stop) => stop.percentage.percent()?,
        None => Amount::ZERO,
    };
    let spend = match size {
        OrderSize::Quote(quote) => quote,
        OrderSize::Base(quantity) => quantity.mul_rounded(price, MAX_DECIMALS, Rounding::Down)?,
    };
    let least = minimum_entry(market.min_notional, stop, fees.taker)?;
    if spend < least {
        return Ok(Facts::limit(Limit::MinEntry, least, spend));
    }
    let exit = price.mul_rounded(Amount::ONE.minus(stop)?, MAX_DECIMALS, Rounding::Down)?;
    let lots = market.quantity(market.bought(size, price, fees)?)?;
    let value = lots.mul_rounded(exit, MAX_DECIMALS, Rounding::Down)?;
    Ok(Facts::limit(Limit::MinNotional, market.min_notional, value))
}

/// Hangs the safety orders from the price of the first order as far as it is filled. Those that rest at another price
/// are replaced, unless they have begun to fill.
pub(super) fn lay_ladder(context: &mut Context<'_>, deal: &mut Deal) -> Result<(), StepError> {
    let steps = deal
        .terms
        .safety_orders
        .as_ref()
        .map(ladder)
        .transpose()?
        .unwrap_or_default();
    for (index, step) in steps.iter().enumerate() {
        let fresh = level(context, deal, level_number(index), step)?;
        let Some(level) = deal.levels.get_mut(index) else {
            deal.levels.push(fresh);
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

/// Safety orders are numbered from 1.
fn level_number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

/// A safety order that may be placed, or that the market's rules forbid.
fn level(
    context: &mut Context<'_>,
    deal: &Deal,
    number: u32,
    step: &LadderStep,
) -> Result<Level, StepError> {
    let price =
        below(&deal.base_price()?, step.deviation)?.rounded(MAX_DECIMALS, Rounding::Down)?;
    let volume = deal.stake()?.of(step.volume, 8)?;
    let sized = context.setup.market.limit_for_quote(
        Side::Buy,
        price,
        volume,
        deal.terms.min_notional_policy,
        price,
    );
    Ok(match split(sized)? {
        Ok((price, quantity)) => Level {
            price,
            quantity,
            state: LevelState::Waiting,
        },
        Err(code) => {
            let market = &context.setup.market;
            let facts = Facts::spending(Purpose::Safety, Some(number), volume, price, market);
            let facts = facts.broke(code, market, Some(price), price);
            let reason = Reason::OrderRejected(code);
            context.explain(reason, Some(deal.number), Some(price), facts);
            Level {
                price,
                quantity: Amount::ZERO,
                state: LevelState::Impossible,
            }
        }
    })
}

/// Places waiting safety orders as far as configuration, funds and market allow.
pub(super) fn place_levels(
    context: &mut Context<'_>,
    deal: &mut Deal,
    reference: Amount,
) -> Result<(), StepError> {
    let market = &context.setup.market;
    let most = usize::try_from(market.max_orders.unwrap_or(u32::MAX)).unwrap_or(usize::MAX);
    for index in 0..deal.levels.len() {
        let level = deal.levels[index];
        if level.state != LevelState::Waiting {
            continue;
        }
        if !wants_level(deal, context.core) || context.core.live_count() >= most {
            break;
        }
        if let Err(code) = split(market.check_price(Side::Buy, level.price, reference))? {
            let size = OrderSize::Base(level.quantity);
            let number = Some(level_number(index));
            let facts = Facts::order(Purpose::Safety, number, Side::Buy, size);
            let facts = facts.broke(code, market, Some(level.price), reference);
            let reason = Reason::OrderRejected(code);
            context.explain(reason, Some(deal.number), Some(level.price), facts);
            break;
        }
        let number = context.place(Draft {
            deal: deal.number,
            purpose: Purpose::Safety,
            level: level_number(index),
            side: Side::Buy,
            kind: OrderType::Limit {
                price: level.price,
                time_in_force: TimeInForce::GoodTillCancelled,
            },
            size: OrderSize::Base(level.quantity),
            scheduled_at: None,
        });
        deal.levels[index].state = LevelState::Live(number);
        if context.core.is_probing() {
            break;
        }
    }
    Ok(())
}

/// Begins the end of a deal whose base is sold but for what no order can sell.
pub(super) fn finish_if_sold(context: &Context<'_>, deal: &mut Deal) -> Result<bool, StepError> {
    let market = &context.setup.market;
    let is_sold = !market.is_sellable(deal.position.quantity, deal.reference)?;
    if is_sold {
        deal.phase = DealPhase::Exiting(CloseReason::TakeProfit);
    }
    Ok(is_sold)
}

/// Sells what the market takes now; false when there is nothing it takes.
pub(super) fn sell_all(
    context: &mut Context<'_>,
    deal: &mut Deal,
    reason: CloseReason,
) -> Result<bool, StepError> {
    let price = context.core.price_or(deal.reference);
    let purpose = match reason {
        CloseReason::StopLoss => Purpose::StopLoss,
        _ => Purpose::Close,
    };
    deal.awaited = context.sell_now(deal.number, purpose, deal.position.quantity, price)?;
    Ok(deal.awaited.is_some())
}
