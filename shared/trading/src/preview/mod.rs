//! What a bot would do if it were started now, found by starting it in a simulation: its orders are the kernel's own.

mod level;
mod probe;

use serde::Serialize;
use utoipa::ToSchema;

use crate::amount::{Amount, Exact, MAX_DECIMALS, Rounding};
use crate::bot::{BotSetup, Budget, FieldCode, FieldError, Severity, assess};
use crate::order::Millis;

pub use level::{Exit, Level, PreviewError};
use probe::Probe;

/// Scheduled purchases that are listed.
const MOST_TIMES: usize = 10;

/// What a bot would do on its market as it is now: which orders it places, what they need, and what they can earn or lose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BotPreview)]
pub struct Preview {
    /// Fields that are wrong or doubtful. With an error among them that is not about funds there is nothing else.
    pub findings: Vec<FieldError>,
    /// Orders of the start, in the order of their placement, then those that follow as the price falls.
    pub levels: Vec<Level>,
    /// Quote that the bot needs in all, fees included.
    pub needed_quote: Option<Amount>,
    /// Base that the bot takes over from the account.
    pub needed_base: Option<Amount>,
    /// Quote that the account has free, where known.
    pub free_quote: Option<Amount>,
    /// Base that the account has free, where known.
    pub free_base: Option<Amount>,
    /// Quote that the first round earns, fees off: the first order of a deal sold by its take-profit, or the nearest buy of a grid
    /// sold one line higher.
    pub round_profit: Option<Amount>,
    /// Price at which selling what the start buys returns its cost, fees included.
    pub break_even: Option<Amount>,
    /// Quote lost when the price falls through all buys to the stop-loss.
    pub loss_at_stop: Option<Amount>,
    /// Next scheduled purchases, in milliseconds since 1970.
    pub times: Vec<Millis>,
}

/// Previews a bot that is started at `at`, in milliseconds since 1970, on a market that stands still at the budget's price. A
/// trigger price counts as reached, conditions for the start of a deal count as met, and of several deals one is shown.
///
/// # Errors
/// See [`PreviewError`].
pub fn preview(setup: &BotSetup, budget: &Budget, at: Millis) -> Result<Preview, PreviewError> {
    let (findings, needed) = assess(setup, budget);
    let mut preview = Preview {
        free_quote: budget.free_quote,
        free_base: budget.free_base,
        ..Preview::default()
    };
    let forbids = |found: &FieldError| {
        found.severity == Severity::Error && found.code != FieldCode::InsufficientBalance
    };
    let is_sound = !findings.iter().any(forbids);
    preview.findings = findings;
    if !is_sound {
        return Ok(preview);
    }
    preview.needed_base = Some(setup.bot.needs().supply);
    preview.times = setup.bot.times(at, MOST_TIMES);
    let mut setup = setup.clone();
    let price = setup.bot.at_its_start(budget.price);
    let started = Probe::start(&setup, budget, price, at)?;
    // A trailing grid may have moved its lines at the start already.
    preview.needed_quote = match needed {
        Some(needed) => Some(needed.max(started.used()?)),
        None => None,
    };
    preview.break_even = break_even(&started, &setup)?;
    preview.round_profit = started.clone().round(price)?;
    let fallen = started.fall(price)?;
    preview.loss_at_stop = fallen.loss;
    preview.levels = fallen.levels;
    Ok(preview)
}

/// `cost / (quantity × (1 - taker fee))`, rounded up at 18 decimals.
fn break_even(started: &Probe, setup: &BotSetup) -> Result<Option<Amount>, PreviewError> {
    let position = started.position()?;
    if !position.quantity.is_positive() {
        return Ok(None);
    }
    let kept = Exact::of(position.quantity).times(Amount::ONE.minus(setup.terms.fees.taker)?)?;
    let kept = kept.rounded(MAX_DECIMALS, Rounding::Down)?;
    let price = Exact::of(position.cost).over(kept)?;
    Ok(Some(price.rounded(MAX_DECIMALS, Rounding::Up)?))
}
