//! Shows a running stack at work: a user signs up, a paper account trades a month with two bots, a socket follows, and
//! the figures at the end are held against those of a plain backtest. `ops/dev demo` starts it.
#![expect(clippy::print_stdout, reason = "what it shows")]

mod plan;
mod rest;
mod socket;
mod table;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Instant};

use anyhow::Context;
use clap::Parser;
use serde_json::{Value, json};

use plan::Demo;
use rest::Rest;
use socket::Follower;

#[derive(Parser)]
#[command(about = "Trades a month on paper and compares it with a backtest")]
struct Arguments {
    /// Where the api listens.
    #[arg(long)]
    api: SocketAddr,
    /// Where the gateway listens.
    #[arg(long)]
    gateway: SocketAddr,
    /// CSV file of candles, in the directory of the engine's candle files; a made-up month without it.
    #[arg(long)]
    candles: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let demo = Demo::read(arguments.candles.as_deref())?;
    let backtest = demo.backtest()?;
    let (rest, email) = Rest::sign_up(arguments.api).await?;
    println!("user      {email}");
    println!("market    {}", demo.about);

    let paper = json!({ "venue": "paper", "label": "Demo", "paper": demo.account });
    let account = rest.create("/api/v1/exchange-connections", &paper).await?;
    let mut bots = Vec::new();
    for (name, config) in &demo.bots {
        let body = json!({ "connection_id": account, "name": name, "config": config });
        bots.push(rest.create("/api/v1/bots", &body).await?);
    }
    let follower = Follower::connect(arguments.gateway, rest.clone()).await?;
    for bot in &bots {
        rest.post(&format!("/api/v1/bots/{bot}/start"), None)
            .await?;
    }
    let feed = format!("/api/v1/exchange-connections/{account}/feed");
    rest.post(&feed, Some(&json!({ "action": "start" })))
        .await?;
    let started = Instant::now();
    let seen = follower.until_the_end(&account).await?;
    let took = started.elapsed();

    let mut live = Vec::new();
    for bot in &bots {
        let figures = rest.get(&format!("/api/v1/bots/{bot}/performance")).await?;
        live.push(table::Figures::of_live(&seen, bot, &figures)?);
    }
    let balances = rest.get("/api/v1/portfolio/balances").await?;
    let held = balances["data"].as_array().context("no balances")?;
    let same_balances =
        held.iter().all(|one| backtest.holds(one)) && held.len() == backtest.assets();

    let names: Vec<&str> = demo.bots.iter().map(|(name, _)| name.as_str()).collect();
    let differs = table::print(&names, &live, &backtest.figures, &demo.quote);
    println!(
        "\nevents    {} received in order without a gap, in {:.1} s",
        seen.last,
        took.as_secs_f64()
    );
    for (kind, count) in &seen.kinds {
        println!("          {count:>7} {kind}");
    }
    if differs || !same_balances {
        println!("\n*** THE PAPER ACCOUNT AND THE BACKTEST DIFFER ***");
        if !same_balances {
            println!("balances: {}", Value::from(held.clone()));
        }
        return Ok(ExitCode::FAILURE);
    }
    println!("\nThe paper account and the backtest agree to the last digit.");
    Ok(ExitCode::SUCCESS)
}
