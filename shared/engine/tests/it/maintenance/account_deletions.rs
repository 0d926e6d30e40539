//! An account that was closed goes, whatever interrupts it.

use std::sync::Arc;

use chrono::{Duration, Utc};
use engine::{Engine, EngineConfig};
use platform::{
    clock::ManualClock,
    config::{Env, Reader, Service},
    ids::UserId,
    metrics::build,
};
use sea_orm::sqlx::{AssertSqlSafe, query_scalar};
use serde_json::json;
use store::{Db, deletions};
use testkit::{TestDb, TestRedis, paper::PaperAccount, wait_until};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    bench::{counted, series},
    log::Log,
};

const STOPPING: &str = "the bots of a closed account are stopping";
const FORCED: &str = "the bots of a closed account did not stop: deleted while running";
const DELETED: &str = "deleted a closed account";

struct Stand {
    test: TestDb,
    redis: TestRedis,
    db: Db,
    clock: Arc<ManualClock>,
}

struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

impl Stand {
    async fn new() -> Self {
        let test = TestDb::new().await;
        Self {
            db: Db::connect(&test.database_config()).unwrap(),
            redis: TestRedis::shared().await,
            clock: ManualClock::new(Utc::now()),
            test,
        }
    }

    async fn engine(&self) -> Running {
        let redis = self.redis.config();
        let env = Env::from_pairs([
            ("HOSTNAME", "127.0.0.1".to_owned()),
            ("PORT", "0".to_owned()),
            ("DRAIN_MS", "0".to_owned()),
            ("DATABASE_URL", self.test.pool_url()),
            ("ENCRYPTION_KEY", "0123456789abcdef".repeat(2)),
            ("REDIS_HOST", redis.host.clone()),
            ("REDIS_PORT", redis.port.to_string()),
            ("REDIS_PREFIX", redis.prefix.clone()),
        ]);
        let mut reader = Reader::new(env);
        let config = EngineConfig::read(&mut reader, false);
        reader.finish().unwrap();
        let stop = CancellationToken::new();
        let engine = Engine::bind(config, self.clock.clone()).await.unwrap();
        let run = engine.run(stop.clone());
        let task = tokio::spawn(async move { run.await.unwrap() });
        Running { stop, task }
    }

    /// A user whose grid has orders in the book, and who was told something.
    async fn trader(&self) -> UserId {
        let user = UserId::new(Utc::now());
        self.test
            .execute(&format!(
                "INSERT INTO users (id, email, password_hash, display_name, shard)
                 VALUES ('{user}', '{user}@example.com', 'x', 'Ann', {});
                 INSERT INTO security_log (id, user_id, kind, address, agent, detail)
                 VALUES (gen_random_uuid(), '{user}', 'logged_in', '192.0.2.1', 'a browser', '{{\"session\": 1}}');
                 INSERT INTO idempotency_keys (user_id, route, key, body_hash, status, answer)
                 VALUES ('{user}', 'r', 'k', '', 201, '{{}}')",
                user.shard()
            ))
            .await;
        let spec = json!({
            "symbol": "BTC-USDT", "balances": {"USDT": "100000"}, "speed": 600,
            "feed": {"kind": "synthetic", "seed": 7, "candles": 40_000, "start_price": "60000"},
        });
        let grid = json!({
            "type": "grid", "lower": "50000", "upper": "70000", "grid_count": 10, "spacing": "arithmetic",
            "quantity": {"mode": "fixed_base", "quantity": "0.01"},
        });
        let mut db = self.test.connect().await;
        let account = PaperAccount::create(&mut db, user, &spec, &[grid]).await;
        account.set_feed(&mut db, "running").await;
        user
    }

    async fn close(&self, user: UserId) {
        let txn = self.db.begin().await.unwrap();
        assert!(
            deletions::begin(&txn, user, self.clock_now())
                .await
                .unwrap()
        );
        txn.commit().await.unwrap();
    }

    fn clock_now(&self) -> chrono::DateTime<Utc> {
        use platform::clock::Clock;
        self.clock.now()
    }

    async fn count(&self, sql: &str) -> i64 {
        query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut self.test.connect().await)
            .await
            .unwrap()
    }

    async fn becomes(&self, sql: &str, count: i64) {
        wait_until(sql, || async { self.count(sql).await == count }).await;
    }
}

/// Everything runs on this test's thread, whose metrics and lines are read.
#[tokio::test]
async fn bots_stop_keys_go_and_nothing_names_anybody() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let (log, _logged) = Log::here();
    let stand = Stand::new().await;
    let (leaving, staying) = (stand.trader().await, stand.trader().await);
    let engine = stand.engine().await;
    let trading = "SELECT count(DISTINCT bot_id) FROM orders WHERE status = 'open'";
    stand.becomes(trading, 2).await;

    stand.close(leaving).await;
    stand.becomes("SELECT count(*) FROM bots", 1).await;
    stand.becomes("SELECT count(*) FROM connections", 1).await;
    // The bare row says for a while yet that its tokens are void.
    let row = format!("SELECT count(*) FROM users WHERE id = '{leaving}' AND status = 'banned'");
    assert_eq!(stand.count(&row).await, 1);
    assert_eq!(counted(&page, "accounts_deleted_total"), 0);

    engine.end().await;
    stand.clock.advance(deletions::ROW_KEPT);
    let engine = stand.engine().await;
    stand.becomes("SELECT count(*) FROM users", 1).await;
    wait_until("it is counted", || async {
        counted(&page, "accounts_deleted_total") == 1
    })
    .await;
    assert_eq!(log.count(DELETED), 1);
    assert_eq!(log.count(FORCED), 0);
    for table in [
        "events",
        "user_streams",
        "idempotency_keys",
        "account_deletions",
    ] {
        let left = format!("SELECT count(*) FROM {table} WHERE user_id = '{leaving}'");
        assert_eq!(stand.count(&left).await, 0, "{table}");
    }
    let log = "SELECT count(*) FROM security_log WHERE user_id IS NULL AND kind = 'logged_in' AND address IS NULL
                   AND agent IS NULL AND detail = '{}'";
    assert_eq!(stand.count(log).await, 1);
    let other =
        format!("SELECT count(*) FROM bots WHERE user_id = '{staying}' AND status = 'running'");
    assert_eq!(stand.count(&other).await, 1);
    engine.end().await;
}

/// It is said once that its bots are stopping, and in the end that they did not.
#[tokio::test]
async fn a_bot_that_never_stops_is_not_waited_for_for_ever() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let (log, _logged) = Log::here();
    let stand = Stand::new().await;
    let user = stand.trader().await;
    // Whatever is tried, it is not noted that the bot has stopped.
    stand
        .test
        .execute(
            "UPDATE connections SET paper = '{}'; UPDATE bots SET status = 'running';
             ALTER TABLE bots ADD CONSTRAINT never_stopped CHECK (status <> 'stopped') NOT VALID",
        )
        .await;
    stand.close(user).await;
    let engine = stand.engine().await;
    stand
        .becomes("SELECT count(*) FROM bots WHERE status = 'stopping'", 1)
        .await;
    // It is looked at every two seconds, and the lease renewed four times meanwhile.
    let renewals = || series(&page, "engine_renewals_total", r#",outcome="ok""#);
    let renewed = || renewals().map_or(0, |count| count.parse::<u64>().unwrap());
    let until = renewed() + 10;
    wait_until("it was looked at again", || async { renewed() >= until }).await;
    assert_eq!(log.count(STOPPING), 1);
    stand
        .clock
        .advance(deletions::FORCED_AFTER - Duration::seconds(1));
    assert_eq!(stand.count("SELECT count(*) FROM bots").await, 1);
    stand.clock.advance(Duration::seconds(1));
    stand.becomes("SELECT count(*) FROM users", 0).await;
    engine.end().await;
    assert_eq!((log.count(STOPPING), log.count(FORCED)), (1, 1));
    assert_eq!(counted(&page, "accounts_deleted_total"), 1);
}

#[tokio::test]
async fn what_a_crash_interrupts_begins_again() {
    let stand = Stand::new().await;
    let user = stand.trader().await;
    stand.close(user).await;
    let txn = stand.db.begin().await.unwrap();
    assert!(
        !deletions::begin(&txn, user, stand.clock_now())
            .await
            .unwrap(),
        "once"
    );
    drop(txn);
    for _ in 0..3 {
        let engine = stand.engine().await;
        stand
            .becomes("SELECT count(*) FROM leases WHERE node IS NOT NULL", 64)
            .await;
        engine.task.abort();
        // A process that is killed hands nothing over.
        stand
            .test
            .execute("UPDATE engine_nodes SET alive_until = now()")
            .await;
    }
    let engine = stand.engine().await;
    stand.becomes("SELECT count(*) FROM connections", 0).await;
    stand.clock.advance(deletions::ROW_KEPT);
    stand.becomes("SELECT count(*) FROM users", 0).await;
    engine.end().await;
}
