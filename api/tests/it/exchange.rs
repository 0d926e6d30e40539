//! An exchange to test with: the emulator, as Binance and as its testnet.

use emulator::{
    Action, Config, Emulator, Fault, Feed, SymbolConfig, SymbolStatus, Target, UserConfig,
};
use platform::SystemClock;
use serde_json::{Value, json};
use testkit::http::Response;

use crate::{
    bench::{Bench, Somebody},
    routes::connections::{
        PATH,
        venue::{binance, binance_part, made},
    },
    trading::{grid, post},
};

/// An api with an exchange, and a user who may give it keys.
pub(crate) struct Trading {
    pub(crate) bench: Bench,
    pub(crate) exchange: Emulator,
    pub(crate) ann: Somebody,
}

/// The accounts at the exchange: those of `KEY1` and `KEY2` do what bots need, that of `THIEF` can withdraw, and that of
/// `READER` cannot trade.
const USERS: [&str; 4] = ["KEY1", "KEY2", "THIEF", "READER"];

/// The end of the secret that belongs to a key of this end.
fn secret_of(key: &str) -> String {
    key.replace("KEY", "SECRET")
}

/// Starts an exchange on which SOL costs 100 dollars until a test says otherwise.
pub(crate) async fn start() -> Emulator {
    let mut config = Config::new(SystemClock::shared());
    let [tick, lot, price] = ["0.01", "0.001", "100"].map(|text| text.parse().unwrap());
    let mut symbol = SymbolConfig::new("SOL-USDT".parse().unwrap(), tick, lot, price);
    symbol.feed = Feed::Fixed;
    config.symbols.push(symbol);
    for name in USERS {
        let (key, secret) = (binance_part(name), binance_part(&secret_of(name)));
        let mut user = UserConfig::new(name, &key, &secret)
            .with_deposit("USDT".parse().unwrap(), "10000".parse().unwrap())
            .with_deposit("SOL".parse().unwrap(), "3".parse().unwrap());
        user.can_withdraw = name == "THIEF";
        user.can_trade = name != "READER";
        config = config.with_user(user);
    }
    Emulator::start(config).await.unwrap()
}

/// Settings of an api that finds Binance and its testnet there.
pub(crate) fn settings(exchange: &Emulator) -> Vec<(&'static str, String)> {
    vec![
        ("BINANCE_REST_URL", exchange.rest_url()),
        ("BINANCE_STREAM_URL", exchange.stream_url()),
        ("BINANCE_WS_API_URL", exchange.ws_api_url()),
        ("BINANCE_TESTNET_REST_URL", exchange.rest_url()),
        ("BINANCE_TESTNET_STREAM_URL", exchange.stream_url()),
        ("BINANCE_TESTNET_WS_API_URL", exchange.ws_api_url()),
        ("RATE_LIMIT_VENUE_PER_MINUTE", "100000".to_owned()),
    ]
}

/// An api that finds Binance and its testnet there.
pub(crate) async fn bench(exchange: &Emulator) -> Bench {
    bench_with(exchange, &[]).await
}

async fn bench_with(exchange: &Emulator, more: &[(&str, &str)]) -> Bench {
    let settings = settings(exchange);
    let settings = settings.iter().map(|(name, value)| (*name, value.as_str()));
    let settings: Vec<_> = settings.chain(more.iter().copied()).collect();
    Bench::with(&settings).await
}

impl Trading {
    pub(crate) async fn open() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(more: &[(&str, &str)]) -> Self {
        let exchange = start().await;
        let bench = bench_with(&exchange, more).await;
        let ann = bench.somebody("ann").await;
        bench.step_up(&ann).await;
        Self {
            bench,
            exchange,
            ann,
        }
    }

    /// Connects the testnet and gives the path of the connection.
    pub(crate) async fn testnet(&self) -> String {
        let mut body = binance("Testnet");
        body["testnet"] = json!(true);
        made(&self.bench, &self.ann, &body).await
    }

    /// Asks for a bot on SOL-USDT.
    pub(crate) async fn grid(&self, connection: &str, changes: Value) -> Response {
        let mut body = json!({
            "connection_id": id(connection), "name": "Grid", "symbol": "SOL-USDT", "config": grid(),
        });
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        post(&self.bench, &self.ann, "/api/v1/bots", &body).await
    }

    /// Makes a bot on SOL-USDT and gives its path.
    pub(crate) async fn grid_path(&self, connection: &str) -> String {
        let made = self.grid(connection, json!({})).await;
        assert_eq!(made.status, 201, "{}", made.text());
        format!("/api/v1/bots/{}", made.json()["id"].as_str().unwrap())
    }

    /// Writes a row that says that an order of the bot at this path is in the book of the exchange.
    pub(crate) async fn note_in_book(&self, bot: &str, client_order_id: &str) {
        let bot = id(bot);
        let sql = format!(
            "INSERT INTO orders (id, client_order_id, connection_id, bot_id, symbol, number, deal, purpose, level, attempt,
                 side, type, quantity, price, time_in_force, status, placed_pos, placed_at, venue_order_id)
             SELECT id, '{client_order_id}', connection_id, id, symbol, 1, 1, 'grid_line', 1, 1, 'buy', 'limit', 1, 50,
                 'good_till_cancelled', 'open', 1, 1704067200000, '7' FROM bots WHERE id = '{bot}'"
        );
        self.bench.db.execute(&sql).await;
    }

    /// Places an order at the exchange with the keys of one of the accounts, past every engine.
    pub(crate) async fn place(&self, user: &str, client_order_id: &str) {
        let now = SystemClock::shared().now().timestamp_millis();
        let query = format!(
            "symbol=SOLUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=50&newClientOrderId={client_order_id}\
             &timestamp={now}"
        );
        let signature = emulator::signature(&binance_part(&secret_of(user)), &query);
        let request = http::Request::post(format!("/api/v3/order?{query}&signature={signature}"))
            .header("x-mbx-apikey", binance_part(user))
            .body("")
            .unwrap();
        let url = self.exchange.rest_url();
        let address = url.trim_start_matches("http://").parse().unwrap();
        let placed = testkit::http::send(address, request).await.unwrap();
        assert_eq!(placed.status, 200, "{}", placed.text());
    }

    pub(crate) fn act(&self, action: Action) {
        self.exchange.act(action).unwrap();
    }

    /// Orders a fault of every request until it is cleared.
    pub(crate) fn inject(&self, fault: Fault) {
        self.act(Action::Inject {
            fault,
            target: Target::default(),
            times: None,
        });
    }

    pub(crate) fn halt(&self) {
        self.act(Action::SetStatus {
            symbol: "SOLUSDT".to_owned(),
            status: SymbolStatus::Halt,
        });
    }

    pub(crate) fn revoke(&self, user: &str) {
        self.act(Action::RevokeKey {
            user: user.to_owned(),
            is_revoked: true,
        });
    }

    /// Weight that requests to the testnet have used in this minute.
    pub(crate) fn weight(&self) -> u32 {
        let testnet = self.bench.state.venues.binance(true).unwrap();
        testnet.market().budget().usage().windows[0].used
    }
}

/// The id at the end of a path.
pub(crate) fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// A connection to Binance with the keys of one of the accounts.
pub(crate) fn keys_of(user: &str) -> Value {
    let mut body = binance(user);
    body["key"] = json!(binance_part(user));
    body["secret"] = json!(binance_part(&secret_of(user)));
    body
}

/// Stores a connection to OKX, as an earlier release did, and gives its path.
pub(crate) async fn stored_okx(bench: &Bench, who: &Somebody) -> String {
    use store::trading::connections::{Credentials, NewVenue, insert_venue};
    let credentials = Credentials {
        key: "01234567-89ab-cdef-0123-456789abcdef".into(),
        secret: "0123456789ABCDEF0123456789ABCDEF".into(),
        passphrase: Some("open sesame".into()),
    };
    let row = NewVenue {
        venue: trading::Venue::Okx,
        testnet: true,
        label: "Demo",
        credentials: &credentials,
        account: None,
    };
    let txn = bench.state.db.begin().await.unwrap();
    let user = who.id.parse().unwrap();
    let made = insert_venue(&txn, &bench.state.vault, user, row, bench.now()).await;
    txn.commit().await.unwrap();
    format!("{PATH}/{}", made.unwrap())
}
