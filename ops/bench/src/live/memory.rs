//! Resident memory of an engine, by how many bots it runs.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::floor::{self, Floor};
use crate::{report, stack};

/// Bots of an account.
const BOTS_OF_AN_ACCOUNT: usize = 10;

/// How long an engine is left alone before it is looked at.
const SETTLE: Duration = Duration::from_secs(5);

/// How long the bots may take to run.
const PATIENCE: Duration = Duration::from_mins(2);

/// Adds bots up to each of `numbers` of them, at the pace of real markets.
///
/// # Errors
/// When the engine does not start, or the bots do not run.
pub(super) async fn run(numbers: &[usize]) -> Result<()> {
    let mut floor = Floor::new().await;
    let engine = stack::engine(&floor.db, &floor.redis).await?;
    sleep(SETTLE).await;
    let without = engine.resident_mib()?;
    let mut rows = vec![vec!["0".to_owned(), format!("{without:.1}"), String::new()]];
    let mut bots = 0;
    for wanted in numbers.iter().filter(|wanted| **wanted >= 100) {
        while bots < *wanted {
            let configs: Vec<_> = (bots..*wanted)
                .take(BOTS_OF_AN_ACCOUNT)
                .map(floor::config)
                .collect();
            bots += configs.len();
            floor.add(&floor::spec(bots, &json!(1)), &configs).await;
        }
        floor.set_feeds("running").await?;
        let began = Instant::now();
        let all = i64::try_from(bots)?;
        while floor
            .count("SELECT count(*) FROM bots WHERE status = 'running'")
            .await?
            < all
        {
            ensure!(began.elapsed() < PATIENCE, "the bots do not run");
            sleep(Duration::from_millis(100)).await;
        }
        sleep(SETTLE).await;
        let resident = engine.resident_mib()?;
        #[expect(clippy::cast_precision_loss, reason = "a size for people")]
        let each = (resident - without) * 1024.0 / bots as f64;
        rows.push(vec![
            bots.to_string(),
            format!("{resident:.1}"),
            format!("{each:.1}"),
        ]);
    }
    let title = format!(
        "Memory of an engine, {BOTS_OF_AN_ACCOUNT} bots an account, at the pace of real minutes"
    );
    report::table(&title, &["bots", "resident, MiB", "KiB a bot"], &rows)?;
    Ok(())
}
