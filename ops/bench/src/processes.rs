//! What a process costs while nothing happens.

use std::time::Instant;

use crate::{
    report,
    stack::{Stack, built},
};
use anyhow::{Result, ensure};

/// Cold start and idle memory of each process; the migrator with nothing to do.
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
    Ok(())
}
