//! What an engine measures.

use std::path::Path;

use chrono::Duration;
use engine::{leases::keeper::Keeper, maintenance::gauges::Gauges};
use platform::{
    SystemClock, clock::ManualClock, config::Service, ids::uuid_v7, metrics::build, time::of_millis,
};
use serde_json::json;
use store::{
    Db, StoreError,
    backtests::{self, JobKind, NewBacktest, jobs::claim},
    events::append,
    schema,
};
use testkit::{TestDb, paper::PaperAccount, wait_until};
use tokio_util::sync::CancellationToken;
use views::event::UserUpdated;

use crate::{
    bench::{series, users},
    runner::stand::{Stand, synthetic},
};

/// Everything runs on this test's thread, whose metrics are read.
#[tokio::test]
async fn its_schema_and_the_accounts_that_play_are_measured() {
    let (recorder, measured) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let mut stand = Stand::new().await;
    let db = Db::connect(&stand.test.database_config()).unwrap();
    let version = schema::version(&db).await.unwrap();
    let is = async |name: &str, value: i32| {
        let line = format!("{name}{{service=\"engine\"}} {value}\n");
        wait_until(&line, || async { measured.render().contains(&line) }).await;
    };
    let mut accounts = Vec::new();
    for _ in 0..2 {
        let spec = synthetic(&json!(1));
        accounts.push(PaperAccount::create(&mut stand.db, stand.user, &spec, &[]).await);
    }
    stand.start(Path::new(".")).await;
    is("schema_version", version).await;
    is("engine_accounts_playing", 0).await;
    for account in &accounts {
        account.set_feed(&mut stand.db, "running").await;
    }
    is("engine_accounts_playing", 2).await;
    accounts[0].set_feed(&mut stand.db, "paused").await;
    is("engine_accounts_playing", 1).await;
    is("engine_shards_held", 64).await;
    for rare in [
        "engine_bots_failed_total",
        "engine_reconcile_mismatches_total",
        "engine_late_fills_total",
    ] {
        let value = series(&measured, rare, "");
        assert_eq!(value.as_deref(), Some("0"), "{rare} is set from the start");
    }
    let renewed = series(&measured, "engine_renewals_total", r#",outcome="ok""#);
    assert!(renewed.is_some());
    stand.stop().await;
}

/// In every process the pool, and in an engine what waits for it, and the last backup.
#[tokio::test]
async fn what_waits_is_measured_for_the_shards_that_are_held() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let (test, clock) = (TestDb::new().await, SystemClock::shared());
    let db = Db::connect(&test.database_config()).unwrap();
    let user = users(&test, 1).await[0];
    let at = of_millis(1_700_000_000_000);
    for seconds in [0, 20] {
        let event = UserUpdated::to(1).into();
        let txn = db.begin().await.unwrap();
        append(&txn, at + Duration::seconds(seconds), user, &event)
            .await
            .unwrap();
        txn.commit().await.unwrap();
    }
    let symbol = "SOL-USDT".parse().unwrap();
    for _ in 0..3 {
        let new = NewBacktest {
            kind: JobKind::Backtest,
            symbol: &symbol,
            bot_type: "grid",
            spec: json!({}),
        };
        let queued = db.transaction::<_, StoreError, _>(async |txn| {
            backtests::insert(txn, user, new, at).await
        });
        queued.await.unwrap();
    }
    assert!(claim(&db, uuid_v7(at)).await.unwrap().is_some());
    test.execute(r#"INSERT INTO settings (name, value) VALUES ('last_backup', '{"at": 1700000007, "bytes": 1}')"#)
        .await;
    let is = |name: &str, value: Option<&str>| {
        assert_eq!(series(&page, name, "").as_deref(), value, "{name}");
    };
    let later = ManualClock::new(at + Duration::seconds(90));
    let fresh = Db::connect(&test.database_config()).unwrap();
    Gauges::new(fresh.clone(), later.clone()).measure().await;
    is("db_pool_open", Some("0"));
    is("db_pool_idle", Some("0"));
    is("relay_backlog_events", None);
    is("backup_last_success_timestamp_seconds", None);

    let keeper = Keeper::new(db, clock, "test".to_owned());
    let leases = keeper.leases();
    let gauges = Gauges::new(fresh, later).with_backlog(leases.clone());
    gauges.measure().await;
    is("db_pool_open", Some("1"));
    is("relay_backlog_events", Some("0"));
    is("relay_backlog_age_seconds", Some("0"));
    is("backtests_queued", Some("2"));
    is("backtests_running", Some("1"));
    is("backup_last_success_timestamp_seconds", Some("1700000007"));

    let stop = CancellationToken::new();
    let keeping = tokio::spawn(keeper.run(stop.clone()));
    wait_until("the shards are held", || async {
        leases.held().len() == 64
    })
    .await;
    gauges.measure().await;
    is("relay_backlog_events", Some("2"));
    is("relay_backlog_age_seconds", Some("90"));
    stop.cancel();
    keeping.await.unwrap();
}

#[tokio::test]
async fn renewals_that_fail_are_counted() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let mut stand = Stand::new().await;
    stand.start(Path::new(".")).await;
    let renewals = |outcome: &str| {
        let labels = format!(",outcome=\"{outcome}\"");
        series(&page, "engine_renewals_total", &labels)
    };
    wait_until("it renews", || async { renewals("ok").is_some() }).await;
    assert_eq!(renewals("failed"), None);
    stand
        .test
        .execute("ALTER TABLE engine_nodes RENAME TO hidden")
        .await;
    wait_until("renewals fail", || async { renewals("failed").is_some() }).await;
    stand
        .test
        .execute("ALTER TABLE hidden RENAME TO engine_nodes")
        .await;
    stand.stop().await;
}
