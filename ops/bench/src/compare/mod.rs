//! The kernel beside other backtesters, all on the same candles, each in a process of its own on the same core.

pub(crate) mod ours;

use std::{
    collections::BTreeMap,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};
use trading::candle::SyntheticMarket;

use crate::report;

/// How this kernel is called.
const OURS: &str = "this kernel";

/// What to compare.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Who else, and the interpreter that has it installed.
    #[arg(long = "other", value_name = "NAME=PYTHON", value_parser = other)]
    others: Vec<Other>,
    /// The directory of their programs.
    #[arg(long)]
    programs: PathBuf,
    /// Made-up minutes to play.
    #[arg(long, default_value_t = 250_000)]
    candles: usize,
    /// Rounds that count.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// The core that they share, one at a time.
    #[arg(long, default_value_t = 0)]
    core: usize,
}

/// Another backtester.
#[derive(Clone, Debug)]
struct Other {
    name: String,
    python: PathBuf,
}

fn other(text: &str) -> Result<Other, String> {
    let (name, python) = text.split_once('=').ok_or("it is NAME=PYTHON")?;
    Ok(Other {
        name: name.to_owned(),
        python: python.into(),
    })
}

/// What everybody plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Strategy {
    /// Buys for 100, sells 1 % above after fees or 2 % below, and again.
    Deals,
    /// Buys for 100 once a day.
    Interval,
}

impl Strategy {
    const fn name(self) -> &'static str {
        match self {
            Self::Deals => "deals",
            Self::Interval => "interval",
        }
    }

    /// freqtrade has no purchases by the clock: its trades begin with signals.
    fn suits(self, other: &Other) -> bool {
        self == Self::Deals || other.name != "freqtrade"
    }
}

/// What a round took, without loading anything.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Round {
    pub(crate) seconds: f64,
    /// Closed trades, or purchases that nothing closes.
    pub(crate) trades: u64,
}

/// One of those who are compared: it answers every line with a round.
struct Contender {
    name: String,
    ask: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Contender {
    fn start(name: &str, mut command: Command) -> Result<Self> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{name} does not start"))?;
        Ok(Self {
            name: name.to_owned(),
            ask: process.stdin.take().context("its input")?,
            answers: BufReader::new(process.stdout.take().context("its output")?).lines(),
            _process: process,
        })
    }

    async fn round(&mut self) -> Result<Round> {
        self.ask.write_all(b"\n").await?;
        let answer = self.answers.next_line().await?;
        let answer = answer.with_context(|| format!("{} ended", self.name))?;
        serde_json::from_str(&answer).with_context(|| format!("{}: {answer}", self.name))
    }
}

/// Plays every strategy in turns: a round that does not count, then `rounds` that do.
///
/// # Errors
/// When one of them does not start, or fails.
pub(crate) async fn run(args: &CompareArgs) -> Result<()> {
    let file = tempfile::NamedTempFile::with_suffix(".csv")?;
    write_candles(file.path(), args.candles)?;
    for strategy in Strategy::value_variants() {
        let mut contenders = vec![Contender::start(OURS, ours(args, file.path(), *strategy)?)?];
        for other in args.others.iter().filter(|other| strategy.suits(other)) {
            let command = theirs(args, file.path(), *strategy, other);
            contenders.push(Contender::start(&other.name, command)?);
        }
        let mut seconds: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let mut trades = BTreeMap::new();
        for round in 0..=args.rounds {
            for contender in &mut contenders {
                let played = contender.round().await?;
                trades.insert(contender.name.clone(), played.trades);
                if round > 0 {
                    seconds
                        .entry(contender.name.clone())
                        .or_default()
                        .push(played.seconds);
                }
            }
        }
        let median = |name: &str| report::median(seconds.get(name).cloned().unwrap_or_default());
        let rows: Vec<_> = contenders
            .iter()
            .map(|Contender { name, .. }| {
                #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
                let rate = args.candles as f64 / median(name);
                vec![
                    name.clone(),
                    format!("{rate:.0}"),
                    format!("{:.1}", median(name) / median(OURS)),
                    trades.get(name).map(u64::to_string).unwrap_or_default(),
                ]
            })
            .collect();
        let title = format!(
            "Backtest of {} on one core, {} candles, {} rounds",
            strategy.name(),
            args.candles,
            args.rounds
        );
        report::table(
            &title,
            &["", "candles a second", "times as long", "trades"],
            &rows,
        )?;
    }
    Ok(())
}

/// A command that stays on the core.
fn pinned(args: &CompareArgs, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.arg("-c").arg(args.core.to_string()).arg(program);
    command
}

fn ours(args: &CompareArgs, candles: &Path, strategy: Strategy) -> Result<Command> {
    let mut command = pinned(args, &std::env::current_exe()?);
    command.arg("contender").arg(candles).arg(strategy.name());
    Ok(command)
}

fn theirs(args: &CompareArgs, candles: &Path, strategy: Strategy, other: &Other) -> Command {
    let mut command = pinned(args, &other.python);
    command
        .arg(args.programs.join(format!("{}.py", other.name)))
        .arg(candles)
        .arg(strategy.name());
    command
}

/// The same walk around 100 that `api backtest --synthetic 1` plays, as a file that everybody reads.
fn write_candles(path: &Path, count: usize) -> Result<()> {
    let market = SyntheticMarket::new(
        1,
        "100".parse()?,
        "0.01".parse()?,
        1_704_067_200_000,
        60_000,
    )?;
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    writeln!(file, "open_time,open,high,low,close,volume,close_time")?;
    for candle in market.take(count) {
        writeln!(
            file,
            "{},{},{},{},{},{},{}",
            candle.open_time,
            candle.open,
            candle.high,
            candle.low,
            candle.close,
            candle.volume,
            candle.close_time
        )?;
    }
    Ok(file.flush()?)
}
