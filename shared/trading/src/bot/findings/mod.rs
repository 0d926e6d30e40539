//! What is wrong or doubtful with a configuration, field by field.

mod entry;
mod exits;
mod size;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{FeeCharge, Terms};
use crate::amount::{Amount, AmountError, Rounding};
use crate::market::MinNotionalPolicy;
use crate::order::Millis;

pub use size::{MOST, RATE_DECIMALS};

/// What the account has and the market costs, to test a configuration against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Price now.
    pub price: Amount,
    /// Free quote, when known.
    pub free_quote: Option<Amount>,
    /// Free base, when known.
    pub free_base: Option<Amount>,
    /// The candles that bots are told of on this market.
    pub candles: FeedCandles,
}

/// The candles that bots are told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeedCandles {
    /// Nothing is known of them.
    #[default]
    Unknown,
    /// Each of so many milliseconds.
    Every(Millis),
}

/// A field of a configuration that is wrong, or worth a second look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ConfigFinding)]
pub struct FieldError {
    /// JSON pointer to the field.
    #[schema(example = "/take_profit/percentage")]
    pub pointer: String,
    /// What is wrong.
    pub code: FieldCode,
    /// The same in words, with the range in the user's terms.
    pub message: String,
    /// Whether it forbids the configuration.
    pub severity: Severity,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConfigFindingCode)]
pub enum FieldCode {
    /// Outside its range.
    OutOfRange,
    /// Contradicts another field.
    Inconsistent,
    /// Missing, and needed here.
    Required,
    /// Orders of this size are below the market's smallest.
    BelowMinNotional,
    /// What an entry of this size buys could not be sold any more: less its fee, on the lot, at the stop-loss.
    ExitNotViable,
    /// The last safety order would be at or below zero.
    LadderBelowZero,
    /// Two fees eat what a step of the grid earns.
    StepBelowFees,
    /// A step of the grid earns little more than two fees.
    StepNearFees,
    /// What a line of the grid buys is, fee and lot taken off, less than the market lets it sell: the line buys twice before
    /// it sells.
    SellsBelowMinimum,
    /// What is missing of the base for the first sells is less than the market lets the grid buy: the highest sells wait.
    RestBelowMinimum,
    /// The price is beyond an exit price of the grid: one that is started waits until it is back, one that runs would end.
    PriceBeyondExit,
    /// The price is outside the lines: the grid begins with nothing but buys, or nothing but sells.
    PriceOutsideGrid,
    /// Two lines of the grid fall on the same tick.
    LinesTooClose,
    /// Needs more than the account has free.
    InsufficientBalance,
    /// More orders than the venue allows at once.
    TooManyOrders,
    /// The stop-loss lies above the last safety order.
    StopAboveLadder,
    /// Not a schedule, or one that never comes due.
    InvalidSchedule,
    /// Not a known time zone.
    InvalidTimezone,
    /// Prices of candles are no multiples of the market's tick.
    PricesOffTick,
    /// Candles are missing.
    CandlesMissing,
    /// Candles began late or ended early.
    CandlesCutShort,
}

/// Whether a finding forbids the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It does.
    Error,
    /// It does not.
    Warning,
}

/// What is found while a configuration is tested.
pub(in crate::bot) struct Findings<'a> {
    pub(in crate::bot) setup: &'a Terms,
    pub(in crate::bot) budget: &'a Budget,
    pub(in crate::bot) list: Vec<FieldError>,
    /// Quote that the bot needs, fees included.
    needed: Option<Amount>,
}

impl<'a> Findings<'a> {
    pub(super) const fn new(setup: &'a Terms, budget: &'a Budget) -> Self {
        Self {
            setup,
            budget,
            list: Vec::new(),
            needed: None,
        }
    }

    /// What was found, and the quote that the bot needs, fees included, where that can be told.
    pub(super) fn into_parts(self) -> (Vec<FieldError>, Option<Amount>) {
        (self.list, self.needed)
    }

    fn push(&mut self, pointer: &str, code: FieldCode, message: String, severity: Severity) {
        self.list.push(FieldError {
            pointer: pointer.to_owned(),
            code,
            message,
            severity,
        });
    }

    pub(in crate::bot) fn error(&mut self, pointer: &str, code: FieldCode, message: String) {
        self.push(pointer, code, message, Severity::Error);
    }

    pub(in crate::bot) fn warning(&mut self, pointer: &str, code: FieldCode, message: String) {
        self.push(pointer, code, message, Severity::Warning);
    }

    /// Whether nothing is wrong so far with a field or what is in it.
    pub(in crate::bot) fn is_sound(&self, pointer: &str) -> bool {
        !self.list.iter().any(|finding| {
            finding.severity == Severity::Error && finding.pointer.starts_with(pointer)
        })
    }

    /// A number that must lie between two others, `low` exclusive when it is zero.
    pub(in crate::bot) fn range(&mut self, pointer: &str, value: Amount, low: &str, high: &str) {
        let bound = |text: &str| text.parse::<Amount>().unwrap_or_default();
        let (least, most) = (bound(low), bound(high));
        if value < least || value > most || (least.is_zero() && value.is_zero()) {
            let low = if least.is_zero() {
                "above 0".to_owned()
            } else {
                format!("at least {low}")
            };
            self.error(
                pointer,
                FieldCode::OutOfRange,
                format!("must be {low} and at most {high}, is {value}"),
            );
        } else {
            self.rate(pointer, value);
        }
    }

    pub(in crate::bot) fn whole_range(&mut self, pointer: &str, value: u32, low: u32, high: u32) {
        if !(low..=high).contains(&value) {
            self.error(
                pointer,
                FieldCode::OutOfRange,
                format!("must be {low} to {high}, is {value}"),
            );
        }
    }

    pub(in crate::bot) fn percent(&mut self, pointer: &str, value: Amount) {
        if value.is_negative() || value > Amount::HUNDRED {
            self.error(
                pointer,
                FieldCode::OutOfRange,
                format!("must be 0 to 100 percent, is {value}"),
            );
        } else {
            self.rate(pointer, value);
        }
    }

    pub(in crate::bot) fn positive(&mut self, pointer: &str, value: Amount) {
        if value.is_positive() {
            self.amount(pointer, value);
        } else {
            self.error(
                pointer,
                FieldCode::OutOfRange,
                format!("must be above 0, is {value}"),
            );
        }
    }

    pub(in crate::bot) fn price_band(&mut self, min: Option<Amount>, max: Option<Amount>) {
        for (pointer, price) in [("/min_price", min), ("/max_price", max)] {
            if let Some(price) = price {
                self.positive(pointer, price);
            }
        }
        if let Some((min, max)) = min.zip(max)
            && min > max
        {
            self.error(
                "/min_price",
                FieldCode::Inconsistent,
                format!("must not be above max_price {max}, is {min}"),
            );
        }
    }

    pub(in crate::bot) fn policy(&mut self, policy: MinNotionalPolicy) {
        if let MinNotionalPolicy::RoundUp {
            max_overshoot_percent,
        } = policy
        {
            self.percent(
                "/min_notional_policy/max_overshoot_percent",
                max_overshoot_percent,
            );
        }
    }

    pub(in crate::bot) fn with_fee(&self, quote: Amount) -> Result<Amount, AmountError> {
        match self.setup.fees.charge {
            FeeCharge::Quote => quote.plus(quote.mul_rounded(
                self.setup.fees.worst(),
                crate::paper::FEE_DECIMALS,
                Rounding::Up,
            )?),
            FeeCharge::Received => Ok(quote),
        }
    }

    pub(in crate::bot) fn affordable(&mut self, pointer: &str, needed: Amount) {
        self.needed = Some(needed);
        if let Some(free) = self.budget.free_quote
            && needed > free
        {
            let quote = self.setup.market.symbol.quote();
            let message = format!("needs {needed} {quote}, the account has {free} {quote} free");
            self.error(pointer, FieldCode::InsufficientBalance, message);
        }
    }
}
