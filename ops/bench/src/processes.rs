//! What a process costs while nothing happens, and how soon a gateway listens again after Redis was away.

use std::time::{Duration, Instant};

use crate::{
    report,
    stack::{Stack, built, gateway_on},
};
use anyhow::{Result, bail, ensure};
use testkit::servers::OwnRedis;

/// Times that Redis goes away.
const OUTAGES: usize = 20;
/// How long it is away.
const AWAY: Duration = Duration::from_secs(1);

/// Cold start and idle memory of each process; the migrator with nothing to do; Redis that comes back.
///
/// # Errors
/// When a process is gone or the migrator fails.
pub(crate) async fn run(stack: &Stack) -> Result<()> {
    let mut rows = Vec::new();
    for process in [&stack.api, &stack.engine, &stack.gateway] {
        rows.push(vec![
            process.name.to_owned(),
            process.cold_start.as_millis().to_string(),
            format!("{:.1}", process.resident_mib()?),
        ]);
    }
    let mut noop = Vec::new();
    for _ in 0..5 {
        let started = Instant::now();
        let done = built("migrator")?
            .arg("up")
            .env("DIRECT_URL", stack.db.direct_url())
            .env("LOG_LEVEL", "warn")
            .run()
            .await;
        ensure!(done.status.success(), "migrator up: {}", done.logs);
        noop.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    rows.push(vec![
        "migrator, nothing to do".to_owned(),
        format!("{:.0}", report::median(noop)),
        "-".to_owned(),
    ]);
    report::table(
        "Processes",
        &["", "start to healthy, ms", "resident at idle, MiB"],
        &rows,
    )?;
    redis_returns().await
}

/// From the first answer of a Redis that comes back to the subscription of a gateway.
async fn redis_returns() -> Result<()> {
    let mut redis = OwnRedis::start().await;
    let _gateway = gateway_on(&redis)?;
    subscribed(&redis).await?;
    let mut waits = Vec::new();
    for _ in 0..OUTAGES {
        redis.stop().await;
        tokio::time::sleep(AWAY).await;
        redis.restart().await;
        waits.push(subscribed(&redis).await?.as_secs_f64() * 1_000.0);
    }
    let longest = waits.iter().copied().fold(0.0, f64::max);
    let row = vec![
        OUTAGES.to_string(),
        format!("{:.0}", report::median(waits)),
        format!("{longest:.0}"),
    ];
    let head = ["times", "median, ms", "longest, ms"];
    Ok(report::table(
        "Redis comes back, to the subscription of a gateway",
        &head,
        &[row],
    )?)
}

/// How long it takes until somebody has subscribed.
async fn subscribed(redis: &OwnRedis) -> Result<Duration> {
    let started = Instant::now();
    while redis.command("PUBSUB CHANNELS").await.starts_with("*0") {
        if started.elapsed() > Duration::from_secs(30) {
            bail!("no gateway has subscribed for 30 s");
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(started.elapsed())
}
