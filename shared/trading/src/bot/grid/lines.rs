use rust_decimal::{Decimal, MathematicalOps as _};

use super::{GridConfig, GridQuantity, Spacing};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::{FeeCharge, Fees};
use crate::market::Market;

/// Digits kept of a geometric line before it goes to its tick: enough to tell ticks apart, few enough that a line
/// which is exact stays exact.
const LINE_DECIMALS: u32 = 16;

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
    let to_tick = |line: Exact| {
        if market.tick_size.is_zero() {
            line.rounded(LINE_DECIMALS, Rounding::HalfUp)
        } else {
            line.to_multiple(market.tick_size, Rounding::HalfUp)
        }
    };
    let lines: Vec<Amount> = match config.spacing {
        Spacing::Arithmetic => {
            let width = upper.minus(lower)?;
            (0..=count)
                .map(|index| {
                    let offset = Exact::of(width)
                        .times(Amount::from(index))?
                        .over(Amount::from(count))?;
                    to_tick(offset.plus(&Exact::of(lower))?)
                })
                .collect::<Result<_, AmountError>>()?
        }
        Spacing::Geometric => {
            let ratio =
                root(upper.decimal() / lower.decimal(), count).ok_or(AmountError::Overflow)?;
            (0..=count)
                .map(|index| {
                    let line = ratio
                        .checked_powu(u64::from(index))
                        .and_then(|power| power.checked_mul(lower.decimal()))
                        .ok_or(AmountError::Overflow)?;
                    to_tick(Exact::of(Amount::from_decimal(
                        line.round_dp(LINE_DECIMALS),
                    )?))
                })
                .collect::<Result<_, AmountError>>()?
        }
    };
    if lines.is_sorted_by(|low, high| low < high) {
        Ok(lines)
    } else {
        Err(LinesError::SameTick)
    }
}

/// The `degree`-th root of a number from 1 to 10, by Newton's method from above.
fn root(number: Decimal, degree: u32) -> Option<Decimal> {
    let n = Decimal::from(degree);
    // (1 + t/n)^n is at least 1 + t: an upper bound.
    let mut guess = Decimal::ONE.checked_add(number.checked_sub(Decimal::ONE)?.checked_div(n)?)?;
    loop {
        let power = guess.checked_powu(u64::from(degree - 1))?;
        let next = guess
            .checked_mul(n.checked_sub(Decimal::ONE)?)?
            .checked_add(number.checked_div(power)?)?
            .checked_div(n)?;
        if next >= guess {
            return Some(guess);
        }
        guess = next;
    }
}

/// The line that stays empty at a price: the nearest, the lower one when two are as near.
pub(crate) fn empty_line(lines: &[Amount], price: Amount) -> Result<usize, AmountError> {
    let mut best = (0, lines[0].minus(price)?.abs());
    for (index, line) in lines.iter().enumerate().skip(1) {
        let distance = line.minus(price)?.abs();
        if distance < best.1 {
            best = (index, distance);
        }
    }
    Ok(best.0)
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
    let intervals = lines.len() - 1;
    let on_lot = |quantity: Exact| market.quantity(quantity.rounded(MAX_DECIMALS, Rounding::Down)?);
    match config.quantity {
        GridQuantity::FixedBase { quantity } => Ok(vec![market.quantity(quantity)?; intervals]),
        GridQuantity::FixedQuote { amount } => lines[..intervals]
            .iter()
            .map(|line| on_lot(Exact::of(amount).over(*line)?))
            .collect(),
        GridQuantity::Investment { quote } => {
            let empty = empty_line(lines, price)?;
            let sells = i64::try_from(intervals - empty).unwrap_or(i64::MAX);
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
    /// Base to buy at market for them, what is supplied taken off.
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
    let base = crate::amount::sum(quantities[empty..].iter().copied())?;
    let base_to_buy = base.minus(config.base_supplied.min(base))?;
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
        base_to_buy,
        quote_for_base,
        quote_for_buys,
    })
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
            let fee = low.plus(high)?.times(fees.maker)?;
            high.minus(low)?.minus(fee)?.times(quantity)?
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
