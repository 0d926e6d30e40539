//! This kernel as one of those who are compared.

use std::{fs::File, io, path::PathBuf, time::Instant};

use anyhow::Result;
use clap::Args;
use engine::spec::BacktestSpec;
use serde_json::json;
use trading::candle::{Candle, CandleReader};

use super::{Round, Strategy};
use crate::report;

/// What to play.
#[derive(Debug, Args)]
pub(crate) struct ContenderArgs {
    candles: PathBuf,
    strategy: Strategy,
}

/// Answers every line on standard input with a round.
///
/// # Errors
/// When the candles cannot be read, or played.
pub(crate) fn serve(args: &ContenderArgs) -> Result<()> {
    let config = match args.strategy {
        Strategy::Deals => json!({
            "type": "dca", "base_order": {"unit": "quote", "amount": "100"},
            "take_profit": {"percentage": "1"}, "stop_loss": {"percentage": "2"},
        }),
        Strategy::Interval => {
            json!({"type": "dca_interval", "amount": "100", "frequency": {"every": "daily", "hour": 9}})
        }
    };
    // It is given the candles that were read, not asked to make some.
    let spec: BacktestSpec = serde_json::from_value(json!({
        "symbol": "BTC-USDT", "balances": {"USDT": "1000000"}, "config": config,
        "candles": {"kind": "synthetic", "seed": 1, "candles": 1},
    }))?;
    let candles: Vec<Candle> =
        CandleReader::new(File::open(&args.candles)?).collect::<Result<_, _>>()?;
    for line in io::stdin().lines() {
        line?;
        let began = Instant::now();
        let played = spec.play(candles.iter().map(|candle| Ok(*candle)))?;
        let seconds = began.elapsed().as_secs_f64();
        let trades = match args.strategy {
            Strategy::Deals => played.summary.figures.trades.count,
            Strategy::Interval => played.summary.fills,
        };
        report::line(&serde_json::to_string(&Round { seconds, trades })?)?;
    }
    Ok(())
}
