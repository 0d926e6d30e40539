//! Prices of a paper account, from its feed to sockets.

use std::net::SocketAddr;

use chrono::{DateTime, Utc};
use sea_orm::sqlx::{Connection, PgConnection};
use serde_json::{Value, json};
use testkit::{paper::PaperAccount, ws::Client};

use super::{platform::Platform, user::User};

const CANDLES: u32 = 5_000;
/// Open time of the first candle.
const START: i64 = 1_704_067_200_000;

struct Watcher {
    socket: Client,
    ticker: String,
    candles: String,
    last: [Option<DateTime<Utc>>; 2],
    /// Values seen, of tickers and of candles.
    seen: [usize; 2],
}

impl Watcher {
    async fn of(gateway: SocketAddr, user: &User, account: &PaperAccount) -> Self {
        let protocol = ("sec-websocket-protocol", "blockbotx.v1");
        let mut socket = Client::connect(gateway, "/ws", &[protocol]).await.unwrap();
        let ticker = format!("ticker:paper-{}:BTC-USDT", account.connection);
        let candles = format!("candles:paper-{}:BTC-USDT:1m", account.connection);
        let hello = json!({"op": "hello", "token": user.token, "channels": [ticker, candles]});
        socket.send_json(&hello).await;
        assert_eq!(socket.next_json().await["op"], "welcome");
        Self {
            socket,
            ticker,
            candles,
            last: [None; 2],
            seen: [0; 2],
        }
    }

    /// The next market value: 0 for a ticker, 1 for a candle. Never older than the one before.
    async fn next(&mut self) -> (usize, Value) {
        loop {
            let message = self.socket.next_json().await;
            if message["op"] == "ping" {
                self.socket.send_json(&json!({"op": "pong"})).await;
            }
            if message["op"] != "market" {
                continue;
            }
            let channel = message["channel"].as_str().unwrap();
            let (kind, field) = if channel == self.ticker {
                (0, "at")
            } else {
                assert_eq!(channel, self.candles);
                (1, "open_time")
            };
            let at = message["data"][field].as_str().unwrap().parse().unwrap();
            assert!(
                self.last[kind].is_none_or(|last| last < at),
                "{at} after {:?} on {channel}",
                self.last[kind]
            );
            self.last[kind] = Some(at);
            self.seen[kind] += 1;
            return (kind, message["data"].clone());
        }
    }

    /// Reads until both channels have shown their last value.
    async fn reach_the_end(&mut self) {
        let close = START + i64::from(CANDLES) * 60_000;
        let last = |at: i64| DateTime::from_timestamp_millis(at);
        while self.last[0] < last(close - 1) || self.last[1] < last(close - 60_000) {
            self.next().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_reach_sockets_newest_first_and_never_go_back() {
    let platform = Platform::start().await;
    let mut engine = platform.engine().await;
    let (api, gateway) = (platform.api().await, platform.gateway().await);
    let user = User::register(api.address, "ada@example.com").await;
    let url = platform.postgres.direct_url("blockbotx");
    let mut db = PgConnection::connect(&url).await.unwrap();
    // Slow enough to be watched: a minute of the data takes two milliseconds.
    let spec = json!({
        "symbol": "BTC-USDT", "balances": {"USDT": "100000"}, "speed": 30_000,
        "feed": {"kind": "synthetic", "seed": 7, "candles": CANDLES, "start_price": "60000", "start_at": START},
    });
    let id = user.id.parse().unwrap();
    let account = PaperAccount::create(&mut db, id, &spec, &[]).await;
    let mut watcher = Watcher::of(gateway.address, &user, &account).await;
    account.set_feed(&mut db, "running").await;

    // Both are there within moments, and the values are those of the feed.
    let (mut ticker, mut candle) = (None, None);
    while ticker.is_none() || candle.is_none() {
        match watcher.next().await {
            (0, data) => ticker = Some(data),
            (_, data) => candle = Some(data),
        }
    }
    let (ticker, candle) = (ticker.unwrap(), candle.unwrap());
    assert_eq!(
        (&ticker["bid"], &ticker["ask"]),
        (&ticker["last"], &ticker["last"])
    );
    assert_eq!(candle["is_closed"], true);

    // Whoever comes later begins with the newest value at once.
    let before = watcher.last[0];
    let mut late = Watcher::of(gateway.address, &user, &account).await;
    while late.next().await.0 != 0 {}
    assert!(late.last[0] >= before && late.seen[0] == 1);

    // An engine that is killed had shown more than it had saved: what its successor plays again is not shown again.
    engine.process.kill().await;
    let _second = platform.engine().await;
    tokio::join!(watcher.reach_the_end(), late.reach_the_end());
    assert_eq!(account.played(&mut db).await.0, "finished");
    let points = usize::try_from(CANDLES).unwrap() * 4;
    assert!(
        watcher.seen[0] < points / 10,
        "conflated: {:?}",
        watcher.seen
    );
    assert_eq!(late.last, watcher.last);

    // A subscription to what stands still begins with where it stands.
    let mut after = Watcher::of(gateway.address, &user, &account).await;
    after.reach_the_end().await;
    assert_eq!((after.seen, after.last), ([1, 1], watcher.last));
}
