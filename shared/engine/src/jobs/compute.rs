//! The computation itself, on a thread of its own. Touches no database.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};

use serde::de::DeserializeOwned;
use serde_json::Value;
use store::backtests::{
    JobError, JobErrorCode, JobKind,
    jobs::{Claimed, Outcome},
};
use trading::{
    backtest::BacktestError,
    candle::{Candle, CandleError},
};

use crate::spec::{
    BacktestSpec, CandleSource, Candles, FeedDir, Meter, Ranked, SearchResult, SearchSpec,
    SourceError, SpecError,
};

/// Candles between two looks at the meter.
const EVERY: u32 = 1_024;

/// The longest message that is kept, in characters.
const MOST_WORDS: usize = 2_000;

/// What the thread and whoever waits for it tell each other.
#[derive(Debug, Default)]
pub(super) struct Watch {
    is_unwanted: AtomicBool,
    percent: AtomicU8,
}

impl Watch {
    /// Nobody wants the result any more: ends before the next candle.
    pub(super) fn abandon(&self) {
        self.is_unwanted.store(true, Relaxed);
    }

    pub(super) fn percent(&self) -> u8 {
        self.percent.load(Relaxed)
    }
}

/// Computes a job; nothing when it was abandoned.
pub(super) fn compute(job: &Claimed, dir: &FeedDir, watch: &Watch) -> Option<Outcome> {
    let outcome = match job.kind {
        JobKind::Backtest => backtest(&job.spec, dir, watch),
        JobKind::Search => search(&job.spec, dir, watch),
    };
    // A run that ended early looks like one over fewer candles.
    if watch.is_unwanted.load(Relaxed) {
        return None;
    }
    Some(outcome.unwrap_or_else(Outcome::Failed))
}

fn backtest(spec: &Value, dir: &FeedDir, watch: &Watch) -> Result<Outcome, JobError> {
    let spec: BacktestSpec = read(spec)?;
    let mut candles = Watched::open(&spec, dir, watch, (0, 1))?;
    let played = spec
        .play(&mut candles)
        .map_err(|error| refused(&spec.candles, &error))?
        .of_mended(candles.candles.mended(), spec.market.tick_size);
    let (result, trades) = played.kept().map_err(|error| unknown(&error))?;
    let result = serde_json::to_value(result).map_err(|error| unknown(&error))?;
    Ok(Outcome::Finished { result, trades })
}

fn search(spec: &Value, dir: &FeedDir, watch: &Watch) -> Result<Outcome, JobError> {
    let search: SearchSpec = read(spec)?;
    let count = search.combinations();
    let mut found = SearchResult::default();
    for combination in 0..count {
        if watch.is_unwanted.load(Relaxed) {
            break;
        }
        let values = search.values(combination);
        let spec = match search.with(search.fields.iter().zip(values.iter().copied())) {
            Ok(spec) => spec,
            Err(error) => {
                found.refuse(&values, vec![error.finding()]);
                continue;
            }
        };
        let candles = Watched::open(&spec, dir, watch, (combination, count))?;
        let mut summary = match spec.play(candles) {
            Ok(run) => run.summary,
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
    let result = serde_json::to_value(found).map_err(|error| unknown(&error))?;
    Ok(Outcome::Finished {
        result,
        trades: Vec::new(),
    })
}

/// Candles that stop when nobody wants them any more, and say how far they are.
struct Watched<'a> {
    candles: Candles,
    meter: Meter,
    watch: &'a Watch,
    until_look: u32,
    /// Which of how many runs.
    run: (usize, usize),
}

impl<'a> Watched<'a> {
    fn open(
        spec: &BacktestSpec,
        dir: &FeedDir,
        watch: &'a Watch,
        run: (usize, usize),
    ) -> Result<Self, JobError> {
        let candles = spec
            .candles
            .open(dir, spec.market.tick_size)
            .map_err(|error: SourceError| failed(JobErrorCode::UnusableCandles, &error))?;
        Ok(Self {
            meter: candles.meter(),
            candles,
            watch,
            until_look: EVERY,
            run,
        })
    }

    fn look(&mut self) {
        self.until_look = EVERY;
        let (run, runs) = self.run;
        let percent = (run * 100 + usize::from(self.meter.percent())) / runs.max(1);
        let percent = u8::try_from(percent).unwrap_or(100);
        self.watch.percent.store(percent, Relaxed);
    }
}

impl Iterator for Watched<'_> {
    type Item = Result<Candle, CandleError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.watch.is_unwanted.load(Relaxed) {
            return None;
        }
        self.until_look -= 1;
        if self.until_look == 0 {
            self.look();
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
