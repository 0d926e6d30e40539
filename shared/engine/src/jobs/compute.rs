//! The computation itself. Touches no database.

use std::io::{self, Write};

use serde::de::DeserializeOwned;
use serde_json::Value;
use store::backtests::{JobError, JobErrorCode, JobKind};
use trading::{
    backtest::BacktestError,
    candle::{Candle, CandleError},
};

use super::message::{Message, Reporter};
use crate::spec::{
    BacktestSpec, CandleSource, Candles, FeedDir, Meter, Played, Ranked, SearchResult, SearchSpec,
    SourceError, SpecError,
};

/// Candles between two progress messages.
const EVERY: u32 = 1_024;

/// The longest message that is kept, in characters.
const MOST_WORDS: usize = 2_000;

/// Fills in one message.
const TRADES_AT_ONCE: usize = 1_000;

/// Computes a job and sends its result.
///
/// # Errors
/// When the engine no longer reads.
pub(super) fn compute(
    kind: JobKind,
    spec: &Value,
    dir: &FeedDir,
    reporter: &mut Reporter<impl Write>,
) -> io::Result<()> {
    let result = match kind {
        JobKind::Backtest => match backtest(spec, dir, reporter) {
            Ok(played) => {
                send_trades(&played, reporter)?;
                serde_json::to_value(played.result()).map_err(|error| unknown(&error))
            }
            Err(error) => Err(error),
        },
        JobKind::Search => search(spec, dir, reporter)
            .and_then(|found| serde_json::to_value(found).map_err(|error| unknown(&error))),
    };
    // After a run that ended because the engine no longer reads, this fails too.
    reporter.send(&result.map_or_else(Message::Failed, Message::Finished))
}

fn send_trades(played: &Played, reporter: &mut Reporter<impl Write>) -> io::Result<()> {
    let mut trades = played.trades().peekable();
    while trades.peek().is_some() {
        let some = trades.by_ref().take(TRADES_AT_ONCE);
        reporter.send(&Message::Trades(some.collect::<Result<_, _>>()?))?;
    }
    Ok(())
}

fn backtest(
    spec: &Value,
    dir: &FeedDir,
    reporter: &mut Reporter<impl Write>,
) -> Result<Played, JobError> {
    let spec: BacktestSpec = read(spec)?;
    let mut candles = Watched::open(&spec, dir, reporter, (0, 1))?;
    let played = spec
        .play(&mut candles)
        .map_err(|error| refused(&spec.candles, &error))?;
    Ok(played.of_mended(candles.candles.mended(), spec.market.tick_size))
}

fn search(
    spec: &Value,
    dir: &FeedDir,
    reporter: &mut Reporter<impl Write>,
) -> Result<SearchResult, JobError> {
    let search: SearchSpec = read(spec)?;
    let count = search.combinations();
    let mut found = SearchResult::default();
    for combination in 0..count {
        let values = search.values(combination);
        let spec = match search.with(search.fields.iter().zip(values.iter().copied())) {
            Ok(spec) => spec,
            Err(error) => {
                found.refuse(&values, vec![error.finding()]);
                continue;
            }
        };
        let mut candles = Watched::open(&spec, dir, reporter, (combination, count))?;
        let outcome = spec.measure(&mut candles);
        if candles.is_disconnected {
            break;
        }
        let mut summary = match outcome {
            Ok(summary) => summary,
            Err(SpecError::Fields(findings)) => {
                found.refuse(&values, findings);
                continue;
            }
            Err(error) => return Err(refused(&spec.candles, &error)),
        };
        found.played += 1;
        summary.equity.clear();
        found.best.push(Ranked {
            values: values.into_iter().cloned().collect(),
            figure: search.rank_by.of(&summary),
            summary,
        });
        search.rank(&mut found.best);
    }
    Ok(found)
}

/// Candles that report the progress of a run, and end when the engine no longer reads it.
struct Watched<'a, W> {
    candles: Candles,
    meter: Meter,
    reporter: &'a mut Reporter<W>,
    is_disconnected: bool,
    until_look: u32,
    /// Which of how many runs.
    run: (usize, usize),
}

impl<'a, W: Write> Watched<'a, W> {
    fn open(
        spec: &BacktestSpec,
        dir: &FeedDir,
        reporter: &'a mut Reporter<W>,
        run: (usize, usize),
    ) -> Result<Self, JobError> {
        let candles = spec
            .candles
            .open(dir, spec.market.tick_size)
            .map_err(|error: SourceError| failed(JobErrorCode::UnusableCandles, &error))?;
        let mut watched = Self {
            meter: candles.meter(),
            candles,
            reporter,
            is_disconnected: false,
            until_look: EVERY,
            run,
        };
        watched.look();
        Ok(watched)
    }

    fn look(&mut self) {
        self.until_look = EVERY;
        let (run, runs) = self.run;
        let percent = (run * 100 + usize::from(self.meter.percent())) / runs.max(1);
        let percent = u8::try_from(percent).unwrap_or(100);
        // Sent even where it is unchanged: a failed write shows that the engine is gone.
        self.is_disconnected |= self.reporter.send(&Message::Progress(percent)).is_err();
    }
}

impl<W: Write> Iterator for Watched<'_, W> {
    type Item = Result<Candle, CandleError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.until_look -= 1;
        if self.until_look == 0 {
            self.look();
        }
        if self.is_disconnected {
            return None;
        }
        self.candles.next()
    }
}

/// A request of this or an earlier version.
fn read<T: DeserializeOwned>(spec: &Value) -> Result<T, JobError> {
    serde_json::from_value(spec.clone()).map_err(|error| unknown(&error))
}

fn unknown(error: &serde_json::Error) -> JobError {
    failed(JobErrorCode::Invalid, error)
}

fn refused(candles: &CandleSource, error: &SpecError) -> JobError {
    match error {
        SpecError::Fields(found) => {
            let lines: Vec<String> = found
                .iter()
                .map(|finding| format!("{} {}", finding.pointer, finding.message))
                .collect();
            failed(JobErrorCode::Invalid, &lines.join("; "))
        }
        SpecError::Run(BacktestError::Candle { source, .. }) => {
            failed(JobErrorCode::UnusableCandles, &candles.said(source))
        }
        SpecError::Run(error @ BacktestError::Empty) => {
            failed(JobErrorCode::UnusableCandles, &candles.said(error))
        }
        SpecError::Run(error @ (BacktestError::Plan | BacktestError::MixedQuotes)) => {
            failed(JobErrorCode::Invalid, error)
        }
        SpecError::Run(
            error @ (BacktestError::Session(_)
            | BacktestError::Account(_)
            | BacktestError::Amount(_)),
        ) => failed(JobErrorCode::Calculation, error),
    }
}

fn failed(code: JobErrorCode, message: &dyn std::fmt::Display) -> JobError {
    JobError {
        code,
        message: message.to_string().chars().take(MOST_WORDS).collect(),
    }
}
