//! `api candles convert`: candles of other programs as a file that backtests and paper accounts read.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use engine::spec::{Candles, Interval};
use serde_json::value::RawValue;
use trading::{
    Amount,
    amount::AmountError,
    candle::{Candle, CandleError, CandleReader},
};

use super::{
    output::{printed, refused},
    range::TimeRange,
    source::open_file,
};

const HEADER: &str = "open_time,open,high,low,close,volume,close_time";

/// What can be done with candles.
#[derive(Debug, Subcommand)]
pub enum CandlesCommand {
    /// Write candles of other programs as a CSV file that backtests read, longer ones or a part of them where wanted.
    Convert(ConvertArgs),
}

/// What the command takes.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// CSV as exchanges and ccxt write it, plain, gzipped or alone in a zip archive; or freqtrade's JSON.
    from: PathBuf,
    /// The file that is written.
    to: PathBuf,
    /// Length of the candles that are written, such as `1h`; the same as those that are read unless said otherwise.
    #[arg(long, value_name = "INTERVAL", value_parser = interval)]
    interval: Option<Interval>,
    /// Only the candles of a time, as of `api backtest`.
    #[arg(long, value_name = "FROM-TO", allow_hyphen_values = true)]
    timerange: Option<TimeRange>,
}

fn interval(text: &str) -> Result<Interval, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

/// Runs the command.
///
/// # Errors
/// When the report cannot be written. What the user got wrong goes to stderr, with exit code 2.
pub fn run(command: &CandlesCommand) -> anyhow::Result<ExitCode> {
    let CandlesCommand::Convert(args) = command;
    printed(convert(args))
}

fn convert(args: &ConvertArgs) -> anyhow::Result<String> {
    let failed = |error: io::Error| refused(&args.to, &error);
    let candles: Box<dyn Iterator<Item = Result<Candle, CandleError>>> = if is_json(&args.from)? {
        Box::new(CandleReader::new(io::Cursor::new(rows_of_json(
            &args.from,
        )?)))
    } else {
        let file = open_file(&args.from)?;
        let candles = Candles::of_file(file, Amount::ZERO);
        Box::new(candles.map_err(|error| refused(&args.from, &error))?)
    };
    let mut written = Written {
        out: BufWriter::new(File::create(&args.to).map_err(failed)?),
        count: 0,
    };
    writeln!(written.out, "{HEADER}").map_err(failed)?;
    let mut longer = args.interval.map(Longer::of);
    for candle in args.timerange.unwrap_or_default().within(candles) {
        let candle = candle.map_err(|error| refused(&args.from, &error))?;
        match &mut longer {
            None => written.put(&candle).map_err(failed)?,
            Some(longer) => {
                let whole = longer
                    .add(&candle)
                    .map_err(|error| refused(&args.from, &error))?;
                if let Some(whole) = whole {
                    written.put(&whole).map_err(failed)?;
                }
            }
        }
    }
    let mut left_out = 0;
    if let Some(longer) = &mut longer {
        if let Some(whole) = longer.end() {
            written.put(&whole).map_err(failed)?;
        }
        left_out = longer.left_out;
    }
    written.out.flush().map_err(failed)?;
    let note = match left_out {
        0 => String::new(),
        some => format!(", {some} left out that begin or end in a gap"),
    };
    Ok(format!("{} candles written{note}\n", written.count))
}

struct Written {
    out: BufWriter<File>,
    count: u64,
}

impl Written {
    fn put(&mut self, candle: &Candle) -> io::Result<()> {
        self.count += 1;
        writeln!(
            self.out,
            "{},{},{},{},{},{},{}",
            candle.open_time,
            candle.open,
            candle.high,
            candle.low,
            candle.close,
            candle.volume,
            candle.close_time,
        )
    }
}

fn is_json(path: &Path) -> anyhow::Result<bool> {
    let mut file = open_file(path)?;
    let mut first = [0];
    let read = io::Read::read(&mut file, &mut first).map_err(|error| refused(path, &error))?;
    Ok(read == 1 && first == *b"[")
}

/// Rows of `[time, open, high, low, close, volume]`, their numbers as they are written.
fn rows_of_json(path: &Path) -> anyhow::Result<Vec<u8>> {
    let text = fs::read_to_string(path).map_err(|error| refused(path, &error))?;
    let rows: Vec<Vec<&RawValue>> =
        serde_json::from_str(&text).map_err(|error| refused(path, &error))?;
    let lines = rows.iter().map(|row| {
        let fields: Vec<&str> = row.iter().map(|field| field.get()).collect();
        fields.join(",") + "\n"
    });
    Ok(lines.collect::<String>().into_bytes())
}

/// Candles put together to longer ones, on the raster of UTC. One that begins or ends in a gap is left out.
struct Longer {
    millis: i64,
    open: Option<Candle>,
    left_out: u64,
}

impl Longer {
    fn of(interval: Interval) -> Self {
        Self {
            millis: interval.millis(),
            open: None,
            left_out: 0,
        }
    }

    /// Takes the next candle, and gives the one that ended before it.
    fn add(&mut self, candle: &Candle) -> Result<Option<Candle>, LongerError> {
        if candle.duration() > self.millis || self.millis % candle.duration() != 0 {
            return Err(LongerError::Shorter);
        }
        let begins = candle.open_time - candle.open_time.rem_euclid(self.millis);
        match &mut self.open {
            Some(open)
                if candle.open_time < open.open_time + self.millis && begins <= open.open_time =>
            {
                open.high = open.high.max(candle.high);
                open.low = open.low.min(candle.low);
                open.close = candle.close;
                open.close_time = candle.close_time;
                open.volume = open.volume.plus(candle.volume)?;
                Ok(None)
            }
            _ => {
                let ended = self.end();
                self.open = Some(*candle);
                Ok(ended)
            }
        }
    }

    fn end(&mut self) -> Option<Candle> {
        let candle = self.open.take()?;
        let is_whole =
            candle.open_time.rem_euclid(self.millis) == 0 && candle.duration() == self.millis;
        if !is_whole {
            self.left_out += 1;
        }
        is_whole.then_some(candle)
    }
}

#[derive(Debug, thiserror::Error)]
enum LongerError {
    #[error("these candles are no parts of the length that is wanted")]
    Shorter,
    #[error(transparent)]
    Amount(#[from] AmountError),
}
