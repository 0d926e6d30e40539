//! `api backtest`: plays a bot over candles and says what it came to. Needs no server.

pub mod convert;
mod insight;
mod lookahead;
mod output;
mod progress;
mod range;
pub mod search;
mod source;
mod text;
mod trades;

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use engine::spec::{BacktestSpec, Candles, SpecError};
use serde_json::json;
use trading::{
    Symbol,
    backtest::{BacktestError, Excerpt},
    bot::{BotSetup, Budget, FeedCandles},
    preview::preview,
};

use self::{
    insight::{Insight, Market},
    output::{fields, printed, refused},
    source::SourceArgs,
};
use crate::decision::BotDecision;

/// What the command takes.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    /// Print what the bot would do at the first price, as JSON, and play nothing.
    #[arg(long)]
    plan: bool,
    /// Tell whether the bot knows of a candle before it is there: cuts the candles off at several places, and compares.
    #[arg(long, conflicts_with_all = ["json", "plan", "trades", "timerange"])]
    lookahead: bool,
    /// Write the fills, the first 100,000 of them, to a CSV file.
    #[arg(long, value_name = "FILE", conflicts_with = "plan")]
    trades: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When the report cannot be written. What the user got wrong goes to stderr, with exit code 2.
pub fn run(args: &BacktestArgs) -> anyhow::Result<ExitCode> {
    printed(report(args))
}

fn report(args: &BacktestArgs) -> anyhow::Result<String> {
    let spec: BacktestSpec = args.source.read("")?;
    let candles = args.source.open(&spec)?;
    if args.plan {
        return plan(args, &spec, candles);
    }
    let source = args.source.blamed();
    if args.lookahead {
        return lookahead(args, &spec, candles);
    }
    let mut candles = progress::shown(candles);
    let mut market = Market::default();
    let outcome = spec.play(args.source.range().within(&mut candles).inspect(|candle| {
        if let Ok(candle) = candle {
            market.see(candle);
        }
    }));
    let mended = candles.mended();
    drop(candles);
    let played = outcome.map_err(|error| match error {
        SpecError::Fields(found) => fields(
            &args.source.config,
            found
                .into_iter()
                .map(|finding| (finding.pointer, finding.message)),
        ),
        SpecError::Run(BacktestError::Candle { source: error, .. })
            if args.source.candles.is_none() =>
        {
            refused(source, &spec.candles.said(&error))
        }
        SpecError::Run(BacktestError::Candle { source: error, .. }) => refused(source, &error),
        SpecError::Run(error) => refused(source, &error),
    })?;
    let played = played.of_mended(mended, spec.market.tick_size);
    if let Some(path) = &args.trades {
        trades::write(&played, path)?;
    }
    let insight = Insight::of(&played, market)?;
    let (summary, notes) = (&played.summary, &played.warnings);
    let deals = &played.excerpt.deals;
    let decisions = decisions(&played.excerpt, &summary.symbol)?;
    let dropped = played.excerpt.decisions.dropped();
    if args.json {
        let whole = json!({
            "summary": summary, "deals": deals.kept(), "dropped_deals": deals.dropped(), "warnings": notes,
            "decisions": decisions, "dropped_decisions": dropped, "insight": insight,
        });
        return Ok(format!("{}\n", serde_json::to_string_pretty(&whole)?));
    }
    Ok(text::table(summary, &insight, notes) + &text::log(&decisions, dropped))
}

/// Whether the bot knows of a candle before it is there.
fn lookahead(args: &BacktestArgs, spec: &BacktestSpec, first: Candles) -> anyhow::Result<String> {
    let source = args.source.blamed();
    // What is wrong with the request is told as without it.
    spec.measure(first).map_err(|error| match error {
        SpecError::Fields(found) => {
            let found = found.into_iter();
            fields(
                &args.source.config,
                found.map(|one| (one.pointer, one.message)),
            )
        }
        SpecError::Run(error) => refused(source, &error),
    })?;
    let found = lookahead::check(spec, || args.source.open(spec))?;
    Ok(found.sentence())
}

/// What the bot would do if it were started at the first price.
fn plan(args: &BacktestArgs, spec: &BacktestSpec, candles: Candles) -> anyhow::Result<String> {
    let source = args.source.blamed();
    let mut candles = args.source.range().within(candles);
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
