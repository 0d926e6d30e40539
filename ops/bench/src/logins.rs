//! Logins: whether the time of a refusal tells if there is an account, and what a flood of them does to others.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use hdrhistogram::Histogram;
use http::{Request, StatusCode};
use serde_json::json;
use testkit::http::send;
use tokio::sync::watch;

use crate::{
    load::{self, Measured, Target},
    report,
    stack::Stack,
};

/// Accounts that are tried, and as many addresses that have none.
const ACCOUNTS: u32 = 40;

/// Wrong passwords that an account takes before it is locked.
const TRIES: u32 = 5;

/// Clients of the flood.
const FLOOD: usize = 64;

/// Measures both.
///
/// # Errors
/// When something answers otherwise than it should.
pub(crate) async fn run(stack: &Stack, round: Duration) -> Result<()> {
    distribution(stack).await?;
    flood(stack, round).await
}

/// One attempt, each from an address of its own: addresses are locked too.
async fn attempt(stack: &Stack, email: &str) -> Result<StatusCode> {
    static CALLER: AtomicU32 = AtomicU32::new(1);
    let [_, a, b, c] = CALLER.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let body = json!({ "email": email, "password": "not the right passphrase" });
    let request = Request::post("/api/v1/auth/login")
        .header("content-type", "application/json")
        .header("x-forwarded-for", format!("10.{a}.{b}.{c}"))
        .body(body.to_string())?;
    let answer = send(stack.api.address, request)
        .await
        .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok(answer.status)
}

async fn distribution(stack: &Stack) -> Result<()> {
    for n in 0..ACCOUNTS {
        stack.register(&format!("known{n}@example.com")).await?;
    }
    let mut times = [Histogram::<u64>::new(3)?, Histogram::<u64>::new(3)?];
    for _ in 0..TRIES {
        for n in 0..ACCOUNTS {
            // In turn, and in turn first: what drifts on the machine falls on both alike.
            let mut order = [(0, "known"), (1, "unknown")];
            if n % 2 == 1 {
                order.reverse();
            }
            for (index, kind) in order {
                let started = Instant::now();
                let status = attempt(stack, &format!("{kind}{n}@example.com")).await?;
                if status != StatusCode::UNAUTHORIZED {
                    bail!("a login answered {status}");
                }
                times[index].record(u64::try_from(started.elapsed().as_micros())?)?;
            }
        }
    }
    let rows: Vec<Vec<String>> = ["with an account", "without one"]
        .into_iter()
        .zip(times)
        .map(|(name, latencies_us)| {
            let measured = Measured {
                latencies_us,
                elapsed: Duration::ZERO,
            };
            let mut row = vec![name.to_owned()];
            row.extend([10.0, 50.0, 90.0, 99.0].map(|p| ms(&measured, p)));
            row
        })
        .collect();
    report::table(
        &format!(
            "A refused login, one at a time, {} of each",
            ACCOUNTS * TRIES
        ),
        &["", "p10 ms", "p50 ms", "p90 ms", "p99 ms"],
        &rows,
    )?;
    Ok(())
}

async fn flood(stack: &Stack, round: Duration) -> Result<()> {
    let user = stack.register("bystander@example.com").await?;
    let target = |path: &str, authorization| Target {
        address: stack.api.address,
        path: path.to_owned(),
        authorization,
    };
    let targets = [
        target("/api/health?quick=true", None),
        target("/api/v1/me", Some(format!("Bearer {}", user.token))),
    ];
    let mut rows = Vec::new();
    for target in &targets {
        let calm = load::run(target, 1, round).await?;
        let (measured, _) = flooded(stack, load::run(target, 1, round)).await?;
        let mut row = vec![format!("GET {}", target.path)];
        for measured in [calm, measured?] {
            row.extend([50.0, 99.0, 100.0].map(|p| ms(&measured, p)));
        }
        rows.push(row);
    }
    report::table(
        &format!("One client beside a flood of logins from {FLOOD} others"),
        &[
            "",
            "calm p50 ms",
            "p99",
            "max",
            "flooded p50 ms",
            "p99",
            "max",
        ],
        &rows,
    )?;
    let ((), answers) = flooded(stack, tokio::time::sleep(round)).await?;
    let total: usize = answers.values().sum();
    report::line(&format!(
        "\n{total} logins in {} s: {answers:?}",
        round.as_secs()
    ))?;
    Ok(())
}

/// Does `work` while logins come as fast as they are answered; says what those were answered.
async fn flooded<T>(
    stack: &Stack,
    work: impl Future<Output = T>,
) -> Result<(T, BTreeMap<u16, usize>)> {
    let (stop, stopped) = watch::channel(false);
    let clients = async {
        let mut answers = BTreeMap::new();
        let mut clients = Vec::new();
        for client in 0..FLOOD {
            clients.push(client_of_the_flood(stack, client, stopped.clone()));
        }
        for statuses in futures_util::future::try_join_all(clients).await? {
            for status in statuses {
                *answers.entry(status.as_u16()).or_default() += 1;
            }
        }
        anyhow::Ok(answers)
    };
    let work = async {
        let done = work.await;
        stop.send_replace(true);
        done
    };
    let (answers, done) = tokio::join!(clients, work);
    Ok((done, answers?))
}

async fn client_of_the_flood(
    stack: &Stack,
    client: usize,
    stopped: watch::Receiver<bool>,
) -> Result<Vec<StatusCode>> {
    let mut statuses = Vec::new();
    while !*stopped.borrow() {
        let email = format!("flood{client}x{}@example.com", statuses.len());
        statuses.push(attempt(stack, &email).await?);
    }
    Ok(statuses)
}

fn ms(measured: &Measured, percentile: f64) -> String {
    format!("{:.2}", measured.percentile_ms(percentile))
}
