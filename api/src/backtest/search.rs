//! `api search`: plays every combination of values over candles and ranks them. Needs no server.

use std::{fmt::Write as _, process::ExitCode};

use clap::Args;
use engine::spec::{
    MOST_COMBINATIONS, Ranked, RefusedCombination, SearchResult, SearchSpec, SpecError,
};
use serde_json::Value;
use trading::bot::FieldError;

use super::{
    output::{fields, printed, refused},
    source::SourceArgs,
    text,
};

/// What the command takes.
#[derive(Debug, Args)]
pub struct SearchArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command; the configuration is the body of `POST /api/v1/backtests/search`.
///
/// # Errors
/// When the result cannot be written. What the user got wrong goes to stderr, with exit code 2.
pub fn run(args: &SearchArgs) -> anyhow::Result<ExitCode> {
    printed(report(args))
}

fn report(args: &SearchArgs) -> anyhow::Result<String> {
    let search: SearchSpec = args.source.read("/backtest")?;
    let count = search.combinations();
    if count > MOST_COMBINATIONS {
        let message = format!("make {count} combinations, of which {MOST_COMBINATIONS} are played");
        return Err(wrong(args, "/fields", &message));
    }
    let mut found = SearchResult::default();
    for combination in 0..count {
        let values = search.values(combination);
        let owned = || values.iter().copied().cloned().collect();
        let spec = search
            .with(search.fields.iter().zip(values.iter().copied()))
            .map_err(|error| wrong(args, "/fields", &error))?;
        let candles = args.source.range().within(args.source.open(&spec)?);
        let mut summary = match spec.measure(candles) {
            Ok(summary) => summary,
            Err(SpecError::Fields(findings)) => {
                let values = owned();
                found.refused += 1;
                found.refusals.push(RefusedCombination { values, findings });
                continue;
            }
            Err(SpecError::Run(error)) => return Err(refused(args.source.blamed(), &error)),
        };
        found.played += 1;
        summary.equity.clear();
        found.best.push(Ranked {
            values: owned(),
            figure: search.rank_by.of(&summary),
            summary,
        });
        search.rank(&mut found.best);
    }
    if args.json {
        return Ok(format!("{}\n", serde_json::to_string_pretty(&found)?));
    }
    Ok(table(&search, &found))
}

fn wrong(args: &SearchArgs, pointer: &str, message: &dyn std::fmt::Display) -> anyhow::Error {
    let found = (pointer.to_owned(), message.to_string());
    fields(&args.source.config, std::iter::once(found))
}

fn table(search: &SearchSpec, found: &SearchResult) -> String {
    let mut out = String::new();
    let ranked_by = text::word(&search.rank_by);
    let _ = writeln!(
        out,
        "{} combinations played, {} refused; the best by {ranked_by}\n",
        found.played, found.refused
    );
    let _ = writeln!(
        out,
        "{:>4} {:>14} {:>14} {:>9} {:>7}  values",
        "", ranked_by, "profit", "drawdown", "trades"
    );
    for (place, ranked) in (1..).zip(&found.best) {
        let figures = &ranked.summary.figures;
        let _ = writeln!(
            out,
            "{place:>4} {:>14} {:>14} {:>9} {:>7}  {}",
            text::sum(ranked.figure),
            text::sum(Some(figures.profit)),
            text::percent(figures.drawdown.ratio),
            figures.trades.count,
            said(search, &ranked.values),
        );
    }
    for refusal in &found.refusals {
        let why: Vec<String> = refusal.findings.iter().map(why).collect();
        let values = said(search, &refusal.values);
        let _ = writeln!(out, "\nrefused: {values}: {}", why.join("; "));
    }
    out
}

fn why(finding: &FieldError) -> String {
    format!("{} {}", finding.pointer, finding.message)
}

fn said(search: &SearchSpec, values: &[Value]) -> String {
    let pairs: Vec<String> = search
        .fields
        .iter()
        .zip(values)
        .map(|(field, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            format!("{}={value}", field.pointer.trim_start_matches('/'))
        })
        .collect();
    pairs.join(" ")
}
