//! From a pause that was asked for to the bot that is paused.

use std::time::Duration;

use anyhow::{Result, ensure};
use chrono::Utc;
use events::Publisher;
use platform::{ids::UserId, redis::Redis};
use sea_orm::sqlx::{PgConnection, query_scalar};
use serde_json::json;
use store::{Db, trading::commands};
use testkit::wait_until;
use tokio::time::{Instant, sleep};
use trading::bot::Command;
use uuid::Uuid;

use super::floor::{self, Floor, Servers};
use crate::{report, stack};

/// Numbers of bots on the account.
const BOTS: [usize; 2] = [1, 1_000];

/// How often the status is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// How long a bot may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pauses bots of an account at the pace of real minutes, `times` times.
///
/// # Errors
/// When an engine does not start, or a bot does not obey.
pub(super) async fn run(servers: &Servers, times: usize) -> Result<()> {
    let mut rows = Vec::new();
    for bots in BOTS {
        rows.push(round(servers, bots, times).await?);
    }
    let title = "A pause, from the transaction that asks for it to the commit of the status";
    let head = [
        "bots on the account",
        "pauses",
        "p50 ms",
        "p99 ms",
        "max ms",
    ];
    report::table(title, &head, &rows)?;
    Ok(())
}

async fn round(servers: &Servers, bots: usize, times: usize) -> Result<Vec<String>> {
    let mut floor = Floor::new(servers).await;
    let configs: Vec<_> = (0..bots).map(floor::config).collect();
    let (user, account) = floor.add(&floor::spec(0, &json!(1)), &configs).await;
    let engine = stack::engine(&floor.db, &floor.redis).await?;
    floor.set_feeds("running").await?;
    floor.all_run().await?;
    let redis = Redis::connect(&floor.redis.config());
    wait_until("Redis answers", || async { redis.is_healthy() }).await;
    let mut asker = Asker {
        user,
        db: Db::connect(&floor.db.database_config())?,
        publisher: Publisher::new(redis),
        connection: floor.connect().await,
    };
    let mut took_ms = Vec::new();
    for bot in account.bots.iter().cycle().take(times) {
        let took = asker.tell(*bot, Command::Pause, "paused").await?;
        took_ms.push(took.as_secs_f64() * 1_000.0);
        asker.tell(*bot, Command::Resume, "running").await?;
    }
    drop(engine);
    took_ms.sort_by(f64::total_cmp);
    Ok(vec![
        bots.to_string(),
        times.to_string(),
        format!("{:.2}", floor::percentile(&took_ms, 50)?),
        format!("{:.2}", floor::percentile(&took_ms, 99)?),
        format!("{:.2}", floor::percentile(&took_ms, 100)?),
    ])
}

/// Tells bots what the api would, as it does.
struct Asker {
    user: UserId,
    db: Db,
    publisher: Publisher,
    connection: PgConnection,
}

impl Asker {
    /// Leaves a command, wakes the engine, and waits until the bot's row has the status.
    async fn tell(&mut self, bot: Uuid, command: Command, status: &str) -> Result<Duration> {
        let began = Instant::now();
        let txn = self.db.begin().await?;
        commands::append(&txn, Utc::now(), bot, command).await?;
        txn.commit().await?;
        self.publisher.wake(self.user.shard()).await?;
        loop {
            let now: String = query_scalar("SELECT status FROM bots WHERE id = $1")
                .bind(bot)
                .fetch_one(&mut self.connection)
                .await?;
            if now == status {
                return Ok(began.elapsed());
            }
            ensure!(began.elapsed() < PATIENCE, "a bot is {now}, not {status}");
            sleep(LOOK_EVERY).await;
        }
    }
}
