//! Who is alive keeps its shards: frozen for a moment, beside slow commits, and under load.

use sea_orm::sqlx::{AssertSqlSafe, Connection, PgConnection, query_as, query_scalar, raw_sql};
use serde_json::{Value, json};
use testkit::{paper::PaperAccount, wait_until};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::platform::{Copy, Platform};

/// Four times as long as a lease lives without a renewal: whoever lost it has been succeeded by then.
const FOUR_LIVES_S: f64 = 12.0;

/// How many accounts, and bots on each.
const LOAD: (usize, usize) = (20, 10);

struct Floor {
    platform: Platform,
    db: Mutex<PgConnection>,
}

/// A shard, who holds it, and how often it was taken.
type Held = (i16, Uuid, i64);

impl Floor {
    async fn new() -> Self {
        let platform = Platform::start().await;
        let url = platform.postgres.direct_url("blockbotx");
        let db = Mutex::new(PgConnection::connect(&url).await.unwrap());
        Self { platform, db }
    }

    /// Two engines, each with its half of the shards.
    async fn engines(&self) -> [Copy; 2] {
        let engines = [self.platform.engine().await, self.platform.engine().await];
        wait_until("each has its half", || async {
            self.shares().await == [32, 32]
        })
        .await;
        engines
    }

    /// How many shards each holder that is alive has.
    async fn shares(&self) -> Vec<i64> {
        query_scalar(
            "SELECT count(*) FROM leases l JOIN engine_nodes n ON n.id = l.node
             WHERE n.alive_until > clock_timestamp() GROUP BY l.node",
        )
        .fetch_all(&mut *self.db.lock().await)
        .await
        .unwrap()
    }

    async fn leases(&self) -> Vec<Held> {
        query_as("SELECT shard, node, epoch FROM leases ORDER BY shard")
            .fetch_all(&mut *self.db.lock().await)
            .await
            .unwrap()
    }

    async fn run(&self, sql: &str) {
        raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&mut *self.db.lock().await)
            .await
            .unwrap();
    }

    /// The nodes that are alive, with the seconds that each has left.
    async fn alive(&self) -> Vec<(Uuid, f64)> {
        query_as(
            "SELECT id, extract(epoch FROM alive_until - clock_timestamp())::float8 FROM engine_nodes
             WHERE alive_until > clock_timestamp() ORDER BY id",
        )
        .fetch_all(&mut *self.db.lock().await)
        .await
        .unwrap()
    }

    /// Waits until every lease would have run out several times if nobody had renewed.
    async fn four_lives_pass(&self) {
        let now = "SELECT extract(epoch FROM clock_timestamp())::float8";
        let started: f64 = query_scalar(now)
            .fetch_one(&mut *self.db.lock().await)
            .await
            .unwrap();
        wait_until("four lives have passed", || async {
            let at: f64 = query_scalar(now)
                .fetch_one(&mut *self.db.lock().await)
                .await
                .unwrap();
            at > started + FOUR_LIVES_S
        })
        .await;
    }
}

/// Which node an engine is, by its log.
fn node_of(engine: &Copy, nodes: &[(Uuid, f64)]) -> Uuid {
    let logs = engine.process.logs();
    let (node, _) = nodes
        .iter()
        .find(|(node, _)| logs.contains(&node.to_string()))
        .unwrap();
    *node
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_frozen_for_less_than_its_lease_keeps_its_shards() {
    let floor = Floor::new().await;
    let [frozen, _other] = floor.engines().await;
    let before = floor.leases().await;
    let node = node_of(&frozen, &floor.alive().await);
    for _ in 0..3 {
        frozen.process.stop();
        wait_until("more than half of its life is gone", || async {
            let nodes = floor.alive().await;
            nodes.iter().any(|(id, left)| *id == node && *left < 1.2)
        })
        .await;
        frozen.process.cont();
        wait_until("it has renewed", || async {
            let nodes = floor.alive().await;
            nodes.iter().any(|(id, left)| *id == node && *left > 2.5)
        })
        .await;
    }
    assert_eq!(floor.leases().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_frozen_for_longer_is_succeeded_and_comes_back_as_another() {
    let floor = Floor::new().await;
    let [frozen, _other] = floor.engines().await;
    let before = floor.leases().await;
    let node = node_of(&frozen, &floor.alive().await);
    frozen.process.stop();
    wait_until("the other has all", || async {
        floor.shares().await == [64]
    })
    .await;
    let taken = floor.leases().await;
    for ((shard, holder, epoch), (_, heir, later)) in before.iter().zip(&taken) {
        let raised = i64::from(*holder == node);
        assert_eq!(
            epoch + raised,
            *later,
            "shard {shard}, from {holder} to {heir}"
        );
    }
    frozen.process.cont();
    wait_until("each has its half again", || async {
        floor.shares().await == [32, 32]
    })
    .await;
    let nodes = floor.alive().await;
    assert!(nodes.iter().all(|(id, _)| *id != node), "{nodes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_that_take_half_a_lease_take_no_shard_away() {
    let floor = Floor::new().await;
    let _engines = floor.engines().await;
    let before = floor.leases().await;
    // It is called when the transaction commits, and a renewal is one.
    floor
        .run(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON engine_nodes DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION slow()",
        )
        .await;
    floor.four_lives_pass().await;
    assert_eq!(floor.leases().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_bots_take_no_shard_away() {
    let floor = Floor::new().await;
    let spec = json!({
        "symbol": "SOL-USDT", "balances": { "USDT": "1000000" }, "speed": "flat_out",
        "feed": { "kind": "synthetic", "seed": 3, "candles": 100_000 },
    });
    let grid = json!({
        "type": "grid", "lower": "90", "upper": "110", "grid_count": 8, "spacing": "arithmetic",
        "quantity": { "mode": "fixed_base", "quantity": "0.5" },
    });
    let (accounts, bots) = LOAD;
    let configs: Vec<Value> = vec![grid; bots];
    let mut playing = Vec::new();
    for _ in 0..accounts {
        let user = platform::ids::UserId::new(chrono::Utc::now());
        floor
            .run(&format!(
                "INSERT INTO users (id, email, password_hash, shard)
                 VALUES ('{user}', '{user}@example.com', 'x', {})",
                user.shard()
            ))
            .await;
        let mut db = floor.db.lock().await;
        let account = PaperAccount::create(&mut db, user, &spec, &configs).await;
        account.set_feed(&mut db, "running").await;
        playing.push(account);
    }
    let _engines = floor.engines().await;
    wait_until("all play", || async {
        let mut db = floor.db.lock().await;
        for account in &playing {
            if account.feed(&mut db).await.1 == 0 {
                return false;
            }
        }
        true
    })
    .await;
    let before = floor.leases().await;
    floor.four_lives_pass().await;
    assert_eq!(floor.leases().await, before);
}
