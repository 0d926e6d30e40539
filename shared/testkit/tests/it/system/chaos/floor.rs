//! A platform with an emulated exchange, two engines behind proxies, and traders with their bots.

use std::collections::BTreeMap;

use emulator::{Action, Config, Emulator, Fault, Latency, Rate, Schedule, Target};
use platform::SystemClock;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use sea_orm::sqlx::{Connection as _, PgConnection};
use serde_json::json;
use testkit::ChaosProxy;
use trading::Amount;

use super::{
    super::platform::{Copy, Platform},
    disruptions::{Disruption, Due},
    trader::{self, TRADERS, Trader, amount},
};

/// Markets: the name on the wire, the least and the greatest price in cents, and the longest step of one move in cents.
const MARKETS: [(&str, i64, i64, i64); 2] = [
    ("BTCUSDT", 5_850_000, 6_150_000, 9_000),
    ("ETHUSDT", 292_500, 307_500, 450),
];

/// An engine, and what lies between it and its servers.
pub(super) struct EngineSlot {
    pub(super) copy: Copy,
    pub(super) postgres: ChaosProxy,
    pub(super) redis: ChaosProxy,
    settings: Vec<(&'static str, String)>,
}

pub(super) struct Floor {
    pub(super) platform: Platform,
    pub(super) exchange: Emulator,
    pub(super) api: Copy,
    pub(super) engines: Vec<EngineSlot>,
    pub(super) traders: Vec<Trader>,
    pub(super) random: StdRng,
    /// Disruptions that last, with the times at which they end.
    pub(super) due: Vec<Due>,
    /// How often each disruption fell.
    pub(super) disrupted: BTreeMap<Disruption, u32>,
    /// What users were answered, by command and status.
    pub(super) answered: BTreeMap<(&'static str, u16), u32>,
    prices: [i64; MARKETS.len()],
}

/// Cents as an amount.
fn cents(price: i64) -> Amount {
    Amount::from_parts(price.into(), 2).unwrap()
}

fn exchange_settings(exchange: &Emulator) -> Vec<(&'static str, String)> {
    vec![
        ("BINANCE_TESTNET_REST_URL", exchange.rest_url()),
        ("BINANCE_TESTNET_STREAM_URL", exchange.stream_url()),
        ("BINANCE_TESTNET_WS_API_URL", exchange.ws_api_url()),
    ]
}

impl EngineSlot {
    async fn take(platform: &Platform, exchange: &Emulator) -> Self {
        let pooler = platform.pgbouncer.port();
        let postgres = ChaosProxy::to(("127.0.0.1", pooler)).await;
        let redis = ChaosProxy::to(platform.redis.addr()).await;
        let url = platform.pgbouncer.url("blockbotx");
        let url = url.replace(
            &format!(":{pooler}/"),
            &format!(":{}/", postgres.addr().port()),
        );
        let mut settings = exchange_settings(exchange);
        settings.push(("DATABASE_URL", url));
        settings.push(("REDIS_PORT", redis.addr().port().to_string()));
        let copy = platform.with_settings("engine", &settings);
        Self {
            copy,
            postgres,
            redis,
            settings,
        }
    }

    /// Starts an engine in the place of one that is gone.
    pub(super) fn start(&mut self, platform: &Platform) {
        self.copy = platform.with_settings("engine", &self.settings);
    }
}

impl Floor {
    /// Everything runs and nothing is wrong yet.
    pub(super) async fn open(seed: u64) -> Self {
        let mut config = Config::new(SystemClock::shared());
        for symbol in &mut config.symbols {
            symbol.feed = emulator::Feed::Fixed;
        }
        // As strict as the real one, but over sooner.
        config.limits.ban_s = 5;
        // Every engine that takes accounts up reads them, and here that happens all the time.
        config.limits.weight_per_minute = 60_000;
        config.users = TRADERS.map(trader::account).into();
        let exchange = Emulator::start(config).await.unwrap();
        let platform = Platform::start().await;
        let api = platform.with_settings("serve", &exchange_settings(&exchange));
        api.becomes("ok").await;
        let mut engines = Vec::new();
        for _ in 0..2 {
            engines.push(EngineSlot::take(&platform, &exchange).await);
        }
        for engine in &engines {
            engine.copy.becomes("ok").await;
        }
        let mut traders = Vec::new();
        for (name, _) in TRADERS {
            traders.push(Trader::open(&api, name).await);
        }
        Self {
            platform,
            exchange,
            api,
            engines,
            traders,
            random: StdRng::seed_from_u64(seed),
            due: Vec::new(),
            disrupted: BTreeMap::new(),
            answered: BTreeMap::new(),
            prices: MARKETS.map(|(_, least, most, _)| i64::midpoint(least, most)),
        }
    }

    pub(super) fn act(&self, action: Action) {
        self.exchange.act(action).unwrap();
    }

    /// A connection past the pooler.
    pub(super) async fn database(&self) -> PgConnection {
        let url = self.platform.postgres.direct_url("blockbotx");
        PgConnection::connect(&url).await.unwrap()
    }

    /// Has the exchange answer late, wrongly or not at all, and tell news late, twice, in the wrong order or never.
    pub(super) fn follow_faults(&self, seed: u64) {
        let rate = |fault, per_thousand| Rate {
            fault,
            per_thousand,
            target: Target::default(),
        };
        let half = amount("0.5");
        self.act(Action::Follow(Schedule {
            seed,
            latency: Some(Latency {
                p50_ms: 5,
                p99_ms: 200,
            }),
            rates: vec![
                rate(Fault::TimeoutBeforeAccept { hang_ms: 0 }, 8),
                rate(Fault::TimeoutAfterAccept { hang_ms: 0 }, 15),
                rate(Fault::TimeoutAfterAccept { hang_ms: 3_000 }, 4),
                rate(Fault::LateAccept { ms: 1_500 }, 5),
                rate(Fault::Overloaded, 10),
                rate(Fault::ErrorAfterAccept { status: 504 }, 8),
                rate(Fault::ErrorAfterAccept { status: 500 }, 5),
                rate(Fault::RateLimited { retry_after_s: 1 }, 1),
                rate(Fault::OutsideRecvWindow, 5),
                rate(Fault::Maintenance, 5),
                rate(Fault::StaleBalances, 30),
                rate(Fault::BalanceTaken, 10),
                rate(Fault::FillBeforeCancel { share: half }, 60),
                rate(Fault::FillBeforeCancel { share: Amount::ONE }, 60),
                rate(
                    Fault::PartialFills {
                        shares: vec![amount("0.3"), amount("0.4")],
                    },
                    80,
                ),
                rate(Fault::DuplicateEvent, 60),
                rate(Fault::SwapEvents, 60),
                rate(Fault::DropStream, 20),
                rate(Fault::SilentStream, 20),
            ],
        }));
    }

    /// Moves each price by a step up or down.
    pub(super) fn move_prices(&mut self) {
        for (place, (symbol, least, most, step)) in MARKETS.into_iter().enumerate() {
            let moved = self.prices[place] + self.random.random_range(-step..=step);
            self.prices[place] = moved.clamp(least, most);
            self.act(Action::SetPrice {
                symbol: symbol.to_owned(),
                price: cents(self.prices[place]),
            });
        }
    }

    /// A user tells one of the bots something.
    pub(super) async fn command(&mut self) {
        const COMMANDS: [&str; 6] = ["pause", "resume", "resume", "stop", "start", "start"];
        let trader = &self.traders[self.random.random_range(0..self.traders.len())];
        let bot = &trader.bots[self.random.random_range(0..trader.bots.len())];
        let command = COMMANDS[self.random.random_range(0..COMMANDS.len())];
        let modes = ["sell", "finish", "keep"];
        let body = match command {
            "stop" => json!({"mode": modes[self.random.random_range(0..modes.len())]}),
            _ => json!({}),
        };
        let answer = trader.tell(bot, command, &body, self.api.address).await;
        let count = self.answered.entry((command, answer.status.as_u16()));
        *count.or_default() += 1;
        let is_expected = [202, 409, 503].contains(&answer.status.as_u16());
        assert!(is_expected, "{command}: {}", answer.text());
    }
}
