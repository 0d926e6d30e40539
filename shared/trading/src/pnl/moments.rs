use rust_decimal::Decimal;

/// Mean and deviation of a series that is taken one value at a time, by Welford's method: nothing of it is kept but sums.
///
/// Sums are those of [`Decimal`], rounded at 28 decimals: a deviation of a million values is exact to 20 decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    count: u64,
    sum: Decimal,
    mean: Decimal,
    /// `Σ (value - mean)²`
    squares: Decimal,
    /// `Σ value²` of the values below zero.
    falls: Decimal,
}

impl Moments {
    /// Those of a whole series; nothing where a sum is larger than a [`Decimal`] holds.
    pub fn of(values: impl IntoIterator<Item = Decimal>) -> Option<Self> {
        values.into_iter().try_fold(Self::default(), Self::and)
    }

    /// With one value more; nothing where a sum is larger than a [`Decimal`] holds.
    #[must_use]
    pub fn and(self, value: Decimal) -> Option<Self> {
        let count = self.count + 1;
        let off = value.checked_sub(self.mean)?;
        let mean = self
            .mean
            .checked_add(off.checked_div(Decimal::from(count))?)?;
        let square = off.checked_mul(value.checked_sub(mean)?)?;
        let fall = if value.is_sign_negative() {
            value.checked_mul(value)?
        } else {
            Decimal::ZERO
        };
        Some(Self {
            count,
            sum: self.sum.checked_add(value)?,
            mean,
            squares: self.squares.checked_add(square)?,
            falls: self.falls.checked_add(fall)?,
        })
    }

    /// How many values.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub const fn sum(&self) -> Decimal {
        self.sum
    }

    /// Their mean; nothing of no values.
    pub fn mean(&self) -> Option<Decimal> {
        self.sum.checked_div(Decimal::from(self.count))
    }

    /// `Σ (value - mean)² / (n - less)`; nothing of so few values.
    pub(super) fn variance(&self, less: u64) -> Option<Decimal> {
        let n = self.count.checked_sub(less)?;
        self.squares.checked_div(Decimal::from(n))
    }

    /// `Σ_{value<0} value² / n`; nothing of no values.
    pub(super) fn downside(&self) -> Option<Decimal> {
        self.falls.checked_div(Decimal::from(self.count))
    }
}
