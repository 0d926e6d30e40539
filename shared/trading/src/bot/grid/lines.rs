use rust_decimal::{Decimal, MathematicalOps as _};

use super::{GridConfig, GridQuantity, Spacing};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::{FeeCharge, Fees};
use crate::market::{Market, OrderError};
use crate::order::{OrderSize, OrderType, Side};

/// Digits kept of a geometric line before it goes to its tick: enough to tell ticks apart, few enough that a line
/// which is exact stays exact.
const LINE_DECIMALS: u32 = 16;

/// Turns after which Newton's method has long arrived.
const ROOT_TURNS: u32 = 200;

/// Why a grid has no lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinesError {
    /// The bounds are not above zero, or in the wrong order, or too far apart.
    #[error("lower must be above zero, and upper above lower and at most ten times as high")]
    Bounds,
    /// Not 2 to 200 intervals.
    #[error("grid_count must be 2 to 200")]
    Count,
    /// Two lines fall on the same tick.
    #[error("two lines fall on the same tick")]
    SameTick,
    /// The numbers do not fit.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// The lines of a grid, lowest first, each on its nearest tick (the upper one when two are as near).
///
/// # Errors
/// See [`LinesError`].
pub fn lines(config: &GridConfig, market: &Market) -> Result<Vec<Amount>, LinesError> {
    let (lower, upper, count) = (config.lower, config.upper, config.grid_count);
    if !lower.is_positive() || upper <= lower || upper > lower.times(Amount::from(10))? {
        return Err(LinesError::Bounds);
    }
    if !(2..=200).contains(&count) {
        return Err(LinesError::Count);
    }
    let ratio = ratio(config)?;
    let lines = (0..=i64::from(count))
        .map(|index| line(config, market, ratio, index))
        .collect::<Result<Vec<Amount>, AmountError>>()?;
    if lines.is_sorted_by(|low, high| low < high) {
        Ok(lines)
    } else {
        Err(LinesError::SameTick)
    }
}

/// The ratio between two lines of a geometric grid; nothing for an arithmetic one.
fn ratio(config: &GridConfig) -> Result<Option<Decimal>, AmountError> {
    match config.spacing {
        Spacing::Arithmetic => Ok(None),
        Spacing::Geometric => config
            .upper
            .decimal()
            .checked_div(config.lower.decimal())
            .and_then(|whole| root(whole, config.grid_count))
            .ok_or(AmountError::Overflow)
            .map(Some),
    }
}

/// The line of an index that may lie outside the grid as configured, on its nearest tick: where trailing leads.
///
/// # Errors
/// When the numbers do not fit.
pub(super) fn line_at(
    config: &GridConfig,
    market: &Market,
    index: i64,
) -> Result<Amount, AmountError> {
    line(config, market, ratio(config)?, index)
}

fn line(
    config: &GridConfig,
    market: &Market,
    ratio: Option<Decimal>,
    index: i64,
) -> Result<Amount, AmountError> {
    let exact = match ratio {
        None => Exact::of(config.upper.minus(config.lower)?)
            .times(Amount::from_int(index))?
            .over(Amount::from(config.grid_count))?
            .plus(&Exact::of(config.lower))?,
        Some(ratio) => {
            let power = ratio
                .checked_powu(index.unsigned_abs())
                .ok_or(AmountError::Overflow)?;
            let line = if index < 0 {
                config.lower.decimal().checked_div(power)
            } else {
                config.lower.decimal().checked_mul(power)
            };
            let line = line.ok_or(AmountError::Overflow)?;
            Exact::of(Amount::truncated(line.round_dp(LINE_DECIMALS))?)
        }
    };
    if market.tick_size.is_zero() {
        exact.rounded(LINE_DECIMALS, Rounding::HalfUp)
    } else {
        exact.to_multiple(market.tick_size, Rounding::HalfUp)
    }
}

/// The `degree`-th root of a number from 1 to 10, by Newton's method from above.
fn root(number: Decimal, degree: u32) -> Option<Decimal> {
    let n = Decimal::from(degree);
    // (1 + t/n)^n is at least 1 + t: an upper bound.
    let mut guess = Decimal::ONE.checked_add(number.checked_sub(Decimal::ONE)?.checked_div(n)?)?;
    // It falls until it has the root, and doubles the digits that are right with every turn.
    for _ in 0..ROOT_TURNS {
        let power = guess.checked_powu(u64::from(degree.saturating_sub(1)))?;
        let next = guess
            .checked_mul(n.checked_sub(Decimal::ONE)?)?
            .checked_add(number.checked_div(power)?)?
            .checked_div(n)?;
        if next >= guess {
            break;
        }
        guess = next;
    }
    Some(guess)
}

/// The line that stays empty at a price: the nearest, the lower one when two are as near.
pub(crate) fn empty_line(lines: &[Amount], price: Amount) -> Result<usize, AmountError> {
    let mut best: Option<(usize, Amount)> = None;
    for (index, line) in lines.iter().enumerate() {
        let distance = line.minus(price)?.abs();
        if best.is_none_or(|(_, least)| distance < least) {
            best = Some((index, distance));
        }
    }
    Ok(best.map_or(0, |(index, _)| index))
}

/// Quantity of every interval's buy, by its lower line.
///
/// # Errors
/// When a number does not fit.
pub(crate) fn quantities(
    config: &GridConfig,
    market: &Market,
    fees: &Fees,
    lines: &[Amount],
    price: Amount,
) -> Result<Vec<Amount>, AmountError> {
    let intervals = lines.len().saturating_sub(1);
    let on_lot = |quantity: Exact| market.quantity(quantity.rounded(MAX_DECIMALS, Rounding::Down)?);
    match config.quantity {
        GridQuantity::FixedBase { quantity } => Ok(vec![market.quantity(quantity)?; intervals]),
        GridQuantity::FixedQuote { amount } => lines[..intervals]
            .iter()
            .map(|line| on_lot(Exact::of(amount).over(*line)?))
            .collect(),
        GridQuantity::Investment { quote } => {
            let empty = empty_line(lines, price)?;
            let sells = i64::try_from(intervals.saturating_sub(empty)).unwrap_or(i64::MAX);
            let buys = crate::amount::sum(lines[..empty].iter().copied())?;
            let unit = price.times(Amount::from_int(sells))?.plus(buys)?;
            let factor = match fees.charge {
                FeeCharge::Quote => Amount::ONE.plus(fees.worst())?,
                FeeCharge::Received => Amount::ONE,
            };
            let quantity = on_lot(Exact::of(quote).over(unit)?.over(factor)?)?;
            Ok(vec![quantity; intervals])
        }
    }
}

/// What a grid needs when it starts at a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GridNeeds {
    /// The line that stays empty.
    pub empty: usize,
    /// Base for the sell lines.
    pub base: Amount,
    /// What of it is supplied.
    pub supplied: Amount,
    /// Base to buy at market for them, what is supplied taken off: on the lot of market orders, rounded up, and nothing where
    /// that is less than the market's smallest order.
    pub base_to_buy: Amount,
    /// Quote for that purchase, fee included.
    pub quote_for_base: Amount,
    /// Quote for the buy lines, fees included.
    pub quote_for_buys: Amount,
}

/// What a grid needs when it starts at `price`: `Σ q` over its sells, `Σ q × p × (1 + f)` over its buys.
///
/// # Errors
/// When a number does not fit.
pub fn needs(
    config: &GridConfig,
    market: &Market,
    fees: &Fees,
    lines: &[Amount],
    price: Amount,
) -> Result<GridNeeds, AmountError> {
    let empty = empty_line(lines, price)?;
    let quantities = quantities(config, market, fees, lines, price)?;
    let base = crate::amount::sum(quantities.iter().skip(empty).copied())?;
    let supplied = config.base_supplied.min(base);
    let mut base_to_buy = market.market_quantity_up(base.minus(supplied)?)?;
    if supplied.is_positive() && is_below_minimum(market, base_to_buy, price)? {
        base_to_buy = Amount::ZERO;
    }
    let with_fee = |quote: Amount, rate: Amount| match fees.charge {
        FeeCharge::Quote => {
            quote.plus(quote.mul_rounded(rate, crate::paper::FEE_DECIMALS, Rounding::Up)?)
        }
        FeeCharge::Received => Ok(quote),
    };
    let quote_for_base = with_fee(base_to_buy.times(price)?, fees.taker)?;
    let mut quote_for_buys = Amount::ZERO;
    for (line, quantity) in lines[..empty].iter().zip(&quantities) {
        quote_for_buys = quote_for_buys.plus(with_fee(line.times(*quantity)?, fees.worst())?)?;
    }
    Ok(GridNeeds {
        empty,
        base,
        supplied,
        base_to_buy,
        quote_for_base,
        quote_for_buys,
    })
}

/// Whether a market order for a quantity is too small for the market.
pub(crate) fn is_below_minimum(
    market: &Market,
    quantity: Amount,
    price: Amount,
) -> Result<bool, AmountError> {
    let order = market.check(
        Side::Buy,
        OrderType::Market,
        OrderSize::Base(quantity),
        price,
    );
    match order {
        Ok(()) => Ok(false),
        Err(OrderError::Rejected(code)) => Ok(code.is_too_small()),
        Err(OrderError::Amount(error)) => Err(error),
    }
}

/// What one interval earns when it is bought and sold once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairResult {
    /// Quote earned, fees off.
    pub profit: Amount,
    /// Growth of the quote spent, at 18 decimals.
    pub rate: Amount,
}

/// Result of buying `quantity` at `low` and selling it at `high`, both resting.
///
/// Fees in quote: `q × [(high - low) - f × (low + high)]`. A fee taken from the base bought: less is sold, see
/// `r × (1 - f)^2 - 1`.
///
/// # Errors
/// When a number does not fit.
pub fn pair(
    low: Amount,
    high: Amount,
    quantity: Amount,
    fees: &Fees,
) -> Result<PairResult, AmountError> {
    let keep = Amount::ONE.minus(fees.maker)?;
    let growth = Exact::of(high).over(low)?.times(keep)?;
    let (growth, spent) = match fees.charge {
        FeeCharge::Quote => {
            let with_fee = Amount::ONE.plus(fees.maker)?;
            (
                growth.over(with_fee)?,
                Exact::of(low).times(quantity)?.times(with_fee)?,
            )
        }
        FeeCharge::Received => (growth.times(keep)?, Exact::of(low).times(quantity)?),
    };
    let minus_one = Exact::of(Amount::ONE.negated());
    let rate = growth
        .plus(&minus_one)?
        .rounded(MAX_DECIMALS, Rounding::HalfEven)?;
    let profit = match fees.charge {
        FeeCharge::Quote => {
            let fee = Exact::of(low.plus(high)?).times(fees.maker.negated())?;
            Exact::of(high.minus(low)?)
                .plus(&fee)?
                .times(quantity)?
                .rounded(MAX_DECIMALS, Rounding::HalfEven)?
        }
        FeeCharge::Received => {
            let received = Exact::of(high).times(quantity)?.times(keep)?.times(keep)?;
            received
                .rounded(MAX_DECIMALS, Rounding::HalfEven)?
                .minus(spent.rounded(MAX_DECIMALS, Rounding::HalfEven)?)?
        }
    };
    Ok(PairResult { profit, rate })
}
