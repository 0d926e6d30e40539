//! What a bot would do if it were started now, found by starting it in a simulation: its orders are the kernel's own.

mod level;
mod probe;

use serde::Serialize;
use utoipa::ToSchema;

use crate::amount::{Amount, Exact, MAX_DECIMALS, Rounding};
use crate::bot::interval::{IntervalConfig, Schedule};
use crate::bot::{BotConfig, BotSetup, Budget, FieldCode, FieldError, Severity, assess};
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
    preview.needed_base = match &setup.bot {
        BotConfig::Grid(config) => Some(config.base_supplied),
        BotConfig::Dca(_) | BotConfig::DcaInterval(_) => Some(Amount::ZERO),
    };
    if let BotConfig::DcaInterval(config) = &setup.bot {
        preview.times = times(config, at);
    }
    let (setup, price) = at_its_start(setup, budget.price);
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

/// The setup with the conditions of its start met, and the price at which it starts.
fn at_its_start(setup: &BotSetup, now: Amount) -> (BotSetup, Amount) {
    let mut setup = setup.clone();
    let price = match &mut setup.bot {
        BotConfig::Grid(config) => config.trigger_price.take().unwrap_or(now),
        BotConfig::Dca(config) => {
            config.max_active_deals = 1;
            config.min_volume_24h = None;
            (config.min_price, config.max_price) = (None, None);
            now
        }
        BotConfig::DcaInterval(config) => {
            (config.min_price, config.max_price) = (None, None);
            now
        }
    };
    (setup, price)
}

/// `cost / (quantity × (1 - taker fee))`, rounded up at 18 decimals.
fn break_even(started: &Probe, setup: &BotSetup) -> Result<Option<Amount>, PreviewError> {
    let position = started.position()?;
    if !position.quantity.is_positive() {
        return Ok(None);
    }
    let kept = Exact::of(position.quantity).times(Amount::ONE.minus(setup.fees.taker)?)?;
    let kept = kept.rounded(MAX_DECIMALS, Rounding::Down)?;
    let price = Exact::of(position.cost).over(kept)?;
    Ok(Some(price.rounded(MAX_DECIMALS, Rounding::Up)?))
}

/// The next purchases of a schedule, as far as its end and its total allow.
fn times(config: &IntervalConfig, at: Millis) -> Vec<Millis> {
    let Ok(schedule) = Schedule::of(config) else {
        return Vec::new();
    };
    let mut times = Vec::new();
    let mut spent = Amount::ZERO;
    let mut after = at.max(config.start_at.map_or(i64::MIN, |start| start - 1));
    while times.len() < MOST_TIMES
        && let Ok(next) = schedule.next(after, false)
        && config.end_at.is_none_or(|end| next <= end)
    {
        match spent.plus(config.amount) {
            Ok(sum) if config.max_total.is_none_or(|most| sum <= most) => spent = sum,
            Ok(_) | Err(_) => break,
        }
        times.push(next);
        after = next;
    }
    times
}
