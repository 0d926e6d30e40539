//! Exact money.

mod exact;
mod parse;

use std::fmt;

use rust_decimal::Decimal;

pub use exact::{Exact, Rounding};
pub use parse::ParseAmountError;

/// Decimal places that the database keeps.
pub const MAX_DECIMALS: u32 = 18;
/// Significant digits that `rust_decimal` always holds.
pub const MAX_DIGITS: u32 = 28;

const LIMIT: i128 = 10_i128.pow(MAX_DIGITS);

/// An exact decimal number: a price, a quantity, a sum of money or a percentage.
///
/// At most 28 significant digits and 18 decimals, always. Arithmetic gives the exact result or an error; nothing
/// is rounded unless the name of the operation says so. JSON is a normalised string (`"0.1"`, never `"0.10"`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(Decimal);

/// Why a calculation has no exact result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// More than 28 significant digits before the decimals are reached.
    #[error("the result is larger than 28 digits hold")]
    Overflow,
    /// The exact result needs more than 18 decimals or 28 digits.
    #[error("the exact result needs more than 18 decimals")]
    Inexact,
    /// Division by zero.
    #[error("division by zero")]
    DivisionByZero,
}

impl Amount {
    /// Zero.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// One.
    pub const ONE: Self = Self(Decimal::ONE);
    /// One hundred, the whole in percent.
    pub const HUNDRED: Self = Self(Decimal::ONE_HUNDRED);

    /// Takes a decimal that fits.
    ///
    /// # Errors
    /// [`AmountError::Inexact`] when it has more than 18 decimals or 28 digits.
    pub fn from_decimal(value: Decimal) -> Result<Self, AmountError> {
        Self::from_parts(value.mantissa(), value.scale())
    }

    /// Takes a venue's figure, cut (towards zero) to 18 decimals where it has more.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] when even its whole part has more than 28 digits.
    pub fn truncated(value: Decimal) -> Result<Self, AmountError> {
        let mut cut = value.trunc_with_scale(MAX_DECIMALS).normalize();
        while cut.mantissa().abs() >= LIMIT {
            if cut.scale() == 0 {
                return Err(AmountError::Overflow);
            }
            cut = cut.trunc_with_scale(cut.scale() - 1);
        }
        Ok(Self(cut))
    }

    /// A whole number above or at zero, in constants too.
    pub const fn from_whole(value: u64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the halves of the number")]
        let (low, high) = (value as u32, (value >> 32) as u32);
        Self(Decimal::from_parts(low, high, 0, false, 0))
    }

    /// A whole number.
    pub fn from_int(value: i64) -> Self {
        Self(Decimal::from(value))
    }

    /// A whole number, for constants.
    pub(crate) const fn whole(value: u32) -> Self {
        Self(Decimal::from_parts(value, 0, 0, false, 0))
    }

    /// So many hundredths.
    pub(crate) const fn hundredths(value: u32) -> Self {
        Self(Decimal::from_parts(value, 0, 0, false, 2))
    }

    /// `mantissa × 10^-scale`.
    ///
    /// # Errors
    /// When it has no exact form within 28 digits and 18 decimals.
    #[inline]
    pub fn from_parts(mantissa: i128, scale: u32) -> Result<Self, AmountError> {
        if scale <= MAX_DECIMALS && mantissa.unsigned_abs() < LIMIT.unsigned_abs() {
            return Ok(Self(Decimal::from_i128_with_scale(mantissa, scale)));
        }
        Self::squeeze(mantissa, scale)
    }

    #[cold]
    fn squeeze(mut mantissa: i128, mut scale: u32) -> Result<Self, AmountError> {
        if mantissa == 0 {
            return Ok(Self::ZERO);
        }
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        if scale > MAX_DECIMALS {
            return Err(AmountError::Inexact);
        }
        if mantissa.unsigned_abs() >= LIMIT.unsigned_abs() {
            return Err(if scale == 0 {
                AmountError::Overflow
            } else {
                AmountError::Inexact
            });
        }
        Ok(Self(Decimal::from_i128_with_scale(mantissa, scale)))
    }

    /// The number behind the type.
    pub const fn decimal(self) -> Decimal {
        self.0
    }

    /// Mantissa and scale with trailing zeros stripped.
    pub fn normal_parts(self) -> (i128, u32) {
        let normal = self.0.normalize();
        (normal.mantissa(), normal.scale())
    }

    #[inline]
    fn parts(self) -> (i128, u32) {
        (self.0.mantissa(), self.0.scale())
    }

    /// Whether it is zero.
    #[inline]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Whether it is above zero.
    #[inline]
    pub fn is_positive(self) -> bool {
        !self.0.is_zero() && self.0.is_sign_positive()
    }

    /// Whether it is below zero.
    #[inline]
    pub fn is_negative(self) -> bool {
        !self.0.is_zero() && self.0.is_sign_negative()
    }

    /// The value without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// The value with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self(-self.0)
    }

    /// Number of decimals without trailing zeros.
    pub fn decimals(self) -> u32 {
        self.0.normalize().scale()
    }

    /// `self + other`, exact.
    ///
    /// # Errors
    /// When the sum has no exact form.
    #[inline]
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        let (a, a_scale) = self.parts();
        let (b, b_scale) = other.parts();
        if a_scale == b_scale {
            return Self::from_parts(a + b, a_scale);
        }
        let scale = a_scale.max(b_scale);
        let sum = raised(a, scale - a_scale)
            .zip(raised(b, scale - b_scale))
            .and_then(|(a, b)| a.checked_add(b));
        match sum {
            Some(sum) => Self::from_parts(sum, scale),
            None => Exact::of(self).plus(&Exact::of(other))?.exactly(),
        }
    }

    /// `self - other`, exact.
    ///
    /// # Errors
    /// When the difference has no exact form.
    #[inline]
    pub fn minus(self, other: Self) -> Result<Self, AmountError> {
        self.plus(other.negated())
    }

    /// `self × other`, exact.
    ///
    /// # Errors
    /// When the product has no exact form within 18 decimals.
    #[inline]
    pub fn times(self, other: Self) -> Result<Self, AmountError> {
        let (a, a_scale) = self.parts();
        let (b, b_scale) = other.parts();
        match a.checked_mul(b) {
            Some(product) => Self::from_parts(product, a_scale + b_scale),
            None => Exact::of(self).times(other)?.exactly(),
        }
    }

    /// A holding's value at a price: exact where 18 decimals hold it, else rounded half to even there.
    ///
    /// For reports only: what is booked is exact.
    ///
    /// # Errors
    /// When the value is too large.
    #[inline]
    pub fn valued_at(self, price: Self) -> Result<Self, AmountError> {
        self.times(price)
            .or_else(|_| self.mul_rounded(price, MAX_DECIMALS, Rounding::HalfEven))
    }

    /// `self × factor`, rounded once.
    ///
    /// # Errors
    /// When the product is too large.
    pub fn mul_rounded(
        self,
        factor: Self,
        decimals: u32,
        rounding: Rounding,
    ) -> Result<Self, AmountError> {
        Exact::of(self).times(factor)?.rounded(decimals, rounding)
    }

    /// `self ÷ divisor`, rounded once.
    ///
    /// # Errors
    /// When the divisor is zero or the quotient too large.
    pub fn div_rounded(
        self,
        divisor: Self,
        decimals: u32,
        rounding: Rounding,
    ) -> Result<Self, AmountError> {
        Exact::of(self).over(divisor)?.rounded(decimals, rounding)
    }

    /// `self × part ÷ whole`, rounded half to even at 18 decimals: the cost of a part.
    ///
    /// A sum of more than ten digits before the point is rounded at the decimals that 28 digits leave it, so that
    /// `self - share` is exact as well.
    ///
    /// # Errors
    /// When the whole is zero or the result too large.
    pub fn share(self, part: Self, whole: Self) -> Result<Self, AmountError> {
        let decimals = MAX_DIGITS
            .saturating_sub(self.whole_digits())
            .min(MAX_DECIMALS);
        Exact::of(self)
            .times(part)?
            .over(whole)?
            .rounded(decimals, Rounding::HalfEven)
    }

    fn whole_digits(self) -> u32 {
        self.0
            .trunc()
            .mantissa()
            .unsigned_abs()
            .checked_ilog10()
            .map_or(0, |digits| digits + 1)
    }

    /// `self` percent as a factor: 1.5 becomes 0.015.
    ///
    /// # Errors
    /// When the factor needs more than 18 decimals.
    pub fn percent(self) -> Result<Self, AmountError> {
        let (mantissa, scale) = self.parts();
        Self::from_parts(mantissa, scale + 2)
    }

    /// The largest multiple of `step` not above `self`; `self` itself when the step is zero (no rule).
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn floor_to(self, step: Self) -> Result<Self, AmountError> {
        if step.is_zero() {
            return Ok(self);
        }
        Exact::of(self).to_multiple(step, Rounding::Down)
    }

    /// The smallest multiple of `step` not below `self`; `self` itself when the step is zero (no rule).
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn ceil_to(self, step: Self) -> Result<Self, AmountError> {
        if step.is_zero() {
            return Ok(self);
        }
        Exact::of(self).to_multiple(step, Rounding::Up)
    }

    /// The multiple of `step` nearest to `self`, ties away from zero; `self` itself when the step is zero (no rule).
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn nearest_to(self, step: Self) -> Result<Self, AmountError> {
        let ((value, scale), (size, size_scale)) = (self.parts(), step.parts());
        // Nearly every price is on its tick already: told without a fraction.
        let is_multiple = size_scale
            .checked_sub(scale)
            .and_then(|places| raised(value, places)?.checked_rem(size))
            == Some(0);
        if step.is_zero() || is_multiple {
            return Ok(self);
        }
        Exact::of(self).to_multiple(step, Rounding::HalfUp)
    }

    /// Whether it is a whole number of steps (a zero step asks for nothing).
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn is_multiple_of(self, step: Self) -> Result<bool, AmountError> {
        Ok(self.floor_to(step)? == self)
    }
}

#[inline]
fn raised(value: i128, places: u32) -> Option<i128> {
    value.checked_mul(10_i128.checked_pow(places)?)
}

impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.normalize(), out)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl From<u32> for Amount {
    fn from(value: u32) -> Self {
        Self(Decimal::from(value))
    }
}

/// The exact sum of some amounts.
///
/// # Errors
/// When the sum has no exact form.
pub fn sum(amounts: impl IntoIterator<Item = Amount>) -> Result<Amount, AmountError> {
    amounts.into_iter().try_fold(Amount::ZERO, Amount::plus)
}
