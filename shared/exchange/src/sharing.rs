//! Budgets of all processes behind one address, kept equal through Redis. While Redis is away each process keeps to what it
//! knows itself and to what the venue tells it in its answers.

use std::{sync::LazyLock, time::Duration};

use platform::{
    SharedClock,
    redis::{Redis, RedisError, Script},
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use trading::order::Millis;

use crate::budget::{Budget, LONGEST_BLOCK, RateWindow, Usage, WindowNews, WindowUse, millis};

/// How often a process tells what it has used and hears what others have. A block is told at once.
const EVERY: Duration = Duration::from_secs(1);

static MERGE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("sharing.lua")));

/// Keeps a budget equal to those of other processes under the same name, until told to stop.
pub async fn share(
    budget: &Budget,
    name: &str,
    redis: &Redis,
    clock: &SharedClock,
    stop: &CancellationToken,
) {
    let mut changes = budget.watch();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut is_shared, mut told_until) = (true, budget.usage().blocked_until);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
            _ = changes.wait_for(|usage| usage.blocked_until != told_until) => {}
        }
        let now = clock.now().timestamp_millis();
        told_until = budget.usage().blocked_until;
        let merged = tokio::select! {
            () = stop.cancelled() => return,
            merged = merge(budget, name, redis, now) => merged,
        };
        if merged.is_ok() != is_shared {
            is_shared = merged.is_ok();
            match &merged {
                Ok(()) => {
                    tracing::info!(name, "the rate budget is shared with other processes again");
                }
                Err(error) => tracing::warn!(
                    name, %error, "the rate budget is not shared with other processes for now"
                ),
            }
        }
    }
}

/// Tells Redis what this process has used of a budget since it last told, when the wall clock shows `now`, and takes over what
/// all have used.
///
/// # Errors
/// When Redis is away, or does not answer as it should: it is told again with the next call then.
pub async fn merge(
    budget: &Budget,
    name: &str,
    redis: &Redis,
    now: Millis,
) -> Result<(), RedisError> {
    let (blocked_until, news) = budget.news(now);
    let mut arguments = vec![now, millis(LONGEST_BLOCK), blocked_until];
    for WindowNews { known, untold } in &news {
        let (length_ms, began_at) = (known.window.length_ms, known.began_at);
        arguments.extend([length_ms, began_at, known.used.into(), (*untold).into()]);
    }
    let key = redis.key(format!("budget:{name}"));
    let told: Vec<Millis> = redis.eval(&MERGE, key, arguments).await?;
    budget.was_told(&news);
    budget.absorb(now, &read(&told));
    Ok(())
}

/// What the script answers: the end of a block, then length, beginning and use of each window.
fn read(told: &[Millis]) -> Usage {
    let (blocked_until, windows) = told
        .split_first()
        .map_or((0, &[][..]), |(block, rest)| (*block, rest));
    let windows = windows.as_chunks::<3>().0.iter();
    Usage {
        windows: windows
            .map(|[length_ms, began_at, used]| WindowUse {
                window: RateWindow {
                    length_ms: *length_ms,
                    limit: 0,
                },
                began_at: *began_at,
                used: u32::try_from(*used).unwrap_or(u32::MAX),
            })
            .collect(),
        blocked_until,
    }
}
