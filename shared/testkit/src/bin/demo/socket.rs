use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use testkit::ws::Client;
use tokio_tungstenite::tungstenite::Message;

use crate::rest::Rest;

/// Connections that may break, one after the other, before the demo gives up.
const RECONNECTS: u32 = 20;

/// Holds a socket as the documentation asks for: resumes after a close, fetches what it is told to.
pub(crate) struct Follower {
    gateway: SocketAddr,
    rest: Rest,
    socket: Client,
    epoch: Option<String>,
    seen: Seen,
}

/// What has come in.
#[derive(Default)]
pub(crate) struct Seen {
    /// Number of the last event.
    pub(crate) last: u64,
    /// How many of each type.
    pub(crate) kinds: BTreeMap<String, u64>,
    /// How many of each type, by bot.
    pub(crate) of_bots: BTreeMap<(String, String), u64>,
}

impl Seen {
    /// Takes an event; one that is known already is passed over, and a gap is an error.
    fn take(&mut self, event: &Value) -> anyhow::Result<bool> {
        let seq = event["seq"].as_u64().context("an event without a number")?;
        if seq <= self.last {
            return Ok(false);
        }
        ensure!(seq == self.last + 1, "event {seq} after {}", self.last);
        self.last = seq;
        let kind = event["type"].as_str().context("an event without a type")?;
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
        if let Some(bot) = event["data"]["bot_id"].as_str() {
            let key = (bot.to_owned(), kind.to_owned());
            *self.of_bots.entry(key).or_default() += 1;
        }
        Ok(true)
    }

    /// How many of this type were about this bot.
    pub(crate) fn count(&self, bot: &str, kind: &str) -> u64 {
        let key = (bot.to_owned(), kind.to_owned());
        self.of_bots.get(&key).copied().unwrap_or_default()
    }
}

impl Follower {
    /// Follows the user of `rest` from the first event on.
    pub(crate) async fn connect(gateway: SocketAddr, rest: Rest) -> anyhow::Result<Self> {
        Ok(Self {
            socket: open(gateway, &rest, None).await?,
            gateway,
            rest,
            epoch: None,
            seen: Seen::default(),
        })
    }

    /// Listens until the feed of `account` has ended.
    pub(crate) async fn until_the_end(mut self, account: &str) -> anyhow::Result<Seen> {
        let (mut reconnects, mut head) = (0, None);
        loop {
            let message = match self.socket.next().await {
                Some(Ok(Message::Text(text))) => serde_json::from_str::<Value>(&text)?,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(_) | Err(_)) | None => {
                    reconnects += 1;
                    ensure!(reconnects <= RECONNECTS, "the socket does not hold");
                    let position = self.epoch.as_deref().map(|epoch| (epoch, self.seen.last));
                    self.socket = open(self.gateway, &self.rest, position).await?;
                    continue;
                }
            };
            let mut events = Vec::new();
            match message["op"].as_str() {
                Some("ping") => {
                    self.socket.send_json(&json!({ "op": "pong" })).await;
                }
                Some("welcome") => {
                    let first = self.epoch.is_none();
                    self.epoch = message["epoch"].as_str().map(str::to_owned);
                    // On the first one, what happened before the socket was there.
                    if first {
                        events = self.fetch().await?;
                    }
                }
                Some("resync") => {
                    self.epoch = message["epoch"].as_str().map(str::to_owned);
                    events = self.fetch().await?;
                }
                Some("event") => events.push(message),
                Some("closing") => {}
                _ => bail!("unexpected {message}"),
            }
            for event in events {
                if self.seen.take(&event)? && has_ended(&event, account)? {
                    // What the feed's end caused comes with it, in the same commit.
                    head = Some(self.head().await?);
                }
            }
            if head.is_some_and(|head| self.seen.last >= head) {
                return Ok(self.seen);
            }
        }
    }

    /// Number of the newest event of the log.
    async fn head(&self) -> anyhow::Result<u64> {
        let page = self.rest.get("/api/v1/events?after=0&limit=1").await?;
        page["last_seq"].as_u64().context("no last event")
    }

    async fn fetch(&self) -> anyhow::Result<Vec<Value>> {
        let (mut events, mut after) = (Vec::new(), self.seen.last);
        loop {
            let path = format!("/api/v1/events?after={after}&limit=100");
            let page = self.rest.get(&path).await?;
            let some = page["data"].as_array().context("no events")?;
            let Some(last) = some.last() else {
                return Ok(events);
            };
            after = last["seq"].as_u64().context("an event without a number")?;
            events.extend(some.iter().cloned());
        }
    }
}

async fn open(
    gateway: SocketAddr,
    rest: &Rest,
    position: Option<(&str, u64)>,
) -> anyhow::Result<Client> {
    let protocol = ("sec-websocket-protocol", "blockbotx.v1");
    let mut socket = Client::connect(gateway, "/ws", &[protocol]).await?;
    let mut hello = json!({ "op": "hello", "token": rest.token });
    if let Some((epoch, seq)) = position {
        hello["resume"] = json!({ "epoch": epoch, "seq": seq });
    }
    socket.send_json(&hello).await;
    Ok(socket)
}

fn has_ended(event: &Value, account: &str) -> anyhow::Result<bool> {
    if event["type"] != "connection.updated" || event["data"]["id"] != account {
        return Ok(false);
    }
    let feed = &event["data"]["feed"];
    ensure!(feed["status"] != "error", "the feed: {}", feed["error"]);
    Ok(feed["status"] == "finished")
}
