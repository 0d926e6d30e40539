//! Budgets of several processes behind one address.

use exchange::{
    Moment, MomentClock,
    budget::{Budget, Priority, RateWindow, Usage},
    sharing::{merge, share},
};
use platform::{SystemClock, redis::Redis};
use testkit::{TestRedis, servers::OwnRedis, wait_until};
use tokio_util::sync::CancellationToken;

const MINUTE: RateWindow = RateWindow {
    length_ms: 60_000,
    limit: 100,
};

const HOUR: RateWindow = RateWindow {
    length_ms: 3_600_000,
    limit: 1_000,
};

/// A minute that has begun, in milliseconds since 1970.
const NOW: i64 = 1_760_000_040_000;

fn budget() -> Budget {
    let moments = MomentClock::new(|| Moment::since_boot(std::time::Duration::from_secs(7)));
    Budget::new([MINUTE, HOUR], moments)
}

fn used(budget: &Budget) -> Vec<u32> {
    let usage = budget.usage();
    usage.windows.iter().map(|window| window.used).collect()
}

async fn redis() -> Redis {
    let redis = Redis::connect(&TestRedis::shared().await.config());
    wait_until("Redis is there", async || redis.is_healthy()).await;
    redis
}

#[tokio::test]
async fn what_one_process_used_no_other_has() {
    let redis = redis().await;
    let (ours, theirs) = (budget(), budget());
    ours.acquire(NOW, Priority::Cancel, 60).unwrap();
    theirs.acquire(NOW, Priority::Cancel, 10).unwrap();
    merge(&ours, "binance", &redis, NOW).await.unwrap();
    merge(&theirs, "binance", &redis, NOW).await.unwrap();
    assert_eq!(used(&theirs), [60, 60]);
    assert_eq!(
        theirs.acquire(NOW + 1, Priority::Query, 20),
        Err(NOW + 60_000 - NOW % 60_000)
    );

    // The larger count stays, whoever tells a smaller one later.
    let late = budget();
    late.acquire(NOW, Priority::Cancel, 1).unwrap();
    merge(&late, "binance", &redis, NOW).await.unwrap();
    merge(&ours, "binance", &redis, NOW).await.unwrap();
    assert_eq!((used(&late), used(&ours)), (vec![60, 60], vec![60, 60]));
}

#[tokio::test]
async fn each_exchange_has_its_own() {
    let redis = redis().await;
    let (ours, theirs) = (budget(), budget());
    ours.acquire(NOW, Priority::Cancel, 60).unwrap();
    ours.block(NOW, NOW + 5_000);
    merge(&ours, "binance", &redis, NOW).await.unwrap();
    merge(&theirs, "binance_testnet", &redis, NOW)
        .await
        .unwrap();
    assert_eq!(used(&theirs), [0, 0]);
    assert_eq!(theirs.acquire(NOW, Priority::History, 1), Ok(()));
}

#[tokio::test]
async fn a_window_that_is_over_says_nothing_and_one_that_began_elsewhere_does() {
    let redis = redis().await;
    let (ours, theirs) = (budget(), budget());
    ours.acquire(NOW, Priority::Cancel, 60).unwrap();
    merge(&ours, "binance", &redis, NOW).await.unwrap();
    let next = NOW + 60_000;
    theirs.acquire(next, Priority::Cancel, 3).unwrap();
    merge(&theirs, "binance", &redis, next).await.unwrap();
    assert_eq!(
        used(&theirs),
        [3, 60],
        "the minute is over, the hour is not"
    );
    merge(&ours, "binance", &redis, next).await.unwrap();
    assert_eq!(used(&ours), [3, 60]);
}

#[tokio::test]
async fn a_window_that_begins_in_the_future_changes_nothing() {
    let redis = redis().await;
    let (ours, ahead) = (budget(), budget());
    let later = NOW + 600_000;
    ahead.acquire(later, Priority::Cancel, 90).unwrap();
    merge(&ahead, "binance", &redis, later).await.unwrap();
    ours.acquire(NOW, Priority::Cancel, 5).unwrap();
    merge(&ours, "binance", &redis, NOW).await.unwrap();
    assert_eq!(used(&ours)[0], 5);

    let mut usage = ahead.usage();
    usage.windows[0].began_at = later;
    ours.absorb(NOW, &usage);
    assert_eq!(used(&ours)[0], 5);
}

#[tokio::test]
async fn a_ban_of_one_process_is_known_to_one_that_starts_later() {
    let redis = redis().await;
    let banned = budget();
    banned.block(NOW, NOW + 120_000);
    merge(&banned, "binance", &redis, NOW).await.unwrap();
    let started = budget();
    merge(&started, "binance", &redis, NOW + 1_000)
        .await
        .unwrap();
    assert_eq!(
        started.acquire(NOW + 1_000, Priority::Cancel, 1),
        Err(NOW + 120_000)
    );

    // An end before that one changes nothing, for either.
    let shorter = budget();
    shorter.block(NOW, NOW + 10);
    merge(&shorter, "binance", &redis, NOW).await.unwrap();
    merge(&banned, "binance", &redis, NOW).await.unwrap();
    assert_eq!(banned.usage().blocked_until, NOW + 120_000);
    assert_eq!(shorter.usage().blocked_until, NOW + 120_000);
}

#[tokio::test]
async fn without_redis_each_goes_on_with_what_it_knows_and_later_they_agree() {
    let mut server = OwnRedis::start().await;
    let redis = Redis::connect(&server.config());
    wait_until("Redis is there", async || redis.is_healthy()).await;
    let (ours, theirs) = (budget(), budget());
    let (clock, stop) = (SystemClock::shared(), CancellationToken::new());
    server.stop().await;
    assert!(merge(&ours, "binance", &redis, NOW).await.is_err());
    assert_eq!(
        ours.usage(),
        Usage {
            windows: budget().usage().windows,
            blocked_until: 0
        }
    );

    let sharing = async {
        tokio::join!(
            share(&ours, "binance", &redis, &clock, &stop),
            share(&theirs, "binance", &redis, &clock, &stop),
        )
    };
    let told = async {
        let now = clock.now().timestamp_millis();
        ours.block(now, now + 60_000);
        assert!(ours.acquire(now, Priority::Cancel, 1).is_err());
        assert_eq!(theirs.acquire(now, Priority::Cancel, 1), Ok(()));
        server.restart().await;
        wait_until("the other knows the ban", async || {
            theirs.usage().blocked_until == now + 60_000
        })
        .await;
        stop.cancel();
    };
    tokio::join!(sharing, told);
}
