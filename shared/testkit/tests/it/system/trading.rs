//! Bots trade while engines are killed and everything that they stand on breaks.

use std::cell::Cell;

use sea_orm::sqlx::{Connection, PgConnection, query, query_scalar};
use serde_json::{Value, json};
use testkit::{paper::PaperAccount, wait_until};
use trading::{
    Amount, Market,
    backtest::{BotPlan, Ledger, MarketPlan, Plan, record},
    bot::{FeeCharge, Fees},
    candle::{PointOrder, SyntheticMarket},
};
use uuid::Uuid;

use super::{
    follower::Follower,
    platform::{Copy, Platform},
    user::User,
};

const MONTH: u32 = 43_200;
/// Open time of the first candle.
const START: i64 = 1_704_067_200_000;

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn configs() -> [Value; 2] {
    [
        json!({
            "type": "dca", "base_order": {"unit": "quote", "amount": "500"},
            "safety_orders": {"volume": "500", "step_percentage": "0.5", "max_count": 5},
            "take_profit": {"percentage": "0.6"},
        }),
        json!({
            "type": "grid", "lower": "50000", "upper": "70000", "grid_count": 100, "spacing": "arithmetic",
            "quantity": {"mode": "fixed_base", "quantity": "0.01"},
        }),
    ]
}

/// Slow enough to last, with something happening all the time.
fn spec() -> Value {
    json!({
        "symbol": "BTC-USDT", "balances": {"USDT": "100000"}, "speed": 30_000,
        "fees": {"maker": "0.0004", "taker": "0.001", "charge": "received"},
        "feed": {"kind": "synthetic", "seed": 7, "candles": MONTH, "start_price": "60000", "start_at": START},
    })
}

/// What the tables hold once the rest is played as fast as it goes.
async fn finished(account: &PaperAccount, db: &mut PgConnection) -> Ledger {
    account.set_feed(db, "paused").await;
    account.played(db).await;
    query("UPDATE connections SET paper = jsonb_set(paper, '{speed}', '\"flat_out\"')")
        .execute(&mut *db)
        .await
        .unwrap();
    account.set_feed(db, "running").await;
    let (status, pos, error) = account.played(db).await;
    assert_eq!((status.as_str(), error), ("finished", None));
    assert_eq!(pos, i64::from(MONTH) * 4);
    account.ledger(db).await
}

/// What the kernel alone makes of the same month.
fn backtest() -> Ledger {
    let symbol = "BTC-USDT".parse().unwrap();
    let market = Market::simple(symbol, amount("0.01"), amount("0.00001"), amount("5"));
    let bot = |config| BotPlan {
        config: serde_json::from_value(config).unwrap(),
        account: 0,
        market: 0,
        others: Vec::new(),
    };
    let plan = Plan {
        accounts: vec![vec![("USDT".parse().unwrap(), amount("100000"))]],
        markets: vec![MarketPlan {
            market,
            fees: Fees {
                maker: amount("0.0004"),
                ..Fees::flat(amount("0.001"), FeeCharge::Received)
            },
        }],
        bots: configs().into_iter().map(bot).collect(),
        commands: Vec::new(),
        point_order: PointOrder::Nearest,
        sample_ms: 3_600_000,
    };
    let candles = SyntheticMarket::new(7, amount("60000"), amount("0.01"), START, 60_000).unwrap();
    let month = candles.take(usize::try_from(MONTH).unwrap()).map(Ok);
    record(&plan, vec![month]).unwrap().1
}

/// A platform and its engines.
struct Floor {
    platform: Platform,
    engines: Vec<Copy>,
}

impl Floor {
    async fn database(&self) -> PgConnection {
        let url = self.platform.postgres.direct_url("blockbotx");
        PgConnection::connect(&url).await.unwrap()
    }

    async fn add_engine(&mut self) {
        self.engines.push(self.platform.engine().await);
    }

    async fn owner(&self, user: &User) -> Option<Uuid> {
        query_scalar(
            "SELECT l.node FROM leases l JOIN users u USING (shard) JOIN engine_nodes n ON n.id = l.node
             WHERE u.id = $1::uuid AND n.alive_until > now()",
        )
        .bind(&user.id)
        .fetch_optional(&mut self.database().await)
        .await
        .unwrap()
    }

    /// Which engine plays the user's account. A process says in its log which nodes it has been: there is more than one
    /// when it could not renew in time, for then it starts over under a new id.
    async fn playing(&self, user: &User) -> Option<usize> {
        let owner = self.owner(user).await?.to_string();
        let was = |engine: &Copy| engine.process.logs().contains(&owner);
        self.engines.iter().position(was)
    }

    /// Waits until every engine holds its share of the shards: from then on none of them moves.
    async fn settles(&self) {
        let engines = i64::try_from(self.engines.len()).unwrap();
        wait_until("every engine holds its share of the shards", || async {
            let settled: Option<bool> = query_scalar(
                "SELECT count(*) = $1 AND sum(held) = 64 AND max(held) - min(held) <= 1 FROM (
                     SELECT count(*) AS held FROM leases l JOIN engine_nodes n ON n.id = l.node
                     WHERE n.alive_until > now() GROUP BY l.node) AS nodes",
            )
            .bind(engines)
            .fetch_one(&mut self.database().await)
            .await
            .unwrap();
            settled == Some(true)
        })
        .await;
    }

    /// Kills the engine that plays the user's account, and waits until another plays on.
    async fn kill_owner(&mut self, user: &User, account: &PaperAccount) {
        let playing = Cell::new(None);
        wait_until("an engine owns the shard", || async {
            playing.set(self.playing(user).await);
            playing.get().is_some()
        })
        .await;
        let mut killed = self.engines.remove(playing.get().unwrap());
        killed.process.kill().await;
        wait_until("another engine owns the shard", || async {
            self.playing(user).await.is_some()
        })
        .await;
        self.plays_on(account).await;
    }

    async fn plays_on(&self, account: &PaperAccount) {
        let at = account.feed(&mut self.database().await).await.1;
        wait_until("the feed moves", || async {
            account.feed(&mut self.database().await).await.1 > at
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_engines_and_broken_servers_leave_the_ledger_of_the_backtest() {
    let expected = backtest();
    let mut floor = Floor {
        platform: Platform::start().await,
        engines: Vec::new(),
    };
    floor.add_engine().await;
    floor.add_engine().await;
    let (api, gateway) = (floor.platform.api().await, floor.platform.gateway().await);
    let user = User::register(api.address, "ada@example.com").await;
    let follower = Follower::of(&user, vec![gateway.address], api.address);
    follower.connected().await;

    let mut db = floor.database().await;
    let id = user.id.parse().unwrap();
    let account = PaperAccount::create(&mut db, id, &spec(), &configs()).await;
    account.set_feed(&mut db, "running").await;
    db.close().await.unwrap();
    floor.plays_on(&account).await;

    for round in 0..5 {
        floor.kill_owner(&user, &account).await;
        match round {
            0 => floor.platform.redis.flush().await,
            1 => {
                floor.platform.pgbouncer.stop().await;
                floor.platform.pgbouncer.restart().await;
            }
            2 => {
                floor.platform.postgres.kill().await;
                floor.platform.postgres.restart().await;
            }
            _ => {}
        }
        floor.plays_on(&account).await;
        floor.add_engine().await;
    }

    let mut db = floor.database().await;
    let live = finished(&account, &mut db).await;
    assert_eq!(live.difference(&expected), None);
    assert_eq!(live, expected);

    // What happened was said, each thing once, in order.
    account.assert_told_in_order(&mut db).await;
    let last: i64 = query_scalar("SELECT max(seq) FROM events")
        .fetch_one(&mut db)
        .await
        .unwrap();
    let last = u64::try_from(last).unwrap();
    follower.reaches(last).await;
    follower.assert_gapless(last);
}

/// It is frozen in the middle of an account, another engine plays on, and it wakes with what it had in memory: what it
/// then wants to write is refused, all of it.
#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_wakes_in_the_middle_of_an_account_writes_nothing_of_it() {
    let expected = backtest();
    let mut floor = Floor {
        platform: Platform::start().await,
        engines: Vec::new(),
    };
    floor.add_engine().await;
    let api = floor.platform.api().await;
    let user = User::register(api.address, "ada@example.com").await;
    let mut db = floor.database().await;
    let id = user.id.parse().unwrap();
    let account = PaperAccount::create(&mut db, id, &spec(), &configs()).await;
    account.set_feed(&mut db, "running").await;
    floor.plays_on(&account).await;

    for _ in 0..2 {
        floor.settles().await;
        let owner = floor.owner(&user).await.unwrap();
        let playing = floor.playing(&user).await.unwrap();
        floor.engines[playing].process.stop();
        floor.add_engine().await;
        wait_until("another engine owns the shard", || async {
            floor.owner(&user).await.is_some_and(|heir| heir != owner)
        })
        .await;
        floor.plays_on(&account).await;
        floor.engines[playing].process.cont();
        // It goes on where it was frozen, and learns that its time was up.
        let woken = &mut floor.engines[playing].process;
        woken.logged("time was up, starting over").await;
        floor.plays_on(&account).await;
        let logs = floor.engines[playing].process.logs();
        assert!(!logs.contains("panicked"), "{logs}");
    }

    let live = finished(&account, &mut db).await;
    assert_eq!(live.difference(&expected), None);
    assert_eq!(live, expected);
    account.assert_told_in_order(&mut db).await;
    let reserved: i64 = query_scalar(
        "SELECT count(*) FROM balances b WHERE b.free + b.reserved <> coalesce(($1->>b.asset)::numeric, 0) + coalesce((
             SELECT sum(delta) FROM ledger l JOIN fills f ON f.id = l.fill_id WHERE l.asset = b.asset), 0)",
    )
    .bind(&spec()["balances"])
    .fetch_one(&mut db)
    .await
    .unwrap();
    assert_eq!(
        reserved, 0,
        "the legs lead from the first balances to the last"
    );
}
