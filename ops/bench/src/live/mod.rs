//! Bots on paper accounts, through an engine, PgBouncer and Postgres.

mod control;
mod failover;
mod floor;
mod latency;
mod memory;
mod throughput;

use anyhow::Result;
use clap::{Args, ValueEnum};

/// What to measure of them.
#[derive(Debug, Args)]
pub(crate) struct LiveArgs {
    /// Only these parts, in this order.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Seconds a round.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Numbers of bots.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100, 1_000])]
    bots: Vec<usize>,
    /// Numbers of markets.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 50])]
    markets: Vec<usize>,
    /// Repeats of the fail-over; ten times as many pauses.
    #[arg(long, default_value_t = 20)]
    repeats: usize,
}

/// One measurement.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Part {
    /// Candles a second, flat out.
    Throughput,
    /// From a price to the orders that it causes.
    Latency,
    /// From a pause that was asked for to the bot that is paused.
    Control,
    /// Resident memory of a bot and of an account.
    Memory,
    /// From a killed engine to the next one's first step.
    Failover,
}

impl Default for LiveArgs {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            seconds: 20,
            bots: vec![1, 10, 100, 1_000],
            markets: vec![1, 50],
            repeats: 20,
        }
    }
}

/// Measures the parts asked for; all of them if none is.
///
/// # Errors
/// When an engine does not start, or an account does not play.
pub(crate) async fn run(args: &LiveArgs) -> Result<()> {
    let parts = if args.parts.is_empty() {
        Part::value_variants()
    } else {
        &args.parts
    };
    let servers = floor::Servers::start().await;
    for part in parts {
        match part {
            Part::Throughput => {
                throughput::run(&servers, &args.bots, &args.markets, args.seconds).await?;
            }
            Part::Latency => latency::run(&servers, &args.markets, args.seconds).await?,
            Part::Control => control::run(&servers, 10 * args.repeats).await?,
            Part::Memory => memory::run(&servers).await?,
            Part::Failover => failover::run(&servers, args.repeats).await?,
        }
    }
    Ok(())
}
