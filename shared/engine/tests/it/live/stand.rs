//! An emulated exchange, an engine that trades there, and what both have booked.

use std::collections::BTreeMap;

use chrono::Utc;
use emulator::{Action, Config as Exchange, Emulator, Fault, Target, UserConfig};
use engine::{Engine, EngineConfig, EngineError};
use platform::{
    Secret, SharedClock, SystemClock,
    config::{Env, Reader, VaultConfig},
    ids::{UserId, uuid_v7},
    vault::Vault,
};
use sea_orm::sqlx::{PgConnection, Row, query, query_scalar};
use serde_json::{Value, json};
use store::{
    Db,
    trading::connections::{self, Credentials, NewVenue},
};
use testkit::{TestDb, TestRedis, wait_until};
use tokio::{sync::Mutex, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use trading::{Amount, Venue};
use uuid::Uuid;

pub(crate) const USER: &str = "ann";
pub(crate) const API_KEY: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const API_SECRET: &str = "fedcba9876543210fedcba9876543210";

pub(crate) struct Stand {
    pub(crate) emulator: Emulator,
    clock: SharedClock,
    test: TestDb,
    redis: TestRedis,
    db: Mutex<PgConnection>,
    pub(crate) user: UserId,
    pub(crate) connection: Uuid,
    stop: CancellationToken,
    engine: Option<JoinHandle<Result<(), EngineError>>>,
}

pub(crate) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn environment(test: &TestDb, redis: &TestRedis, emulator: &Emulator) -> Env {
    let redis = redis.config();
    Env::from_pairs([
        ("HOSTNAME", "127.0.0.1".to_owned()),
        ("PORT", "0".to_owned()),
        ("DRAIN_MS", "0".to_owned()),
        ("ENCRYPTION_KEY", "0123456789abcdef".repeat(2)),
        ("DATABASE_URL", test.pool_url()),
        ("REDIS_HOST", redis.host.clone()),
        ("REDIS_PORT", redis.port.to_string()),
        ("REDIS_PREFIX", redis.prefix),
        ("BINANCE_TESTNET_REST_URL", emulator.rest_url()),
        ("BINANCE_TESTNET_STREAM_URL", emulator.stream_url()),
        ("BINANCE_TESTNET_WS_API_URL", emulator.ws_api_url()),
    ])
}

impl Stand {
    /// An exchange with one account of 100,000 USDT, connected. No engine runs yet.
    pub(crate) async fn new() -> Self {
        let account = UserConfig::new(USER, API_KEY, API_SECRET)
            .with_deposit("USDT".parse().unwrap(), amount("100000"));
        Self::with(Exchange::new(SystemClock::shared()).with_user(account)).await
    }

    pub(crate) async fn with(exchange: Exchange) -> Self {
        Self::by(SystemClock::shared(), exchange).await
    }

    /// As [`Self::new`], by a clock that exchange and engines share.
    pub(crate) async fn at(clock: SharedClock) -> Self {
        let account = UserConfig::new(USER, API_KEY, API_SECRET)
            .with_deposit("USDT".parse().unwrap(), amount("100000"));
        let exchange = Exchange::new(clock.clone()).with_user(account);
        Self::by(clock, exchange).await
    }

    async fn by(clock: SharedClock, exchange: Exchange) -> Self {
        let emulator = Emulator::start(exchange).await.unwrap();
        let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
        let user = UserId::new(Utc::now());
        test.execute(&format!(
            "INSERT INTO users (id, email, password_hash, shard) VALUES ('{user}', '{user}@example.com', '', {})",
            user.shard()
        ))
        .await;
        let mut reader = Reader::new(environment(&test, &redis, &emulator));
        let vault = Vault::new(&VaultConfig::read(&mut reader));
        let credentials = Credentials {
            key: Secret::from(API_KEY),
            secret: Secret::from(API_SECRET),
            passphrase: None,
        };
        let new = NewVenue {
            venue: Venue::Binance,
            testnet: true,
            label: "emulated",
            credentials: &credentials,
            account: None,
        };
        let store = Db::connect(&test.database_config()).unwrap();
        let txn = store.begin().await.unwrap();
        let connection = connections::insert_venue(&txn, &vault, user, new, Utc::now())
            .await
            .unwrap();
        store::trading::feeds::open_exchange(&txn, connection)
            .await
            .unwrap();
        txn.commit().await.unwrap();
        store.close().await;
        let db = Mutex::new(test.connect().await);
        Self {
            emulator,
            clock,
            test,
            redis,
            db,
            user,
            connection,
            stop: CancellationToken::new(),
            engine: None,
        }
    }

    /// Starts an engine.
    pub(crate) async fn start(&mut self) {
        let mut reader = Reader::new(environment(&self.test, &self.redis, &self.emulator));
        let config = EngineConfig::read(&mut reader, false);
        reader.finish().unwrap();
        self.stop = CancellationToken::new();
        let engine = Engine::bind(config, self.clock.clone()).await.unwrap();
        self.engine = Some(tokio::spawn(engine.run(self.stop.clone())));
    }

    /// Stops it as a roll does.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        self.engine.take().unwrap().await.unwrap().unwrap();
    }

    /// Ends it without a word, as a crash does; its lease ends with it.
    pub(crate) async fn crash(&mut self) {
        let engine = self.engine.take().unwrap();
        engine.abort();
        drop(engine.await);
        self.test.execute("DELETE FROM engine_nodes").await;
    }

    pub(crate) fn price(&self, price: &str) {
        self.act(Action::SetPrice {
            symbol: "BTCUSDT".to_owned(),
            price: amount(price),
        });
    }

    pub(crate) fn act(&self, action: Action) {
        self.emulator.act(action).unwrap();
    }

    /// Has the next request or event of its kind go wrong.
    pub(crate) fn inject(&self, fault: Fault, target: Target) {
        self.act(Action::Inject {
            fault,
            target,
            times: Some(1),
        });
    }

    /// Makes a bot, and has it started.
    pub(crate) async fn bot(&self, config: &Value) -> Uuid {
        let bot = uuid_v7(Utc::now());
        let (user, connection) = (self.user, self.connection);
        let kind = config["type"].as_str().unwrap();
        self.test
            .execute(&format!(
                "INSERT INTO bots (id, user_id, connection_id, name, type, symbol, config, status)
                 VALUES ('{bot}', '{user}', '{connection}', '{bot}', '{kind}', 'BTC-USDT', '{config}', 'starting')"
            ))
            .await;
        self.command(bot, &json!({"command": "start"})).await;
        bot
    }

    /// Tells a bot something.
    pub(crate) async fn command(&self, bot: Uuid, command: &Value) {
        let id = uuid_v7(Utc::now());
        let connection = self.connection;
        self.test
            .execute(&format!(
                "INSERT INTO bot_commands (id, connection_id, bot_id, command)
                 VALUES ('{id}', '{connection}', '{bot}', '{command}')"
            ))
            .await;
    }

    pub(crate) async fn status(&self, bot: Uuid) -> (String, Option<String>) {
        let mut db = self.db.lock().await;
        let row = query("SELECT status, status_reason FROM bots WHERE id = $1")
            .bind(bot)
            .fetch_one(&mut *db)
            .await
            .unwrap();
        (row.get(0), row.get(1))
    }

    pub(crate) async fn becomes(&self, bot: Uuid, status: &str) {
        wait_until(&format!("the bot is {status}"), || async {
            self.status(bot).await.0 == status
        })
        .await;
    }

    /// Whether the account is followed.
    pub(crate) async fn feed(&self) -> String {
        let mut db = self.db.lock().await;
        query_scalar("SELECT status FROM feeds WHERE connection_id = $1")
            .bind(self.connection)
            .fetch_one(&mut *db)
            .await
            .unwrap()
    }

    /// How many orders there are of a status.
    pub(crate) async fn count(&self, status: &str) -> i64 {
        let mut db = self.db.lock().await;
        query_scalar("SELECT count(*) FROM orders WHERE status = $1")
            .bind(status)
            .fetch_one(&mut *db)
            .await
            .unwrap()
    }

    /// Another connection to the tables.
    pub(crate) async fn connect(&self) -> PgConnection {
        self.test.connect().await
    }

    /// Changes the tables behind the engine's back.
    pub(crate) async fn execute(&self, sql: &'static str, bot: Uuid) {
        let mut db = self.db.lock().await;
        query(sql).bind(bot).execute(&mut *db).await.unwrap();
    }

    /// How many orders of a bot there are of a status.
    pub(crate) async fn bot_count(&self, bot: Uuid, status: &str) -> i64 {
        let mut db = self.db.lock().await;
        query_scalar("SELECT count(*) FROM orders WHERE bot_id = $1 AND status = $2")
            .bind(bot)
            .bind(status)
            .fetch_one(&mut *db)
            .await
            .unwrap()
    }

    pub(crate) async fn bot_counts(&self, bot: Uuid, status: &str, count: i64) {
        wait_until(
            &format!("{count} orders of the bot are {status}"),
            || async { self.bot_count(bot, status).await == count },
        )
        .await;
    }

    /// Base that the state of a bot says is its own.
    pub(crate) async fn owned(&self, bot: Uuid) -> String {
        let mut db = self.db.lock().await;
        query_scalar("SELECT coalesce(state #>> '{core,holdings,base}', '0') FROM bot_states WHERE bot_id = $1")
            .bind(bot)
            .fetch_one(&mut *db)
            .await
            .unwrap()
    }

    /// Base that a bot has sold.
    pub(crate) async fn sold(&self, bot: Uuid) -> String {
        let mut db = self.db.lock().await;
        query_scalar(
            "SELECT trim_scale(sum(quantity))::text FROM fills WHERE bot_id = $1 AND side = 'sell'",
        )
        .bind(bot)
        .fetch_one(&mut *db)
        .await
        .unwrap()
    }

    pub(crate) async fn counts(&self, status: &str, count: i64) {
        wait_until(&format!("{count} orders are {status}"), || async {
            self.count(status).await == count
        })
        .await;
    }

    /// Our ledger: of each order its client order id, where it stands and what was filled, and its trades.
    async fn ours(&self) -> BTreeMap<String, Booked> {
        let mut db = self.db.lock().await;
        let rows = query(
            "SELECT o.client_order_id, o.status, o.filled_quantity::text, o.filled_quote::text,
                 ARRAY(SELECT venue_trade_id || ' ' || trim_scale(quantity) || ' ' || trim_scale(fee) || ' ' || fee_asset
                       FROM fills f WHERE f.order_id = o.id ORDER BY 1)
             FROM orders o WHERE status NOT IN ('rejected', 'absent')
                 AND (status <> 'canceled' OR venue_order_id IS NOT NULL)",
        )
        .fetch_all(&mut *db)
        .await
        .unwrap();
        let booked = rows.into_iter().map(|row| {
            let booked = Booked {
                status: row.get(1),
                base: amount(row.get(2)),
                quote: amount(row.get(3)),
                trades: row.get(4),
            };
            (row.get(0), booked)
        });
        booked.collect()
    }

    /// The exchange's books in the same form.
    fn theirs(&self) -> BTreeMap<String, Booked> {
        let books = self.emulator.books();
        books.check().unwrap();
        let booked = books.orders.iter().map(|order| {
            let mine = books.trades.iter().filter(|trade| trade.order == order.id);
            let mut trades: Vec<String> = mine
                .map(|trade| {
                    format!(
                        "{} {} {} {}",
                        trade.id, trade.quantity, trade.fee, trade.fee_asset
                    )
                })
                .collect();
            trades.sort();
            let status = serde_json::to_value(order.status).unwrap();
            let status = match status.as_str().unwrap() {
                "NEW" | "new" => "open".to_owned(),
                other => other.to_lowercase(),
            };
            let booked = Booked {
                status,
                base: order.executed,
                quote: order.quote,
                trades,
            };
            (order.client_id.clone(), booked)
        });
        let booked: BTreeMap<_, _> = booked.collect();
        assert_eq!(booked.len(), books.orders.len(), "an order was sent twice");
        booked
    }

    /// Waits until our ledger is the exchange's, order by order: none lost, none doubled.
    pub(crate) async fn agrees(&self) {
        let last = Mutex::new(None);
        let agreed = wait_until("our ledger is the exchange's", || async {
            let (ours, theirs) = (self.ours().await, self.theirs());
            let are_equal = ours == theirs;
            *last.lock().await = Some((ours, theirs));
            are_equal
        });
        if tokio::time::timeout(std::time::Duration::from_secs(20), agreed)
            .await
            .is_err()
        {
            let (mut ours, mut theirs) = last.into_inner().unwrap();
            let both = ours.clone();
            ours.retain(|id, order| theirs.get(id) != Some(order));
            theirs.retain(|id, order| both.get(id) != Some(order));
            assert_eq!(ours, theirs);
        }
    }
}

/// An order as one side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Booked {
    status: String,
    base: Amount,
    quote: Amount,
    trades: Vec<String>,
}
