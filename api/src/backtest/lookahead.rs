//! Whether a bot knows of a candle before it is there: the same run, cut off at several places, must have done the same until then.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash as _, Hasher as _},
};

use engine::spec::BacktestSpec;
use platform::time::{of_millis, to_wire};
use trading::{
    backtest::{BacktestError, run_with},
    candle::{Candle, CandleError},
    order::Millis,
    paper::{BotSlot, Event, Sink},
};

/// How many runs are cut off, at places of equal distance.
pub(super) const CUTS: u64 = 10;

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Every run did the same until it was cut off: so many decisions, orders and fills were compared.
    Same(usize),
    /// What a run did at this time hung on candles after it was cut off.
    Differs {
        /// Close time of its last candle.
        cut: Millis,
        /// When it first did something else.
        at: Millis,
    },
}

impl Found {
    /// For people.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Same(count) => format!(
                "No lookahead: {count} decisions, orders and fills are the same in {CUTS} runs that were cut off.\n"
            ),
            Self::Differs { cut, at } => format!(
                "Lookahead: cut off after {}, the bot does something else at {}.\n",
                to_wire(of_millis(*cut)),
                to_wire(of_millis(*at))
            ),
        }
    }
}

/// Everything that a bot said and that became of it: when, and a hash of what.
#[derive(Default)]
struct Trace {
    said: Vec<(Millis, u64)>,
    closes: Vec<Millis>,
}

impl Sink for Trace {
    fn receive(&mut self, at: Millis, _bot: BotSlot, event: Event<'_>) {
        let text = match event {
            Event::Input(_) => return,
            Event::Output(output) => format!("{output:?}"),
            Event::Placed(placed) => format!("{placed:?}"),
            Event::Update(update) => format!("{update:?}"),
            Event::Fill(intent, fill) => format!("{intent:?} {fill:?}"),
            Event::Failed(error) => format!("{error:?}"),
        };
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        self.said.push((at, hasher.finish()));
    }
}

fn trace<I>(spec: &BacktestSpec, candles: I) -> Result<Trace, BacktestError>
where
    I: Iterator<Item = Result<Candle, CandleError>>,
{
    let mut trace = Trace::default();
    let mut closes = Vec::new();
    let noted = candles.inspect(|candle| {
        if let Ok(candle) = candle {
            closes.push(candle.close_time);
        }
    });
    run_with(&spec.plan(), vec![noted], &mut trace)?;
    trace.closes = closes;
    Ok(trace)
}

/// Plays the candles that `open` gives whole, and then cut off at [`CUTS`] places.
///
/// # Errors
/// Those of `open`, and of a run.
pub(super) fn check<I, E>(
    spec: &BacktestSpec,
    mut open: impl FnMut() -> Result<I, E>,
) -> Result<Found, E>
where
    I: Iterator<Item = Result<Candle, CandleError>>,
    E: From<BacktestError>,
{
    let whole = trace(spec, open()?)?;
    for cut in 1..=CUTS {
        let all = u64::try_from(whole.closes.len()).unwrap_or(u64::MAX);
        let kept = usize::try_from(all.saturating_mul(cut) / (CUTS + 1)).unwrap_or(usize::MAX);
        let Some(last) = kept.checked_sub(1).and_then(|last| whole.closes.get(last)) else {
            continue;
        };
        let part = trace(spec, open()?.take(kept))?;
        let until = whole.said.iter().take_while(|(at, _)| at <= last);
        let (mut expected, mut found) = (until, part.said.iter());
        loop {
            match (expected.next(), found.next()) {
                (None, None) => break,
                (one, other) if one == other => {}
                (one, other) => {
                    let at = one.or(other).map_or(*last, |(at, _)| *at);
                    return Ok(Found::Differs { cut: *last, at });
                }
            }
        }
    }
    Ok(Found::Same(whole.said.len()))
}
