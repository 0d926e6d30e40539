//! REST beside what it stands on: a bare hyper answer, and the same SQL in pgbench.

use std::{io::Write, net::SocketAddr, time::Duration};

use anyhow::{Context, Result, bail};
use testkit::process::{Binary, Process};
use tokio::process::Command;

use crate::{
    load::{self, Target},
    report,
    stack::{Registered, Stack},
};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 5;

/// What one `GET /api/v1/me` asks of Postgres: whose session it is, and the account.
pub(crate) const ME_SQL: &str = include_str!("me.sql");

/// Measures both routes in interleaved rounds.
///
/// # Errors
/// When anything answers other than 200, or pgbench is missing.
pub(crate) async fn run(stack: &Stack, round: Duration) -> Result<()> {
    let registered = stack.register("bench@example.com").await?;
    let (bare, _bare) = bare_server().await?;
    let target = |address, path: &str, authorization: Option<String>| Target {
        address,
        path: path.to_owned(),
        authorization,
    };
    let targets = [
        ("bare hyper", target(bare, "/", None)),
        (
            "GET /api/health?quick=true",
            target(stack.api.address, "/api/health?quick=true", None),
        ),
        (
            "GET /api/v1/me",
            target(
                stack.api.address,
                "/api/v1/me",
                Some(format!("Bearer {}", registered.token)),
            ),
        ),
    ];
    let mut rates = vec![Vec::new(); targets.len() + 1];
    let mut p99 = vec![Vec::new(); targets.len() + 1];
    for turn in 0..ROUNDS {
        // Forwards, then backwards: what drifts on the machine falls on all alike.
        let mut order: Vec<usize> = (0..=targets.len()).collect();
        if turn % 2 == 1 {
            order.reverse();
        }
        for index in order {
            let (rate, late) = match targets.get(index) {
                Some((_, target)) => {
                    let measured = load::run(target, CONNECTIONS, round).await?;
                    (measured.rate(), measured.percentile_ms(99.0))
                }
                None => pgbench(stack, &registered, round).await?,
            };
            rates[index].push(rate);
            p99[index].push(late);
        }
    }
    let floor = report::median(rates[0].clone());
    let rows: Vec<Vec<String>> = targets
        .iter()
        .map(|(name, _)| *name)
        .chain(["the same SQL in pgbench"])
        .enumerate()
        .map(|(index, name)| {
            let rate = report::median(rates[index].clone());
            vec![
                name.to_owned(),
                format!("{rate:.0}"),
                format!("{:.2}", report::median(p99[index].clone())),
                format!("{:.2}", rate / floor),
            ]
        })
        .collect();
    report::table(
        &format!(
            "REST, {CONNECTIONS} connections, median of {ROUNDS} interleaved rounds of {} s",
            round.as_secs()
        ),
        &["", "answers a second", "p99 ms", "ratio to bare hyper"],
        &rows,
    )?;
    Ok(())
}

/// This program again, as the bare server.
async fn bare_server() -> Result<(SocketAddr, Process)> {
    let mut process = Binary::at(std::env::current_exe()?).arg("bare").spawn();
    process.logged("\n").await;
    let address = process.logs().trim().parse()?;
    Ok((address, process))
}

/// Transactions a second and p99 in milliseconds of [`ME_SQL`], prepared, through PgBouncer, with as many clients as
/// the api has connections.
async fn pgbench(stack: &Stack, registered: &Registered, round: Duration) -> Result<(f64, f64)> {
    let mut script = tempfile::NamedTempFile::new()?;
    script.write_all(
        ME_SQL
            .replace("$user", &registered.user)
            .replace("$session", &registered.session)
            .as_bytes(),
    )?;
    let logs = tempfile::tempdir()?;
    let clients = stack.database().max_connections.max(10).to_string();
    let seconds = round.as_secs().max(1).to_string();
    let done = Command::new("pgbench")
        .args([
            "-n", "-M", "prepared", "-j", "2", "-l", "-c", &clients, "-T", &seconds,
        ])
        .arg("-f")
        .arg(script.path())
        .arg("--log-prefix")
        .arg(logs.path().join("log"))
        .arg(stack.db.pool_url())
        .output()
        .await
        .context("pgbench (Debian's postgresql-contrib) is needed")?;
    let text = String::from_utf8_lossy(&done.stdout);
    if !done.status.success() {
        bail!("pgbench: {}", String::from_utf8_lossy(&done.stderr));
    }
    let rate = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rest| rest.split_whitespace().next())
        .context("no tps in pgbench's report")?
        .parse()?;
    let mut latencies_us = hdrhistogram::Histogram::<u64>::new(3)?;
    for entry in std::fs::read_dir(logs.path())? {
        for line in std::fs::read_to_string(entry?.path())?.lines() {
            // client, transaction, microseconds, …
            let us = line
                .split_whitespace()
                .nth(2)
                .context("a log line of pgbench")?;
            latencies_us.record(us.parse()?)?;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a latency for people")]
    let p99 = latencies_us.value_at_quantile(0.99) as f64 / 1_000.0;
    Ok((rate, p99))
}
