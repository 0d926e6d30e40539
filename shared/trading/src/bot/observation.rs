use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;

/// A condition of a rule as it was found: its sides, and what they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Observation {
    /// The left side: `ema(12)`, `close`, `rsi(14) of 1h`.
    #[schema(example = "ema(12)")]
    pub left: String,
    /// Its value at the close of the candle, to 8 decimals; absent where it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_value: Option<Amount>,
    /// Its value at the close before, where the condition asks for a crossing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_before: Option<Amount>,
    /// How the sides are compared.
    pub operator: Operator,
    /// The right side; a number as it is.
    #[schema(example = "ema(26)")]
    pub right: String,
    /// Its value at the close of the candle, to 8 decimals; absent where it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right_value: Option<Amount>,
    /// Its value at the close before, where the condition asks for a crossing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right_before: Option<Amount>,
    /// Whether the condition held.
    pub holds: bool,
}

/// Part of the greater of two values within which they count as equal: far more than rounding makes of them.
const EQUAL_WITHIN: f64 = 1e-9;

/// Which of two values is greater; none where one is not there.
#[inline]
fn compare(left: f64, right: f64) -> Option<Ordering> {
    if (left - right).abs() <= EQUAL_WITHIN * left.abs().max(right.abs()) {
        Some(Ordering::Equal)
    } else {
        left.partial_cmp(&right)
    }
}

/// How the two sides of a condition are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// The left side is greater.
    Above,
    /// The left side is less.
    Below,
    /// The left side is greater, or both are equal.
    AtOrAbove,
    /// The left side is less, or both are equal.
    AtOrBelow,
    /// The left side is greater, and was not at the close before.
    CrossesAbove,
    /// The left side is less, and was not at the close before.
    CrossesBelow,
}

impl Operator {
    /// Whether it looks at the close before too.
    pub const fn is_crossing(self) -> bool {
        matches!(self, Self::CrossesAbove | Self::CrossesBelow)
    }

    /// Whether it holds between two values, each with the one before; never where one of them is not there.
    #[inline]
    pub(crate) fn holds(
        self,
        (left, left_before): (f64, f64),
        (right, before): (f64, f64),
    ) -> bool {
        let Some(now) = compare(left, right) else {
            return false;
        };
        let was = || compare(left_before, before);
        match self {
            Self::Above => now.is_gt(),
            Self::Below => now.is_lt(),
            Self::AtOrAbove => now.is_ge(),
            Self::AtOrBelow => now.is_le(),
            Self::CrossesAbove => now.is_gt() && was().is_some_and(Ordering::is_le),
            Self::CrossesBelow => now.is_lt() && was().is_some_and(Ordering::is_ge),
        }
    }

    /// In words, where the condition holds or does not.
    pub(crate) const fn words(self, holds: bool) -> &'static str {
        match (self, holds) {
            (Self::Above, true) | (Self::AtOrBelow, false) => "is above",
            (Self::Below, true) | (Self::AtOrAbove, false) => "is below",
            (Self::AtOrAbove, true) | (Self::Below, false) => "is at or above",
            (Self::AtOrBelow, true) | (Self::Above, false) => "is at or below",
            (Self::CrossesAbove, true) => "crosses above",
            (Self::CrossesBelow, true) => "crosses below",
            (Self::CrossesAbove, false) => "does not cross above",
            (Self::CrossesBelow, false) => "does not cross below",
        }
    }
}

impl Observation {
    /// `ema(12) 101.2 crosses above ema(26) 101.1`
    pub(super) fn words(&self) -> String {
        let side = |name: &str, value: Option<Amount>| match value {
            Some(value) if value.to_string() == name => name.to_owned(),
            Some(value) => format!("{name} {value}"),
            None => format!("{name} (no value)"),
        };
        format!(
            "{} {} {}",
            side(&self.left, self.left_value),
            self.operator.words(self.holds),
            side(&self.right, self.right_value)
        )
    }
}
