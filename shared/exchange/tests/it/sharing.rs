//! Budgets of several processes behind one address.

use exchange::{
    Moment, MomentClock,
    budget::{Budget, Priority, RateWindow},
    sharing::{merge, share},
};
use fred::interfaces::KeysInterface as _;
use platform::{
    SystemClock,
    redis::{Redis, Script},
};
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
    ours.acquire(NOW, Priority::Cancel, 50).unwrap();
    theirs.acquire(NOW, Priority::Cancel, 10).unwrap();
    merge(&ours, "binance", &redis, NOW).await.unwrap();
    merge(&theirs, "binance", &redis, NOW).await.unwrap();
    assert_eq!(used(&theirs), [60, 60]);
    assert_eq!(
        theirs.acquire(NOW + 1, Priority::Query, 20),
        Err(NOW + 60_000)
    );
    merge(&ours, "binance", &redis, NOW).await.unwrap();
    assert_eq!(used(&ours), [60, 60]);

    // Told once, it is not counted again, and more is added.
    for _ in 0..3 {
        merge(&ours, "binance", &redis, NOW).await.unwrap();
        merge(&theirs, "binance", &redis, NOW).await.unwrap();
    }
    assert_eq!(used(&ours), [60, 60]);
    theirs.acquire(NOW, Priority::Cancel, 7).unwrap();
    ours.acquire(NOW, Priority::Cancel, 5).unwrap();
    merge(&theirs, "binance", &redis, NOW).await.unwrap();
    merge(&ours, "binance", &redis, NOW).await.unwrap();
    assert_eq!(used(&ours), [72, 72]);
}

#[tokio::test]
async fn the_venue_s_own_count_is_that_of_all() {
    let redis = redis().await;
    let (ours, theirs) = (budget(), budget());
    ours.acquire(NOW, Priority::Cancel, 10).unwrap();
    ours.observe(NOW, NOW, MINUTE.length_ms, 45);
    theirs.acquire(NOW, Priority::Cancel, 20).unwrap();
    theirs.observe(NOW, NOW, MINUTE.length_ms, 47);
    merge(&ours, "binance", &redis, NOW).await.unwrap();
    merge(&theirs, "binance", &redis, NOW).await.unwrap();
    // What the venue counted is not counted twice, but for what was told in between: rather too much than too little.
    assert_eq!(used(&theirs), [65, 30]);
}

#[tokio::test]
async fn a_process_that_cannot_tell_tells_later() {
    let mut server = OwnRedis::start().await;
    let redis = Redis::connect(&server.config());
    wait_until("Redis is there", async || redis.is_healthy()).await;
    let (ours, theirs) = (budget(), budget());
    ours.acquire(NOW, Priority::Cancel, 30).unwrap();
    server.stop().await;
    assert!(merge(&ours, "binance", &redis, NOW).await.is_err());
    server.restart().await;
    wait_until("Redis is back", async || redis.is_healthy()).await;
    theirs.acquire(NOW, Priority::Cancel, 2).unwrap();
    merge(&theirs, "binance", &redis, NOW).await.unwrap();
    merge(&ours, "binance", &redis, NOW).await.unwrap();
    assert_eq!(used(&ours), [32, 32]);
}

#[tokio::test]
async fn what_stands_there_by_mistake_neither_blocks_nor_breaks_anything() {
    let redis = redis().await;
    let key = redis.key("budget:binance");
    let client = redis.client().unwrap();
    let wrong = [
        ("blocked", (NOW + 4 * 86_400_000).to_string()),
        ("60000", "rubbish".to_owned()),
        ("3600000", String::new()),
    ];
    for (field, value) in wrong {
        let put = Script::new("return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])");
        let put = redis.eval::<i64, _, _>(&put, key.clone(), vec![field.to_owned(), value]);
        put.await.unwrap();
    }
    let ours = budget();
    ours.acquire(NOW, Priority::Cancel, 3).unwrap();
    merge(&ours, "binance", &redis, NOW).await.unwrap();
    assert_eq!(ours.acquire(NOW, Priority::Cancel, 1), Ok(()));
    assert_eq!(used(&ours), [4, 4]);
    // It is put right, and ends by itself.
    let left: i64 = client.pttl(&key).await.unwrap();
    assert!((1..=3_600_000).contains(&left), "{left}");

    // A venue that asks for more than any ban is left alone for the longest ban.
    ours.block(NOW, NOW + 10 * 86_400_000);
    assert_eq!(
        ours.acquire(NOW, Priority::Cancel, 1),
        Err(NOW + 3 * 86_400_000)
    );
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
        [3, 63],
        "the minute is over, the hour is not"
    );
    merge(&ours, "binance", &redis, next).await.unwrap();
    assert_eq!(used(&ours), [3, 63]);
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
    assert_eq!((used(&ours), ours.usage().blocked_until), (vec![0, 0], 0));

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
