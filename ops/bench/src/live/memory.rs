//! Resident memory of an engine: what a bot takes, and what an account.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tokio::time::sleep;

use super::floor::{self, Floor, Servers};
use crate::{report, stack};

/// How long an engine is left alone, once all orders are in the book, before it is looked at.
const SETTLE: Duration = Duration::from_secs(5);

/// Accounts and bots on each, of engines by themselves: two sums of which both unknowns follow.
const MANY_ACCOUNTS: (usize, usize) = (400, 1);
const MANY_BOTS: (usize, usize) = (20, 50);

/// What an engine has done before it is weighed, so that what it needs once is not counted.
const WARM_UP: (usize, usize) = (5, 50);

/// Weighs grids of 50 lines at the pace of real markets.
///
/// # Errors
/// When an engine does not start, or the bots do not run.
pub(super) async fn run(servers: &Servers) -> Result<()> {
    let (spread, spread_row) = weigh(servers, MANY_ACCOUNTS).await?;
    let (dense, dense_row) = weigh(servers, MANY_BOTS).await?;
    let title = "Memory of an engine, grids of 50 lines at the pace of real minutes";
    let head = [
        "accounts",
        "bots on each",
        "resident before, MiB",
        "with them, MiB",
    ];
    report::table(title, &head, &[spread_row, dense_row])?;
    let (bot, account) = solve((MANY_ACCOUNTS, spread), (MANY_BOTS, dense));
    report::table(
        "Of that, KiB",
        &["a bot", "an account"],
        &[vec![format!("{bot:.1}"), format!("{account:.1}")]],
    )?;
    Ok(())
}

/// KiB that accounts with their bots add to an engine.
async fn weigh(servers: &Servers, (accounts, bots): (usize, usize)) -> Result<(f64, Vec<String>)> {
    let mut floor = Floor::new(servers).await;
    let engine = stack::engine(&floor.db, &floor.redis).await?;
    add(&mut floor, WARM_UP).await?;
    let before = engine.resident_mib()?;
    add(&mut floor, (accounts, bots)).await?;
    let after = engine.resident_mib()?;
    let row = vec![
        accounts.to_string(),
        bots.to_string(),
        format!("{before:.1}"),
        format!("{after:.1}"),
    ];
    Ok(((after - before) * 1024.0, row))
}

async fn add(floor: &mut Floor, (accounts, bots): (usize, usize)) -> Result<()> {
    let configs: Vec<_> = (0..bots).map(|bot| floor::grid(bot % 10)).collect();
    for account in 0..accounts {
        floor.add(&floor::spec(account, &json!(1)), &configs).await;
    }
    floor.set_feeds("running").await?;
    floor.all_placed().await?;
    sleep(SETTLE).await;
    Ok(())
}

/// What a bot and what an account takes, from two sums of both.
#[expect(clippy::cast_precision_loss, reason = "sizes for people")]
fn solve(
    ((accounts, bots), sum): ((usize, usize), f64),
    ((other_accounts, other_bots), other_sum): ((usize, usize), f64),
) -> (f64, f64) {
    let (one, other) = (sum / accounts as f64, other_sum / other_accounts as f64);
    let bot = (other - one) / (other_bots as f64 - bots as f64);
    (bot, one - bot * bots as f64)
}
