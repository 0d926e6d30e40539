//! `api backtest`: plays a bot over candles and says what it came to. Needs no server.

mod lookahead;
mod progress;
mod text;

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use engine::spec::{BacktestSpec, Candles, FeedDir, SpecError};
use serde_json::{Value, json};
use trading::{
    Symbol,
    backtest::{BacktestError, Excerpt},
    bot::{BotSetup, Budget, FeedCandles},
    preview::preview,
};

use crate::{decision::BotDecision, schema};

/// Exit code of a configuration or a candle file that is refused.
const REFUSED: u8 = 2;

/// What the command takes.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// JSON file with `symbol`, `config` and `balances`, and where wanted `fees`, `market`, `point_order`, `signals` and `candles`.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// CSV file of candles, plain, gzipped or alone in a zip archive, in place of those that the configuration names.
    #[arg(long, value_name = "FILE", conflicts_with = "synthetic")]
    candles: Option<PathBuf>,
    /// Seed of a made-up market, in place of the candles that the configuration names.
    #[arg(long, value_name = "SEED", requires = "minutes", value_parser = clap::value_parser!(u64).range(..=9_007_199_254_740_991))]
    synthetic: Option<u64>,
    /// Length of the made-up market in candles of one minute.
    #[arg(long, value_name = "N", requires = "synthetic", value_parser = clap::value_parser!(u32).range(1..=5_256_000))]
    minutes: Option<u32>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    /// Print what the bot would do at the first price, as JSON, and play nothing.
    #[arg(long)]
    plan: bool,
    /// Tell whether the bot knows of a candle before it is there: cuts the candles off at several places, and compares.
    #[arg(long, conflicts_with_all = ["json", "plan"])]
    lookahead: bool,
}

/// Why there is no report, in the user's terms.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{}: {message}", file.display())]
    File { file: PathBuf, message: String },
    #[error("{}", lines.join("\n"))]
    Fields { lines: Vec<String> },
}

/// Runs the command.
///
/// # Errors
/// When the report cannot be written. What the user got wrong goes to stderr, with exit code 2.
pub fn run(args: &BacktestArgs) -> anyhow::Result<ExitCode> {
    match report(args) {
        Ok(report) => {
            io::stdout().write_all(report.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if error.is::<Refused>() => {
            writeln!(io::stderr(), "{error}")?;
            Ok(ExitCode::from(REFUSED))
        }
        Err(error) => Err(error),
    }
}

fn report(args: &BacktestArgs) -> anyhow::Result<String> {
    let spec = read_spec(args)?;
    let mut candles = open(args, &spec)?;
    if args.plan {
        return plan(args, &spec, &mut candles);
    }
    let source = args.candles.as_deref().unwrap_or(&args.config);
    if args.lookahead {
        return lookahead(args, &spec, candles);
    }
    let mut candles = progress::shown(candles);
    let outcome = spec.play(&mut candles);
    let mended = candles.mended();
    drop(candles);
    let played = outcome.map_err(|error| match error {
        SpecError::Fields(found) => fields(
            &args.config,
            found
                .into_iter()
                .map(|finding| (finding.pointer, finding.message)),
        ),
        SpecError::Run(BacktestError::Candle { source: error, .. }) if args.candles.is_none() => {
            refused(source, &spec.candles.said(&error))
        }
        SpecError::Run(BacktestError::Candle { source: error, .. }) => refused(source, &error),
        SpecError::Run(error) => refused(source, &error),
    })?;
    let played = played.of_mended(mended, spec.market.tick_size);
    let (summary, notes) = (&played.summary, &played.warnings);
    let deals = &played.excerpt.deals;
    let decisions = decisions(&played.excerpt, &summary.symbol)?;
    let dropped = played.excerpt.decisions.dropped();
    if args.json {
        let whole = json!({
            "summary": summary, "deals": deals.kept(), "dropped_deals": deals.dropped(), "warnings": notes,
            "decisions": decisions, "dropped_decisions": dropped,
        });
        return Ok(format!("{}\n", serde_json::to_string_pretty(&whole)?));
    }
    Ok(text::table(summary, notes) + &text::log(&decisions, dropped))
}

/// Whether the bot knows of a candle before it is there.
fn lookahead(args: &BacktestArgs, spec: &BacktestSpec, first: Candles) -> anyhow::Result<String> {
    let source = args.candles.as_deref().unwrap_or(&args.config);
    // What is wrong with the request is told as without it.
    spec.measure(first).map_err(|error| match error {
        SpecError::Fields(found) => {
            let found = found.into_iter();
            fields(&args.config, found.map(|one| (one.pointer, one.message)))
        }
        SpecError::Run(error) => refused(source, &error),
    })?;
    let found = lookahead::check(spec, || open(args, spec))?;
    Ok(found.sentence())
}

/// What the bot would do if it were started at the first price.
fn plan(args: &BacktestArgs, spec: &BacktestSpec, candles: &mut Candles) -> anyhow::Result<String> {
    let source = args.candles.as_deref().unwrap_or(&args.config);
    let candle = candles
        .next()
        .ok_or_else(|| refused(source, &BacktestError::Empty))?
        .map_err(|error| refused(source, &error))?;
    let free = |asset| Some(spec.balances.get(asset).copied().unwrap_or_default());
    let budget = Budget {
        price: candle.open,
        free_quote: free(spec.symbol.quote()),
        free_base: free(spec.symbol.base()),
        candles: FeedCandles::Every(candle.duration()),
    };
    let setup = BotSetup::paper(
        spec.config.clone(),
        spec.market.market(spec.symbol.clone()),
        spec.fees,
    );
    let preview = preview(&setup, &budget, candle.open_time)?;
    Ok(format!("{}\n", serde_json::to_string_pretty(&preview)?))
}

/// What the bot decided, in order.
fn decisions(excerpt: &Excerpt, symbol: &Symbol) -> Result<Vec<BotDecision>, serde_json::Error> {
    (1..)
        .zip(excerpt.decisions.kept())
        .map(|(id, (at, decision))| BotDecision::of_backtest(id, *at, decision, symbol))
        .collect()
}

fn refused(file: &Path, message: &dyn std::fmt::Display) -> anyhow::Error {
    let (file, message) = (file.to_owned(), message.to_string());
    Refused::File { file, message }.into()
}

fn fields(file: &Path, found: impl Iterator<Item = (String, String)>) -> anyhow::Error {
    let lines = found
        .map(|(pointer, message)| format!("{}: {pointer} {message}", file.display()))
        .collect();
    Refused::Fields { lines }.into()
}

fn read_spec(args: &BacktestArgs) -> anyhow::Result<BacktestSpec> {
    let text = fs::read(&args.config).map_err(|error| refused(&args.config, &error))?;
    let mut body = schema::json::parse(&text).map_err(|error| refused(&args.config, &error))?;
    if let (Some(source), Some(object)) = (named_source(args), body.as_object_mut()) {
        object.insert("candles".to_owned(), source);
    }
    let found = schema::schema_of::<BacktestSpec>()?.check(&body, "");
    if !found.is_empty() {
        let found = found
            .into_iter()
            .map(|error| (error.pointer, error.message.into_owned()));
        return Err(fields(&args.config, found));
    }
    serde_json::from_value(body).map_err(|error| refused(&args.config, &error))
}

/// What stands for the arguments in the configuration.
fn named_source(args: &BacktestArgs) -> Option<Value> {
    match (&args.candles, args.synthetic, args.minutes) {
        // Opened by its path; the name only has to be one.
        (Some(_), ..) => Some(json!({ "kind": "file", "name": "candles.csv" })),
        (None, Some(seed), Some(minutes)) => {
            Some(json!({ "kind": "synthetic", "seed": seed, "candles": minutes }))
        }
        _ => None,
    }
}

fn open(args: &BacktestArgs, spec: &BacktestSpec) -> anyhow::Result<Candles> {
    if let Some(path) = &args.candles {
        let file = File::open(path).map_err(|error| refused(path, &error))?;
        let about = file
            .metadata()
            .with_context(|| path.display().to_string())?;
        if !about.is_file() {
            return Err(refused(path, &"not a file"));
        }
        return Candles::of_file(file, spec.market.tick_size)
            .map_err(|error| refused(path, &error));
    }
    let beside = args.config.parent().map(Path::to_owned);
    spec.candles
        .open(&FeedDir(beside), spec.market.tick_size)
        .map_err(|error| refused(&args.config, &format_args!("/candles {error}")))
}
