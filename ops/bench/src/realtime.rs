//! From the commit of an event to its arrival on a socket.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use events::Publisher;
use hdrhistogram::Histogram;
use platform::{Clock, SystemClock, ids::UserId, redis::Redis};
use serde_json::json;
use store::{Db, events::append};
use testkit::ws::Client;
use tokio::task::JoinSet;
use views::event::UserUpdated;

use crate::{report, stack::Stack};

/// Commit times by user and seq.
type Commits = Arc<Mutex<HashMap<(String, u64), Instant>>>;

/// Opens `users` sockets and commits `events` events in turn, at `rate` a second.
///
/// # Errors
/// When an event does not arrive.
pub(crate) async fn run(stack: &Stack, users: usize, events: usize, rate: u32) -> Result<()> {
    let commits: Commits = Arc::default();
    let mut ids = Vec::new();
    let mut readers = JoinSet::new();
    for number in 0..users {
        let registered = stack
            .register(&format!("socket-{number}@example.com"))
            .await?;
        let mut socket = Client::connect(
            stack.gateway.address,
            "/ws",
            &[("sec-websocket-protocol", "blockbotx.v1")],
        )
        .await?;
        socket
            .send_json(&json!({"op": "hello", "token": registered.token}))
            .await;
        let welcome = socket
            .next_where(|message| message["op"] == "welcome")
            .await;
        let share = events / users + usize::from(number < events % users);
        ids.push(registered.user.parse::<UserId>()?);
        let from = welcome["seq"].as_u64().context("the head in the welcome")?;
        readers.spawn(read(socket, registered.user, from, share, commits.clone()));
    }
    commit(stack, &ids, events, rate, &commits).await?;
    let mut latencies_us = Histogram::<u64>::new(3)?;
    while let Some(done) = readers.join_next().await {
        for latency in done?? {
            latencies_us.record(u64::try_from(latency.as_micros())?)?;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a latency for people")]
    let ms = |quantile| {
        format!(
            "{:.2}",
            latencies_us.value_at_quantile(quantile) as f64 / 1_000.0
        )
    };
    report::table(
        &format!("Commit to event on the socket, {users} sockets, {rate} events a second"),
        &["events", "p50 ms", "p99 ms", "max ms"],
        &[vec![
            latencies_us.len().to_string(),
            ms(0.5),
            ms(0.99),
            ms(1.0),
        ]],
    )?;
    Ok(())
}

/// Reads a user's share of the events: how long each was under way.
async fn read(
    mut socket: Client,
    user: String,
    from: u64,
    share: usize,
    commits: Commits,
) -> Result<Vec<Duration>> {
    let mut arrived = Vec::with_capacity(share);
    while arrived.len() < share {
        let event = socket.next_where(|message| message["op"] == "event").await;
        let seq = event["seq"].as_u64().context("an event has a seq")?;
        if seq > from {
            arrived.push((seq, Instant::now()));
        }
    }
    let commits = commits
        .lock()
        .map_err(|_| anyhow::anyhow!("a commit panicked"))?;
    Ok(arrived
        .into_iter()
        .filter_map(|(seq, at)| Some(at.duration_since(*commits.get(&(user.clone(), seq))?)))
        .collect())
}

/// Commits events as the api does, and wakes the relay as it does.
async fn commit(
    stack: &Stack,
    users: &[UserId],
    events: usize,
    rate: u32,
    commits: &Commits,
) -> Result<()> {
    let db = Db::connect(&stack.database())?;
    let redis = Redis::connect(&stack.redis.config());
    let publisher = Publisher::new(redis);
    let mut pace = tokio::time::interval(Duration::from_secs(1) / rate);
    for user in users.iter().cycle().take(events) {
        pace.tick().await;
        let txn = db.begin().await?;
        let event = UserUpdated {
            display_name: Some("Ada".to_owned()),
            ..UserUpdated::to(7)
        }
        .into();
        let stored = append(&txn, SystemClock.now(), *user, &event).await?;
        // Before the commit returns the event can already be on its way: what is measured begins here.
        let key = (user.to_string(), u64::try_from(stored.seq)?);
        let committing = Instant::now();
        txn.commit().await?;
        commits
            .lock()
            .map_err(|_| anyhow::anyhow!("a reader panicked"))?
            .insert(key, committing);
        // Best effort, as the api's: the relay's poll finds what a lost word does not announce.
        publisher.wake(user.shard()).await.ok();
    }
    Ok(())
}
