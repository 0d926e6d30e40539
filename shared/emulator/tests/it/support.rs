//! A running emulator with one trader, and clients for it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use chrono::DateTime;
use emulator::{Action, Config, Emulator, Fault, Feed, Target, UserConfig, signature};
use futures_util::{SinkExt, StreamExt};
use platform::clock::ManualClock;
use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message},
};
use trading::Amount;

/// Wednesday, 2026-12-30 15:47:05.123 UTC.
pub(crate) const START: i64 = 1_798_645_625_123;
pub(crate) const API_KEY: &str = "aliceExampleKey";
pub(crate) const SECRET_KEY: &str = "aliceExampleSecret";
/// How long a test waits for what must come.
const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// An answer of REST.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body of a success.
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.body
    }

    /// Status, code and text of a refusal.
    pub(crate) fn refusal(&self) -> (u16, i64, &str) {
        (
            self.status.as_u16(),
            self.body["code"].as_i64().unwrap_or_default(),
            self.body["msg"].as_str().unwrap_or_default(),
        )
    }
}

/// An emulator whose clock stands still, with the user `alice`.
pub(crate) struct Lab {
    pub(crate) emulator: Emulator,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) http: Client,
}

impl Lab {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts one with a changed configuration. Prices move by actions only, and BTCUSDT stands at 60,000.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::asked_by(client(), change).await
    }

    /// The same with a client that is there already: making one reads the system's certificates.
    pub(crate) async fn asked_by(http: Client, change: impl FnOnce(&mut Config)) -> Self {
        let clock = ManualClock::new(DateTime::from_timestamp_millis(START).unwrap());
        let alice = UserConfig::new("alice", API_KEY, SECRET_KEY)
            .with_deposit("USDT".parse().unwrap(), amount("100000"))
            .with_deposit("BTC".parse().unwrap(), amount("2"))
            .with_deposit("BNB".parse().unwrap(), amount("1"));
        let mut config = Config::new(clock.clone()).with_user(alice);
        config.history_minutes = 60;
        for symbol in &mut config.symbols {
            symbol.feed = Feed::Fixed;
        }
        change(&mut config);
        Self {
            emulator: Emulator::start(config).await.unwrap(),
            clock,
            http,
        }
    }

    pub(crate) fn act(&self, action: Action) {
        self.emulator.act(action).unwrap();
    }

    pub(crate) fn price(&self, price: &str) {
        self.act(Action::SetPrice {
            symbol: "BTCUSDT".to_owned(),
            price: amount(price),
        });
    }

    pub(crate) fn inject(&self, fault: Fault, times: u32) {
        self.act(Action::Inject {
            fault,
            target: Target::default(),
            times: Some(times),
        });
    }

    /// Moves the exchange's clock on.
    pub(crate) fn pass(&self, ms: i64) {
        self.clock.advance(chrono::Duration::milliseconds(ms));
    }

    pub(crate) fn now(&self) -> i64 {
        use platform::clock::Clock;
        self.clock.now().timestamp_millis()
    }

    /// A request as it is; an error when the connection breaks off.
    pub(crate) async fn send(
        &self,
        method: &str,
        path_and_query: &str,
        api_key: Option<&str>,
    ) -> Result<Answer, reqwest::Error> {
        send(&self.http, &self.emulator, method, path_and_query, api_key).await
    }

    /// A request without a signature.
    pub(crate) async fn public(&self, path_and_query: &str) -> Answer {
        self.send("GET", path_and_query, None).await.unwrap()
    }

    /// `path` with a query that alice has signed.
    pub(crate) fn signed_path(&self, path: &str, query: &str) -> String {
        signed_path(path, query, self.now(), SECRET_KEY)
    }

    /// A request that alice has signed; an error when the connection breaks off.
    pub(crate) async fn try_signed(
        &self,
        method: &str,
        path: &str,
        query: &str,
    ) -> Result<Answer, reqwest::Error> {
        let path = self.signed_path(path, query);
        self.send(method, &path, Some(API_KEY)).await
    }

    pub(crate) async fn signed(&self, method: &str, path: &str, query: &str) -> Answer {
        self.try_signed(method, path, query).await.unwrap()
    }

    /// Places an order.
    pub(crate) async fn order(&self, query: &str) -> Answer {
        self.signed("POST", "/api/v3/order", &format!("symbol=BTCUSDT&{query}"))
            .await
    }

    /// Free and locked of an asset, from the account.
    pub(crate) async fn balance(&self, asset: &str) -> [String; 2] {
        let account = self.signed("GET", "/api/v3/account", "").await.ok();
        let balances = account["balances"].as_array().unwrap();
        let balance = balances.iter().find(|balance| balance["asset"] == asset);
        let balance = balance.unwrap_or_else(|| panic!("no {asset} in {account}"));
        ["free", "locked"].map(|name| balance[name].as_str().unwrap().to_owned())
    }

    /// Tests that money is conserved.
    pub(crate) fn check_books(&self) {
        self.emulator.books().check().unwrap();
    }

    /// A socket for market streams, or of the WebSocket API.
    pub(crate) async fn socket(&self, path: &str) -> Socket {
        Socket::connect(self.emulator.address(), path).await
    }

    /// A socket of the WebSocket API that hears of alice's events.
    pub(crate) async fn user_stream(&self) -> Socket {
        let mut socket = self.socket("/ws-api/v3").await;
        let request = self.subscription();
        let answer = socket.ask(&request).await;
        assert_eq!(answer["status"], 200, "{answer}");
        socket
    }

    /// A signed request for alice's events.
    pub(crate) fn subscription(&self) -> Value {
        let timestamp = self.now();
        let payload = format!("apiKey={API_KEY}&timestamp={timestamp}");
        json!({
            "id": "subscribe", "method": "userDataStream.subscribe.signature",
            "params": {
                "apiKey": API_KEY, "timestamp": timestamp, "signature": signature(SECRET_KEY, &payload),
            },
        })
    }
}

pub(crate) fn client() -> Client {
    Client::builder().timeout(DEADLINE).build().unwrap()
}

pub(crate) async fn send(
    http: &Client,
    emulator: &Emulator,
    method: &str,
    path_and_query: &str,
    api_key: Option<&str>,
) -> Result<Answer, reqwest::Error> {
    let url = format!("{}{path_and_query}", emulator.rest_url());
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = http.request(method, url);
    if let Some(api_key) = api_key {
        request = request.header("X-MBX-APIKEY", api_key);
    }
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await?;
    Ok(Answer {
        status,
        headers,
        body: serde_json::from_str(&text).unwrap_or(Value::Null),
    })
}

/// `path` with a query that is signed at a time.
pub(crate) fn signed_path(path: &str, query: &str, at: i64, secret_key: &str) -> String {
    let separator = if query.is_empty() { "" } else { "&" };
    let payload = format!("{query}{separator}timestamp={at}");
    let signature = signature(secret_key, &payload);
    format!("{path}?{payload}&signature={signature}")
}

/// A WebSocket with deadlines.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    pub(crate) async fn connect(address: SocketAddr, path: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let url = format!("ws://{address}{path}");
        let (socket, _) = tokio::time::timeout(DEADLINE, client_async(url, stream))
            .await
            .expect("a handshake within the deadline")
            .unwrap();
        Self(socket)
    }

    pub(crate) async fn send(&mut self, value: &Value) {
        self.0.send(Message::text(value.to_string())).await.unwrap();
    }

    /// The next message of any kind; none at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<Message, Error>> {
        tokio::time::timeout(DEADLINE, self.0.next())
            .await
            .expect("a message within the deadline")
    }

    /// The next text as JSON.
    pub(crate) async fn json(&mut self) -> Value {
        loop {
            match self.next().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("expected a text, got {other:?}"),
            }
        }
    }

    /// Sends a request and returns the answer, passing over events.
    pub(crate) async fn ask(&mut self, request: &Value) -> Value {
        self.send(request).await;
        loop {
            let answer = self.json().await;
            if answer["id"] == request["id"] {
                return answer;
            }
        }
    }

    /// The next event of a user stream, unwrapped.
    pub(crate) async fn event(&mut self) -> Value {
        let message = self.json().await;
        assert!(message["subscriptionId"].is_number(), "{message}");
        message["event"].clone()
    }

    /// Waits for the end: whether there was a close frame.
    pub(crate) async fn is_closed_politely(&mut self) -> bool {
        loop {
            match self.next().await {
                Some(Ok(Message::Close(_))) => return true,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return false,
            }
        }
    }
}
