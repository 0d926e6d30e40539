//! An engine, a user, and a backtest to compare with.

use std::{path::Path, sync::Arc};

use chrono::Utc;
use engine::{
    Engine, EngineConfig, EngineError,
    runner::Exchanges,
    spec::{FeedDir, PaperSpec},
};
use exchange::venues::{Venues, VenuesConfig};
use platform::{
    SharedClock, SystemClock,
    config::{Env, Reader, RedisConfig, VaultConfig},
    ids::UserId,
    vault::Vault,
};
use sea_orm::sqlx::PgConnection;
use serde_json::{Value, json};
use testkit::{TestDb, TestRedis};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use trading::{
    backtest::{BotPlan, Ledger, MarketPlan, Plan, Report, ScheduledCommand, record},
    candle::{Candle, CandleError, PointOrder},
    order::Millis,
};

pub(crate) const MONTH: usize = 43_200;

pub(crate) struct Stand {
    pub(crate) test: TestDb,
    redis: TestRedis,
    pub(crate) db: PgConnection,
    pub(crate) user: UserId,
    stop: CancellationToken,
    engine: Option<JoinHandle<Result<(), EngineError>>>,
}

impl Stand {
    /// Nothing runs yet.
    pub(crate) async fn new() -> Self {
        let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
        let user = UserId::new(Utc::now());
        test.execute(&format!(
            "INSERT INTO users (id, email, password_hash, shard) VALUES ('{user}', '{user}@example.com', '', {})",
            user.shard()
        ))
        .await;
        let db = test.connect().await;
        Self {
            test,
            redis,
            db,
            user,
            stop: CancellationToken::new(),
            engine: None,
        }
    }

    /// The real exchanges, of which no test asks anything.
    pub(crate) fn exchanges(clock: SharedClock) -> Exchanges {
        let vault = ("ENCRYPTION_KEY", "0123456789abcdef".repeat(2));
        let mut reader = Reader::new(Env::from_pairs([vault]));
        let vault = Vault::new(&VaultConfig::read(&mut reader));
        let venues = Venues::new(&VenuesConfig::default()).unwrap();
        Exchanges::new(Arc::new(vault), venues, clock)
    }

    /// The Redis of its engines.
    pub(crate) fn redis_config(&self) -> RedisConfig {
        self.redis.config()
    }

    /// Starts an engine whose candle files are in `dir`.
    pub(crate) async fn start(&mut self, dir: &Path) {
        self.start_on(dir, &self.redis.config()).await;
    }

    /// The same on another Redis.
    pub(crate) async fn start_on(&mut self, dir: &Path, redis: &RedisConfig) {
        let env = Env::from_pairs([
            ("HOSTNAME", "127.0.0.1".to_owned()),
            ("PORT", "0".to_owned()),
            ("DRAIN_MS", "0".to_owned()),
            ("ENCRYPTION_KEY", "0123456789abcdef".repeat(2)),
            ("DATABASE_URL", self.test.pool_url()),
            ("REDIS_HOST", redis.host.clone()),
            ("REDIS_PORT", redis.port.to_string()),
            ("REDIS_PREFIX", redis.prefix.clone()),
            ("FEED_DIR", dir.display().to_string()),
        ]);
        let mut reader = Reader::new(env);
        let config = EngineConfig::read(&mut reader, false);
        reader.finish().unwrap();
        self.stop = CancellationToken::new();
        let engine = Engine::bind(config, SystemClock::shared()).await.unwrap();
        self.engine = Some(tokio::spawn(engine.run(self.stop.clone())));
    }

    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        self.engine.take().unwrap().await.unwrap().unwrap();
    }
}

/// A month of made-up minutes around 60,000.
pub(crate) fn synthetic(speed: &Value) -> Value {
    json!({
        "symbol": "BTC-USDT", "balances": {"USDT": "100000"}, "speed": speed,
        "fees": {"maker": "0.0004", "taker": "0.001", "charge": "received"},
        "feed": {"kind": "synthetic", "seed": 7, "candles": MONTH, "start_price": "60000"},
    })
}

pub(crate) fn dca() -> Value {
    json!({
        "type": "dca", "base_order": {"unit": "quote", "amount": "500"},
        "safety_orders": {"volume": "500", "step_percentage": "0.5", "max_count": 5, "volume_coefficient": "1.2"},
        "take_profit": {"percentage": "0.6"},
    })
}

pub(crate) fn grid(lower: &str, upper: &str, count: u32) -> Value {
    json!({
        "type": "grid", "lower": lower, "upper": upper, "grid_count": count, "spacing": "arithmetic",
        "quantity": {"mode": "fixed_base", "quantity": "0.01"},
    })
}

/// Crosses of two averages, of which the slow one is of longer candles too, with every exit that a deal can have.
pub(crate) fn strategy() -> Value {
    json!({
        "type": "strategy", "interval": "1m",
        "entry": {"match": "any", "conditions": [
            {"left": {"indicator": "ema", "period": 12}, "operator": "crosses_above",
             "right": {"indicator": "ema", "period": 26}},
            {"left": {"indicator": "rsi", "interval": "5m"}, "operator": "crosses_above", "right": {"value": "30"}},
        ]},
        "exit": {"conditions": [
            {"left": {"indicator": "ema", "period": 12}, "operator": "crosses_below",
             "right": {"indicator": "ema", "period": 26}},
        ]},
        "size": {"unit": "quote", "amount": "300"}, "max_active_deals": 2, "cooldown_candles": 3,
        "take_profit": {"percentage": "0.4"}, "stop_loss": {"percentage": "0.5"}, "max_hold_s": 7200,
    })
}

pub(crate) fn interval(amount: &str) -> Value {
    json!({"type": "dca_interval", "amount": amount, "frequency": {"every": "hourly"}})
}

/// Times of a feed's points, by position.
pub(crate) fn times(spec: &Value) -> Vec<Millis> {
    let spec: PaperSpec = serde_json::from_value(spec.clone()).unwrap();
    let candles = spec
        .feed
        .open(&FeedDir(None), spec.market.tick_size)
        .unwrap();
    let points = |candle: Result<Candle, CandleError>| candle.unwrap().points(true);
    candles.flat_map(points).map(|point| point.at).collect()
}

/// What the kernel alone makes of it.
pub(crate) fn backtest(spec: &Value, configs: &[Value], dir: &Path) -> Ledger {
    backtest_with(spec, configs, dir, Vec::new())
}

/// The same, told something on the way.
pub(crate) fn backtest_with(
    spec: &Value,
    configs: &[Value],
    dir: &Path,
    commands: Vec<ScheduledCommand>,
) -> Ledger {
    report(spec, configs, dir, commands).1
}

/// All that the kernel says of it.
pub(crate) fn report(
    spec: &Value,
    configs: &[Value],
    dir: &Path,
    commands: Vec<ScheduledCommand>,
) -> (Report, Ledger) {
    let spec: PaperSpec = serde_json::from_value(spec.clone()).unwrap();
    let bot = |config: &Value| BotPlan {
        config: serde_json::from_value(config.clone()).unwrap(),
        account: 0,
        market: 0,
        others: Vec::new(),
    };
    let plan = Plan {
        accounts: vec![spec.balances.clone().into_iter().collect()],
        markets: vec![MarketPlan {
            market: spec.market(),
            fees: spec.fees,
        }],
        bots: configs.iter().map(bot).collect(),
        commands,
        point_order: PointOrder::Nearest,
        sample_ms: 3_600_000,
    };
    let dir = FeedDir(Some(dir.to_owned()));
    let candles = spec.feed.open(&dir, spec.market.tick_size).unwrap();
    record(&plan, vec![candles]).unwrap()
}
