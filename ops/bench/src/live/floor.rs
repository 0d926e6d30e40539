//! Users with paper accounts and bots, straight into the tables of a database of their own.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use engine::spec::PaperSpec;
use platform::ids::UserId;
use sea_orm::sqlx::{PgConnection, query, query_as, query_scalar};
use serde_json::{Value, json};
use testkit::{
    TestDb, TestRedis,
    paper::PaperAccount,
    servers::{OwnPgBouncer, OwnPostgres},
};
use tokio::time::sleep;
use trading::{
    backtest::{BotPlan, MarketPlan, Plan},
    candle::PointOrder,
};

/// How long anything but a measurement may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Points of an account before anything is measured.
const WARM_UP_POINTS: i64 = 16;

/// As many as a source can have: no round ends for want of candles.
const CANDLES: u32 = 5_256_000;

/// A durable Postgres, and the PgBouncer before it.
pub(super) struct Servers {
    pub(super) postgres: OwnPostgres,
    pgbouncer: OwnPgBouncer,
}

impl Servers {
    pub(super) async fn start() -> Self {
        let postgres = OwnPostgres::durable().await;
        Self {
            pgbouncer: OwnPgBouncer::before(&postgres, &[]).await,
            postgres,
        }
    }
}

/// A database, a corner of Redis, and the accounts in them.
pub(super) struct Floor {
    pub(super) db: TestDb,
    pub(super) redis: TestRedis,
    connection: PgConnection,
}

impl Floor {
    pub(super) async fn new(servers: &Servers) -> Self {
        let db = TestDb::on(&servers.postgres, &servers.pgbouncer).await;
        Self {
            redis: TestRedis::shared().await,
            connection: db.connect().await,
            db,
        }
    }

    /// One user more, with one account, on whose market the bots are started before the first price.
    pub(super) async fn add(&mut self, spec: &Value, configs: &[Value]) -> (UserId, PaperAccount) {
        let user = UserId::new(Utc::now());
        self.db
            .execute(&format!(
                "INSERT INTO users (id, email, password_hash, shard) VALUES ('{user}', '{user}@example.com', '', {})",
                user.shard()
            ))
            .await;
        let account = PaperAccount::create(&mut self.connection, user, spec, configs).await;
        (user, account)
    }

    /// Starts or pauses all feeds.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) async fn set_feeds(&mut self, status: &str) -> Result<()> {
        query("UPDATE feeds SET status = $1")
            .bind(status)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Points that all accounts have played together, and the fewest that one has.
    ///
    /// # Errors
    /// When the database does not answer, or a feed ended.
    pub(super) async fn positions(&mut self) -> Result<(i64, i64)> {
        let (sum, least, ended): (i64, i64, i64) = query_as(
            "SELECT sum(input_pos)::bigint, min(input_pos), count(*) FILTER (WHERE status IN ('finished', 'error'))
             FROM feeds",
        )
        .fetch_one(&mut self.connection)
        .await?;
        ensure!(ended == 0, "{ended} feeds ended");
        Ok((sum, least))
    }

    /// Waits until every account has played a few candles: what bots do at their start is done.
    ///
    /// # Errors
    /// When one does not within two minutes.
    pub(super) async fn all_play(&mut self) -> Result<()> {
        let began = Instant::now();
        while self.positions().await?.1 < WARM_UP_POINTS {
            ensure!(began.elapsed() < PATIENCE, "an account does not play");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Waits until every bot runs.
    ///
    /// # Errors
    /// When one does not within two minutes.
    pub(super) async fn all_run(&mut self) -> Result<()> {
        self.none("SELECT count(*) FROM bots WHERE status <> 'running'")
            .await
            .context("a bot does not run")
    }

    /// Waits until every bot has limit orders in the book.
    ///
    /// # Errors
    /// When one has not within two minutes.
    pub(super) async fn all_placed(&mut self) -> Result<()> {
        self.none(
            "SELECT count(*) FROM bots b
             WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.bot_id = b.id AND o.type = 'limit')",
        )
        .await
        .context("a bot has placed no limit orders")
    }

    async fn none(&mut self, sql: &'static str) -> Result<()> {
        let began = Instant::now();
        while self.count(sql).await? > 0 {
            ensure!(began.elapsed() < PATIENCE, "waited for two minutes");
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// A number that a query gives.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) async fn count(&mut self, sql: &'static str) -> Result<i64> {
        Ok(query_scalar(sql).fetch_one(&mut self.connection).await?)
    }

    /// Another connection past PgBouncer.
    pub(super) async fn connect(&self) -> PgConnection {
        self.db.connect().await
    }
}

/// The settings of an account whose market is like no other's.
pub(super) fn spec(number: usize, speed: &Value) -> Value {
    json!({
        "symbol": "BTC-USDT", "balances": {"USDT": "100000000"}, "speed": speed,
        "feed": {"kind": "synthetic", "seed": number, "candles": CANDLES, "start_price": "60000"},
    })
}

/// A bot by its number: deals with safety orders and grids in turn, no ten in a row the same.
pub(super) fn config(number: usize) -> Value {
    let vary = number % 10;
    if number.is_multiple_of(2) {
        json!({
            "type": "dca", "base_order": {"unit": "quote", "amount": "100"},
            "safety_orders": {"volume": "100", "step_percentage": "0.5", "max_count": 5},
            "take_profit": {"percentage": format!("0.{}", vary + 5 - vary / 2)},
        })
    } else {
        grid(vary)
    }
}

/// A grid of 50 lines.
pub(super) fn grid(vary: usize) -> Value {
    json!({
        "type": "grid", "lower": (50_000 + 100 * vary).to_string(), "upper": (70_000 + 100 * vary).to_string(),
        "grid_count": 50, "spacing": "arithmetic", "quantity": {"mode": "fixed_base", "quantity": "0.001"},
    })
}

/// The value below which a share, in hundredths, of sorted ones lies.
///
/// # Errors
/// When there are none.
pub(super) fn percentile(sorted: &[f64], hundredths: usize) -> Result<f64> {
    let place = (sorted.len() * hundredths / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().context("nothing was measured")
}

/// What the kernel needs to play an account by itself.
///
/// # Errors
/// When the settings are not those of an account or a bot.
pub(super) fn plan(spec: &PaperSpec, configs: &[Value]) -> Result<Plan> {
    let bots = configs.iter().map(|config| {
        Ok(BotPlan {
            config: serde_json::from_value(config.clone())?,
            account: 0,
            market: 0,
            others: Vec::new(),
        })
    });
    Ok(Plan {
        accounts: vec![spec.balances.clone().into_iter().collect()],
        markets: vec![MarketPlan {
            market: spec.market(),
            fees: spec.fees,
        }],
        bots: bots.collect::<Result<_>>()?,
        commands: Vec::new(),
        point_order: PointOrder::Nearest,
        sample_ms: 3_600_000,
    })
}
