//! From a killed engine to the first step that the next one commits.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, ensure};
use sea_orm::sqlx::{PgConnection, query_as, query_scalar};
use serde_json::json;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::floor::{self, Floor, Servers};
use crate::{
    report,
    stack::{self, Running},
};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many times as fast as it happened the market goes: many commits a second.
const SPEED: u32 = 60_000;

/// Engines, known by the node that each is in the database.
struct Engines {
    running: BTreeMap<Uuid, Running>,
    connection: PgConnection,
}

/// Kills the engine that plays the account, `repeats` times.
///
/// # Errors
/// When an engine does not start, or none takes over.
pub(super) async fn run(servers: &Servers, repeats: usize) -> Result<()> {
    let mut floor = Floor::new(servers).await;
    let (user, _) = floor
        .add(&floor::spec(0, &json!(SPEED)), &[floor::config(1)])
        .await;
    let mut engines = Engines {
        running: BTreeMap::new(),
        connection: floor.connect().await,
    };
    engines.add(&floor).await?;
    floor.set_feeds("running").await?;
    floor.all_play().await?;
    let mut seconds = Vec::new();
    for _ in 0..repeats {
        engines.add(&floor).await?;
        seconds.push(engines.kill_owner(user.shard()).await?.as_secs_f64());
    }
    let longest = seconds.iter().copied().fold(0.0, f64::max);
    let shortest = seconds.iter().copied().fold(f64::MAX, f64::min);
    report::table(
        "From SIGKILL to the next engine's first committed step",
        &["times", "shortest s", "median s", "longest s"],
        &[vec![
            repeats.to_string(),
            format!("{shortest:.2}"),
            format!("{:.2}", report::median(seconds)),
            format!("{longest:.2}"),
        ]],
    )?;
    Ok(())
}

impl Engines {
    /// Starts one more, and waits until it has its share of the shards.
    async fn add(&mut self, floor: &Floor) -> Result<()> {
        let engine = stack::engine(&floor.db, &floor.redis).await?;
        let began = Instant::now();
        // It may be healthy a moment before it has entered itself.
        let node = loop {
            let nodes: Vec<Uuid> =
                query_scalar("SELECT id FROM engine_nodes WHERE alive_until > clock_timestamp()")
                    .fetch_all(&mut self.connection)
                    .await?;
            if let Some(new) = nodes.iter().find(|node| !self.running.contains_key(node)) {
                break *new;
            }
            ensure!(began.elapsed() < PATIENCE, "it does not enter itself");
            sleep(Duration::from_millis(20)).await;
        };
        self.running.insert(node, engine);
        let count = i64::try_from(self.running.len())?;
        loop {
            let (held, holders): (i64, i64) =
                query_as("SELECT count(node), count(DISTINCT node) FROM leases")
                    .fetch_one(&mut self.connection)
                    .await?;
            if (held, holders) == (64, count) {
                return Ok(());
            }
            ensure!(began.elapsed() < PATIENCE, "the shards are not divided");
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn kill_owner(&mut self, shard: u8) -> Result<Duration> {
        let (owner, mut last) = self.stands(shard).await?;
        let mut engine = self.running.remove(&owner).context("an owner of ours")?;
        let killed = Instant::now();
        engine.kill().await;
        loop {
            let (node, pos) = self.stands(shard).await?;
            // What was on its way to Postgres when it was killed may still be committed.
            if node == owner {
                last = pos;
            } else if pos > last {
                return Ok(killed.elapsed());
            }
            ensure!(killed.elapsed() < PATIENCE, "nobody goes on");
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Who holds the shard, and where its account is.
    async fn stands(&mut self, shard: u8) -> Result<(Uuid, i64)> {
        let stands = query_as(
            "SELECT coalesce(node, '00000000-0000-0000-0000-000000000000'), (SELECT input_pos FROM feeds)
             FROM leases WHERE shard = $1",
        )
        .bind(i16::from(shard))
        .fetch_one(&mut self.connection)
        .await?;
        Ok(stands)
    }
}
