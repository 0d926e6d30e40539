//! Measures the platform on the machine that it runs on. Needs the test services and release binaries: run it with
//! `ops/bench/run`, which brings both.

mod bare;
mod compare;
mod crowd;
mod early;
mod hold;
mod live;
mod load;
mod logins;
mod processes;
mod realtime;
mod report;
mod rest;
mod stack;

use std::time::Duration;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures the platform beside the parts that it stands on")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The floor of the REST measurement: a bare hyper server.
    #[command(hide = true)]
    Bare,
    /// Requests a second and p99 of REST, against a bare hyper answer and the same SQL in pgbench.
    Rest {
        /// Seconds a round.
        #[arg(long, default_value_t = 4)]
        seconds: u64,
    },
    /// Commit to event on the socket.
    Realtime {
        /// Sockets, each of a user of its own.
        #[arg(long, default_value_t = 200)]
        users: usize,
        /// Events in all.
        #[arg(long, default_value_t = 4_000)]
        events: usize,
        /// Events a second.
        #[arg(long, default_value_t = 200)]
        rate: u32,
    },
    /// Refused logins, with and without an account, and a flood of them.
    Logins {
        /// Seconds a round.
        #[arg(long, default_value_t = 4)]
        seconds: u64,
    },
    /// Requests that follow, on the same connection, one that was refused before its body was read.
    Early {
        /// Refused requests.
        #[arg(long, default_value_t = 10_000)]
        requests: usize,
    },
    /// Everybody else's requests while one address opens all the connections that it may.
    Crowd {
        /// Seconds a round.
        #[arg(long, default_value_t = 4)]
        seconds: u64,
    },
    /// Cold start, idle memory, the migrator with nothing to do.
    Processes,
    /// Bots on paper accounts: candles a second, price to order, pauses, memory, fail-over.
    Trading(live::LiveArgs),
    /// Everything but the comparison, one after the other.
    All,
    /// The kernel beside other backtesters; `ops/bench/compare` brings them.
    Compare(compare::CompareArgs),
    /// This kernel as one of those.
    #[command(hide = true)]
    Contender(compare::ours::ContenderArgs),
    /// Holds a load on a platform that runs elsewhere, and counts what its users would have noticed.
    Hold(hold::HoldArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = Arguments::parse().command;
    match &command {
        Command::Bare => return bare::serve().await,
        Command::Hold(args) => return hold::run(args).await,
        Command::Trading(args) => return live::run(args).await,
        Command::Compare(args) => return compare::run(args).await,
        Command::Contender(args) => return compare::ours::serve(args),
        _ => {}
    }
    let stack = stack::Stack::start().await?;
    match command {
        Command::Bare
        | Command::Hold(_)
        | Command::Trading(_)
        | Command::Compare(_)
        | Command::Contender(_) => Ok(()),
        Command::Rest { seconds } => rest::run(&stack, Duration::from_secs(seconds)).await,
        Command::Realtime {
            users,
            events,
            rate,
        } => realtime::run(&stack, users, events, rate).await,
        Command::Logins { seconds } => logins::run(&stack, Duration::from_secs(seconds)).await,
        Command::Early { requests } => early::run(&stack, requests).await,
        Command::Crowd { seconds } => crowd::run(&stack, Duration::from_secs(seconds)).await,
        Command::Processes => processes::run(&stack).await,
        Command::All => {
            processes::run(&stack).await?;
            rest::run(&stack, Duration::from_secs(4)).await?;
            logins::run(&stack, Duration::from_secs(4)).await?;
            early::run(&stack, 10_000).await?;
            crowd::run(&stack, Duration::from_secs(4)).await?;
            realtime::run(&stack, 200, 4_000, 200).await?;
            drop(stack);
            live::run(&live::LiveArgs::default()).await
        }
    }
}
