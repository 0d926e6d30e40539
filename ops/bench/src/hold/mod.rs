//! Holds a load on a running platform while somebody else changes it, and counts what a user would have noticed.

mod client;
mod requests;
mod sockets;
mod trader;
mod user;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Result, bail, ensure};
use clap::Args;
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::report;
use client::Client;
use sockets::Socket;
use trader::Trader;
use user::User;

/// How long after the end everything may take to arrive.
const SETTLE: Duration = Duration::from_mins(1);

/// What to hold.
#[derive(Debug, Args)]
pub(crate) struct HoldArgs {
    /// Where the platform listens.
    #[arg(long)]
    edge: SocketAddr,
    /// Requests a second.
    #[arg(long, default_value_t = 1_000)]
    rate: u32,
    /// Connections that send them.
    #[arg(long, default_value_t = 64)]
    connections: u32,
    /// Users, each of whom changes something every few seconds.
    #[arg(long, default_value_t = 125)]
    users: usize,
    /// Sockets of each user.
    #[arg(long, default_value_t = 8)]
    sockets: usize,
    /// Candles of the trader's market.
    #[arg(long, default_value_t = 4_000)]
    candles: u32,
    /// Created once the load is on.
    #[arg(long)]
    ready: PathBuf,
    /// The load ends when this file appears.
    #[arg(long)]
    stop: PathBuf,
}

/// Holds the load until told to stop.
///
/// # Errors
/// When a request failed, a socket did not come back or missed something, or the trader's orders are not the backtest's.
pub(crate) async fn run(args: &HoldArgs) -> Result<()> {
    let client = Client::new(args.edge);
    let mut users = Vec::new();
    for number in 0..args.users {
        users.push(Arc::new(User::register(&client, number).await?));
    }
    let trader = Trader::start(&client, args.candles).await?;
    let stop = CancellationToken::new();
    let counts = Arc::new(requests::Counts::default());

    let mut sockets = Vec::new();
    let mut listening = JoinSet::new();
    for (number, user) in users
        .iter()
        .flat_map(|user| vec![user; args.sockets])
        .enumerate()
    {
        let socket = Arc::new(Socket::new(args.edge, user.clone(), number));
        listening.spawn(socket.clone().listen());
        sockets.push(socket);
    }
    let until = Instant::now() + SETTLE;
    while sockets.iter().any(|socket| !socket.is_up()) {
        ensure!(Instant::now() < until, "the sockets did not all connect");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut load = JoinSet::new();
    for number in 0..args.connections {
        let user = users[number as usize % users.len()].clone();
        let (counts, stop) = (counts.clone(), stop.clone());
        let every = Duration::from_secs(1) * args.connections / args.rate;
        load.spawn(requests::read(args.edge, user, every, counts, stop));
    }
    for user in &users {
        load.spawn(requests::change(
            args.edge,
            user.clone(),
            counts.clone(),
            stop.clone(),
        ));
    }
    let started = Instant::now();
    std::fs::write(&args.ready, "")?;
    while !args.stop.exists() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let held = started.elapsed();
    stop.cancel();
    while let Some(ended) = load.join_next().await {
        ended??;
    }
    let trade = trader.finish(&client).await?;
    let missing = settle(&client, &users, &sockets).await?;
    listening.abort_all();
    conclude(args, held, &counts, &sockets, missing, &trade)
}

/// Waits until every socket has its user's newest event: how many never got it.
async fn settle(client: &Client, users: &[Arc<User>], sockets: &[Arc<Socket>]) -> Result<usize> {
    let mut heads = std::collections::HashMap::new();
    for user in users {
        heads.insert(user.id.clone(), user.head(client, 0).await?);
    }
    let behind = || {
        sockets
            .iter()
            .filter(|socket| Some(&socket.position()) != heads.get(&socket.user.id))
            .count()
    };
    let until = Instant::now() + SETTLE;
    while behind() > 0 && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(behind())
}

fn conclude(
    args: &HoldArgs,
    held: Duration,
    counts: &requests::Counts,
    sockets: &[Arc<Socket>],
    missing: usize,
    trade: &trader::Outcome,
) -> Result<()> {
    let requests = counts.summary()?;
    let seen = sockets::Totals::of(sockets);
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = requests.reads as f64 / held.as_secs_f64();
    let rows = [
        ("held, s", format!("{:.0}", held.as_secs_f64())),
        ("requests asked for a second", args.rate.to_string()),
        ("requests a second", format!("{rate:.0}")),
        ("reads", requests.reads.to_string()),
        ("changes", requests.changes.to_string()),
        ("failed requests", requests.failed.to_string()),
        ("p50 ms", format!("{:.1}", requests.p50_ms)),
        ("p99 ms", format!("{:.1}", requests.p99_ms)),
        ("max ms", format!("{:.0}", requests.max_ms)),
        ("sockets", sockets.len().to_string()),
        ("closed by drain", seen.drained.to_string()),
        ("closed otherwise", seen.broken.to_string()),
        ("refused handshakes, tried again", seen.refused.to_string()),
        ("resumed", seen.resumed.to_string()),
        ("told to fetch", seen.resynced.to_string()),
        ("longest away, ms", seen.longest_away_ms.to_string()),
        ("events on sockets", seen.events.to_string()),
        ("gaps", seen.gaps.to_string()),
        ("sent twice", seen.repeated.to_string()),
        ("sockets that miss an event", missing.to_string()),
        ("orders of the trader", trade.orders.to_string()),
        (
            "of them before the end of the load",
            trade.orders_under_load.to_string(),
        ),
        (
            "orders that the backtest has not",
            trade.different.to_string(),
        ),
    ];
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    report::table("Held", &["", ""], &rows)?;
    for failure in &requests.first_failures {
        report::line(&format!("failed: {failure}"))?;
    }
    let down = sockets.iter().filter(|socket| !socket.is_up()).count();
    if requests.failed + seen.gaps + seen.repeated > 0 || missing + down + trade.different > 0 {
        bail!("somebody would have noticed ({down} sockets are not back)");
    }
    Ok(())
}
