//! When an account is played, saved and given up: the time that passes, and what is measured of it. Everything runs on the
//! thread of each test, whose metrics are read.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use engine::{
    leases::keeper::Keeper,
    relay::{Relay, RelayHandle},
    runner::Supervisor,
    spec::FeedDir,
};
use platform::{
    SystemClock,
    config::{RedisConfig, Service},
    metrics::build,
    redis::Redis,
};
use sea_orm::sqlx::query_scalar;
use serde_json::json;
use store::Db;
use testkit::{ChaosProxy, DEADLINE, paper::PaperAccount, servers::OwnRedis, wait_until};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use trading::bot::BOOKS_SINCE;

use super::{
    prices::shown,
    stand::{Stand, interval, synthetic, times},
};
use crate::bench::{Listener, Node, counted, series, users};

#[tokio::test]
async fn an_account_in_which_nothing_happens_is_committed_every_256_points() {
    const CANDLES: u64 = 2_000;
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let mut stand = Stand::new().await;
    let mut spec = synthetic(&json!("flat_out"));
    spec["feed"]["candles"] = json!(CANDLES);
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &[]).await;
    account.set_feed(&mut stand.db, "running").await;
    stand.start(Path::new(".")).await;
    assert_eq!(account.played(&mut stand.db).await.0, "finished");
    // The last commit is counted after it is seen.
    stand.stop().await;
    let commits = counted(&page, "engine_commit_seconds_count");
    assert_eq!(commits, CANDLES * 4 / 256 + 1);
    assert_eq!(series(&page, "engine_order_seconds_count", ""), None);
    assert_eq!(series(&page, "engine_account_failures_total", ""), None);
    let format: i32 = query_scalar("SELECT state_format FROM leases WHERE shard = $1")
        .bind(i16::from(stand.user.shard()))
        .fetch_one(&mut stand.db)
        .await
        .unwrap();
    assert_eq!(
        format,
        i32::from(BOOKS_SINCE),
        "older engines keep away from it"
    );
}

#[tokio::test]
async fn the_place_of_an_account_in_which_nothing_happens_is_saved_after_five_seconds() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let mut stand = Stand::new().await;
    // Four points a second.
    let spec = synthetic(&json!(60));
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &[]).await;
    account.set_feed(&mut stand.db, "running").await;
    let started = Instant::now();
    stand.start(Path::new(".")).await;
    assert_eq!(account.played_beyond(&mut stand.db, 0).await.0, "running");
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(5), "{took:?}");
    assert_eq!(counted(&page, "engine_commit_seconds_count"), 1);
    stand.stop().await;
}

#[tokio::test]
async fn a_feed_takes_as_long_as_its_speed_says() {
    const SPEED: i64 = 60;
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let mut stand = Stand::new().await;
    let mut spec = synthetic(&json!(SPEED));
    spec["feed"]["candles"] = json!(3);
    let times = times(&spec);
    let least = u64::try_from((times[11] - times[0]) / SPEED).unwrap();
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &[]).await;
    stand.start(Path::new(".")).await;
    wait_until("the engine has its shards", || async {
        series(&page, "engine_shards_held", "").as_deref() == Some("64")
    })
    .await;
    let started = Instant::now();
    account.set_feed(&mut stand.db, "running").await;
    let (status, pos, _) = account.played(&mut stand.db).await;
    assert_eq!((status.as_str(), pos), ("finished", 12));
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(least), "{took:?}");
    stand.stop().await;
}

/// What its first price caused is measured from that price on, once.
#[tokio::test]
async fn the_time_from_a_price_to_its_order_is_measured() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let mut stand = Stand::new().await;
    // The next price comes in a quarter of an hour.
    let mut spec = synthetic(&json!(1));
    spec["feed"]["interval"] = json!("1h");
    let configs = [interval("100")];
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    account.set_feed(&mut stand.db, "running").await;
    stand.start(Path::new(".")).await;
    wait_until("an order is measured", || async {
        counted(&page, "engine_order_seconds_count") == 1
    })
    .await;
    let orders: i64 = query_scalar("SELECT count(*) FROM orders")
        .fetch_one(&mut stand.db)
        .await
        .unwrap();
    assert_eq!(orders, 1);
    // Its start was committed before.
    assert!(counted(&page, "engine_commit_seconds_count") > 1);
    stand.stop().await;
}

/// A relay that never looks by itself is woken by what an account has to tell.
#[tokio::test]
async fn what_happens_to_an_account_is_relayed_at_once() {
    let mut stand = Stand::new().await;
    let mut spec = synthetic(&json!("flat_out"));
    spec["feed"]["candles"] = json!(10);
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &[]).await;
    let listener = Listener::on(&stand.redis_config()).await;
    let db = Db::connect(&stand.test.database_config()).unwrap();
    let (redis, clock) = (Redis::connect(&stand.redis_config()), SystemClock::shared());
    let keeper = Keeper::new(db.clone(), clock.clone(), "test".to_owned());
    let leases = keeper.leases();
    let relay = Relay::new(db.clone(), redis.clone(), leases.clone(), clock.clone())
        .polling_every(Duration::from_hours(1));
    let (handle, inbox) = RelayHandle::new(1);
    let runner = Supervisor::new(
        db,
        redis.clone(),
        leases.clone(),
        handle,
        clock.clone(),
        FeedDir(None),
        Stand::exchanges(clock),
    );
    let stop = CancellationToken::new();
    let tasks = [
        tokio::spawn(keeper.run(stop.clone())),
        tokio::spawn(relay.run(inbox, stop.clone())),
        tokio::spawn(runner.run(stop.clone())),
    ];
    wait_until("Redis is reached and the shards are held", || async {
        redis.is_healthy() && leases.held().len() == 64
    })
    .await;
    account.set_feed(&mut stand.db, "running").await;
    wait_until("the end of the feed is heard", || async {
        listener.seqs(stand.user) == [1]
    })
    .await;
    stop.cancel();
    for task in tasks {
        task.await.unwrap();
    }
}

/// A link to itself is a file that cannot be opened for the moment.
#[tokio::test]
async fn an_account_that_cannot_go_on_is_tried_less_and_less_and_handed_over() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("candles.csv");
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let mut stand = Stand::new().await;
    // The upper half of the shards goes to the second engine.
    let user = loop {
        let user = users(&stand.test, 1).await[0];
        if user.shard() >= 32 {
            break user;
        }
    };
    let mut spec = synthetic(&json!("flat_out"));
    spec["feed"] = json!({"kind": "file", "name": "candles.csv"});
    let account = PaperAccount::create(&mut stand.db, user, &spec, &[]).await;
    account.set_feed(&mut stand.db, "running").await;
    let started = Instant::now();
    stand.start(dir.path()).await;
    wait_until("it has failed four times", || async {
        counted(&page, "engine_account_failures_total") >= 4
    })
    .await;
    // 100, 200 and 400 ms pass between them.
    assert!(started.elapsed() >= Duration::from_millis(700));
    assert_eq!(account.feed(&mut stand.db).await.0, "running");

    let second = Node::start(&stand.test.database_config(), &stand.redis_config());
    wait_until("the second engine has its shard", || async {
        second.leases.guard(user.shard()).is_some()
    })
    .await;
    wait_until("the first has let it go", || async {
        series(&page, "engine_accounts_playing", "").as_deref() == Some("0")
    })
    .await;
    second.stop().await;
    wait_until("the first tries it again", || async {
        series(&page, "engine_accounts_playing", "").as_deref() == Some("1")
    })
    .await;
    timeout(DEADLINE, stand.stop()).await.unwrap();
}

/// A price that Redis does not take is shown later although no newer one comes, and keeps no account from ending.
#[tokio::test]
async fn a_price_is_shown_once_redis_is_back() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let own = OwnRedis::start().await;
    let proxy = ChaosProxy::to(own.addr()).await;
    let config = RedisConfig {
        port: proxy.addr().port(),
        ..own.config()
    };
    proxy.cut().await;
    let mut stand = Stand::new().await;
    let mut spec = synthetic(&json!(1));
    spec["feed"]["interval"] = json!("1h");
    let rare = PaperAccount::create(&mut stand.db, stand.user, &spec, &[]).await;
    // A price every two seconds.
    let often = PaperAccount::create(&mut stand.db, stand.user, &synthetic(&json!(10)), &[]).await;
    rare.set_feed(&mut stand.db, "running").await;
    stand.start_on(Path::new("."), &config).await;
    let lost = || counted(&page, "engine_market_values_lost_total");
    let play = async |accounts: &str| {
        wait_until("the accounts play", || async {
            series(&page, "engine_accounts_playing", "").as_deref() == Some(accounts)
        })
        .await;
    };
    wait_until("its price is lost", || async { lost() > 0 }).await;
    proxy.heal().await;
    let redis = Redis::connect(&own.config());
    wait_until("Redis is reached", || async { redis.is_healthy() }).await;
    wait_until("its price is shown", || async {
        shown(&redis, stand.user, &rare).await.is_some()
    })
    .await;

    often.set_feed(&mut stand.db, "running").await;
    play("2").await;
    proxy.cut().await;
    let before = lost();
    wait_until("a price is lost", || async { lost() > before }).await;
    often.set_feed(&mut stand.db, "paused").await;
    play("1").await;
    stand.stop().await;
}
