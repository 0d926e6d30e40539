//! A client as the documentation asks for: reconnects, resumes, fetches what it was told to fetch.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use testkit::{wait_until, ws::Client};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

use super::user::User;

/// Follows one user's events until dropped.
pub(super) struct Follower {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Every event that the application was given, in the order in which it was.
    seqs: Vec<u64>,
    position: u64,
    epoch: Option<String>,
    connected: bool,
    resumes: u32,
}

impl Follower {
    /// Follows `user` from the beginning, at whichever of `gateways` answers.
    pub(super) fn of(user: &User, gateways: Vec<SocketAddr>, api: SocketAddr) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let task = tokio::spawn(follow(user.clone(), gateways, api, seen.clone()));
        Self { seen, task }
    }

    pub(super) async fn connected(&self) {
        wait_until("the follower is connected", || async {
            self.seen.lock().unwrap().connected
        })
        .await;
    }

    pub(super) async fn reaches(&self, seq: u64) {
        wait_until(&format!("the follower has seen event {seq}"), || async {
            assert!(!self.task.is_finished(), "the follower failed");
            self.seen.lock().unwrap().position >= seq
        })
        .await;
    }

    /// How often it had to connect again.
    pub(super) fn resumes(&self) -> u32 {
        self.seen.lock().unwrap().resumes
    }

    /// Each event from 1 to `last`, once and in order.
    pub(super) fn assert_gapless(&self, last: u64) {
        let seen = self.seen.lock().unwrap();
        let expected: Vec<u64> = (1..=last).collect();
        assert_eq!(seen.seqs, expected);
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(user: User, gateways: Vec<SocketAddr>, api: SocketAddr, seen: Arc<Mutex<Seen>>) {
    for gateway in gateways.iter().cycle() {
        if tokio::net::TcpStream::connect(gateway).await.is_ok()
            && let Ok(mut socket) = Client::connect(
                *gateway,
                "/ws",
                &[("sec-websocket-protocol", "blockbotx.v1")],
            )
            .await
        {
            socket.send_json(&hello(&user, &seen)).await;
            listen(&mut socket, &user, api, &seen).await;
            let mut seen = seen.lock().unwrap();
            seen.connected = false;
            seen.resumes += 1;
        }
        // Reconnecting is not what is measured; without a pause it would only be a busy loop.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

fn hello(user: &User, seen: &Mutex<Seen>) -> Value {
    let seen = seen.lock().unwrap();
    let mut hello = json!({"op": "hello", "token": user.token});
    if let Some(epoch) = &seen.epoch {
        hello["resume"] = json!({"epoch": epoch, "seq": seen.position});
    }
    hello
}

/// Until the socket ends.
async fn listen(socket: &mut Client, user: &User, api: SocketAddr, seen: &Mutex<Seen>) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let message: Value = serde_json::from_str(&text).unwrap();
        match message["op"].as_str().unwrap() {
            "welcome" => {
                let resumed = message["resumed"] == true;
                let first = seen.lock().unwrap().epoch.is_none();
                if first {
                    catch_up(user, api, seen).await;
                }
                let mut seen = seen.lock().unwrap();
                seen.epoch = message["epoch"].as_str().map(str::to_owned);
                seen.connected = first || resumed;
            }
            "event" => deliver(&mut seen.lock().unwrap(), &message),
            "resync" => {
                catch_up(user, api, seen).await;
                let mut seen = seen.lock().unwrap();
                seen.epoch = message["epoch"].as_str().map(str::to_owned);
                seen.connected = true;
            }
            "ping" => {
                if socket
                    .send(Message::text(r#"{"op":"pong"}"#))
                    .await
                    .is_err()
                {
                    return;
                }
            }
            "closing" => {}
            other => panic!("unexpected {other}: {message}"),
        }
    }
}

async fn catch_up(user: &User, api: SocketAddr, seen: &Mutex<Seen>) {
    let from = seen.lock().unwrap().position;
    for event in user.events_after(api, from).await {
        deliver(&mut seen.lock().unwrap(), &event);
    }
}

/// What was fetched and arrives again is passed over, as the documentation says; a gap is a broken promise.
fn deliver(seen: &mut Seen, event: &Value) {
    let seq = event["seq"].as_u64().unwrap();
    if seq <= seen.position {
        return;
    }
    assert_eq!(seq, seen.position + 1, "a gap that nobody announced");
    seen.position = seq;
    seen.seqs.push(seq);
}
