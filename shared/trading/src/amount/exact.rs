use ethnum::{AsI256 as _, I256};

use super::{Amount, AmountError, LIMIT, MAX_DECIMALS};

/// Which way a result goes when it lies between two representable ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Towards minus infinity.
    Down,
    /// Towards plus infinity.
    Up,
    /// To the nearest, ties to the even digit.
    HalfEven,
    /// To the nearest, ties away from zero.
    HalfUp,
}

/// An exact fraction for one formula: multiply and divide freely, then round once.
///
/// 256 bits hold the product of any two amounts and a division by a third; beyond, every operation says
/// [`AmountError::Overflow`] rather than lose a digit.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    numerator: I256,
    /// Always above zero.
    denominator: I256,
}

impl Exact {
    /// The amount as a fraction.
    pub fn of(amount: Amount) -> Self {
        let (mantissa, scale) = amount.normal_parts();
        Self {
            numerator: mantissa.as_i256(),
            denominator: power(scale),
        }
    }

    /// `self × factor`.
    ///
    /// # Errors
    /// [`AmountError::Overflow`]
    pub fn times(&self, factor: Amount) -> Result<Self, AmountError> {
        let factor = Self::of(factor);
        self.product(factor.numerator, factor.denominator)
    }

    /// `self ÷ divisor`.
    ///
    /// # Errors
    /// [`AmountError::DivisionByZero`] or [`AmountError::Overflow`].
    pub fn over(&self, divisor: Amount) -> Result<Self, AmountError> {
        let divisor = Self::of(divisor);
        if divisor.numerator == 0 {
            return Err(AmountError::DivisionByZero);
        }
        let sign = divisor.numerator.signum();
        self.product(divisor.denominator * sign, divisor.numerator * sign)
    }

    /// `self + other`.
    ///
    /// # Errors
    /// [`AmountError::Overflow`]
    pub fn plus(&self, other: &Self) -> Result<Self, AmountError> {
        let left = self.numerator.checked_mul(other.denominator);
        let right = other.numerator.checked_mul(self.denominator);
        let sum = left
            .zip(right)
            .and_then(|(left, right)| left.checked_add(right));
        let denominator = self.denominator.checked_mul(other.denominator);
        match sum.zip(denominator) {
            Some((numerator, denominator)) => Ok(Self {
                numerator,
                denominator,
            }
            .reduced()),
            None => Err(AmountError::Overflow),
        }
    }

    fn product(&self, numerator: I256, denominator: I256) -> Result<Self, AmountError> {
        let whole = self
            .numerator
            .checked_mul(numerator)
            .zip(self.denominator.checked_mul(denominator));
        if let Some((numerator, denominator)) = whole {
            return Ok(Self {
                numerator,
                denominator,
            });
        }
        // Cross-cancel before giving up.
        let left = Self {
            numerator: self.numerator,
            denominator,
        }
        .reduced();
        let right = Self {
            numerator,
            denominator: self.denominator,
        }
        .reduced();
        left.numerator
            .checked_mul(right.numerator)
            .zip(left.denominator.checked_mul(right.denominator))
            .map(|(numerator, denominator)| Self {
                numerator,
                denominator,
            })
            .ok_or(AmountError::Overflow)
    }

    fn reduced(self) -> Self {
        let (mut a, mut b) = (self.numerator.abs(), self.denominator);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        if a == 0 {
            return self;
        }
        Self {
            numerator: self.numerator / a,
            denominator: self.denominator / a,
        }
    }

    /// The nearest amount with at most `decimals` decimals: 18, or as many as 28 digits leave room for.
    ///
    /// # Errors
    /// [`AmountError::Overflow`]
    pub fn rounded(&self, decimals: u32, rounding: Rounding) -> Result<Amount, AmountError> {
        let mut decimals = decimals.min(MAX_DECIMALS);
        loop {
            let whole = self.product(power(decimals), I256::ONE)?.whole(rounding);
            if decimals == 0 || whole.abs() < LIMIT.as_i256() {
                return to_amount(whole, decimals);
            }
            decimals -= 1;
        }
    }

    /// The multiple of `step` in the direction of `rounding`.
    ///
    /// # Errors
    /// [`AmountError::DivisionByZero`] or [`AmountError::Overflow`].
    pub fn to_multiple(&self, step: Amount, rounding: Rounding) -> Result<Amount, AmountError> {
        let (mantissa, scale) = step.normal_parts();
        let steps = self.over(step)?.whole(rounding);
        let product = steps
            .checked_mul(mantissa.as_i256())
            .ok_or(AmountError::Overflow)?;
        to_amount(product, scale)
    }

    /// The value when it is an amount to the last digit.
    ///
    /// # Errors
    /// [`AmountError::Inexact`] when it is not.
    pub fn exactly(&self) -> Result<Amount, AmountError> {
        let scaled = self.product(power(MAX_DECIMALS), I256::ONE)?;
        if scaled.numerator % scaled.denominator != 0 {
            return Err(AmountError::Inexact);
        }
        to_amount(scaled.numerator / scaled.denominator, MAX_DECIMALS)
    }

    /// Compares with another fraction.
    ///
    /// # Errors
    /// [`AmountError::Overflow`]
    pub fn compare(&self, other: &Self) -> Result<std::cmp::Ordering, AmountError> {
        self.crossed(other)
            // Cancel before giving up.
            .or_else(|| self.reduced().crossed(&other.reduced()))
            .ok_or(AmountError::Overflow)
    }

    /// How the products of each numerator with the other's denominator compare, where they can be told.
    fn crossed(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Some(left.cmp(&right))
    }

    fn whole(&self, rounding: Rounding) -> I256 {
        let floor = self.numerator.div_euclid(self.denominator);
        let rest = self.numerator.rem_euclid(self.denominator);
        let up = match rounding {
            Rounding::Down => false,
            Rounding::Up => rest != 0,
            Rounding::HalfEven | Rounding::HalfUp => {
                let missing = self.denominator - rest;
                rest > missing
                    || (rest == missing
                        && match rounding {
                            Rounding::HalfEven => floor % 2 != 0,
                            _ => floor >= 0,
                        })
            }
        };
        if up { floor + 1 } else { floor }
    }
}

fn power(places: u32) -> I256 {
    I256::new(10).pow(places)
}

fn to_amount(mut mantissa: I256, mut scale: u32) -> Result<Amount, AmountError> {
    let limit = LIMIT.as_i256();
    while scale > 0 && (mantissa >= limit || mantissa <= -limit) && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    let mantissa = i128::try_from(mantissa).map_err(|_| AmountError::Overflow)?;
    Amount::from_parts(mantissa, scale)
}
