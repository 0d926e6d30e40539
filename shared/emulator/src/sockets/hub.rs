//! Open sockets and what they have subscribed to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    exchange::ExchangeEvent,
    faults::{EventFate, Faults},
};

/// Messages that a socket may be behind; a slower one is dropped.
pub(crate) const QUEUE: usize = 4_096;

/// Something that a socket's task does.
#[derive(Clone, Debug)]
pub(crate) enum Outgoing {
    Text(String),
    /// Sends a close frame.
    Close,
    /// Drops the connection without a word.
    Drop,
}

/// What a socket is for.
#[derive(Debug)]
enum Kind {
    Market {
        streams: BTreeSet<String>,
        is_combined: bool,
    },
    /// The WebSocket API, with the users of its subscriptions.
    Api {
        subscriptions: BTreeMap<u64, String>,
    },
}

#[derive(Debug)]
struct Socket {
    sender: mpsc::Sender<Outgoing>,
    kind: Kind,
}

impl Socket {
    /// Hands a message to the socket's task. A task that is too far behind, or gone, ends by itself when its queue closes.
    fn send(&self, message: Outgoing) {
        if let Err(error) = self.sender.try_send(message) {
            tracing::debug!(%error, "a socket does not take its messages");
        }
    }
}

/// All open sockets.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    last: u64,
    last_subscription: u64,
    sockets: BTreeMap<u64, Socket>,
    /// Events that are sent after the next one, by user and by market stream.
    held_of_users: BTreeMap<String, Value>,
    held_of_streams: BTreeMap<String, Value>,
}

impl Hub {
    fn add(&mut self, kind: Kind) -> (u64, mpsc::Receiver<Outgoing>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        self.last += 1;
        self.sockets.insert(self.last, Socket { sender, kind });
        (self.last, receiver)
    }

    /// Adds a socket for market streams. A combined one names the stream of each event.
    pub(crate) fn add_market(&mut self, is_combined: bool) -> (u64, mpsc::Receiver<Outgoing>) {
        self.add(Kind::Market {
            streams: BTreeSet::new(),
            is_combined,
        })
    }

    /// Adds a socket of the WebSocket API.
    pub(crate) fn add_api(&mut self) -> (u64, mpsc::Receiver<Outgoing>) {
        self.add(Kind::Api {
            subscriptions: BTreeMap::new(),
        })
    }

    /// Forgets a socket and returns the market streams that it had.
    pub(crate) fn remove(&mut self, id: u64) -> BTreeSet<String> {
        match self.sockets.remove(&id).map(|socket| socket.kind) {
            Some(Kind::Market { streams, .. }) => streams,
            Some(Kind::Api { .. }) | None => BTreeSet::new(),
        }
    }

    /// Sends a text to one socket.
    pub(crate) fn reply(&self, id: u64, text: String) {
        if let Some(socket) = self.sockets.get(&id) {
            socket.send(Outgoing::Text(text));
        }
    }

    /// Drops the connection of one socket.
    pub(crate) fn drop_socket(&self, id: u64) {
        if let Some(socket) = self.sockets.get(&id) {
            socket.send(Outgoing::Drop);
        }
    }

    /// Adds or removes market streams of a socket and returns those that changed.
    pub(crate) fn change_streams(
        &mut self,
        id: u64,
        names: &[String],
        is_added: bool,
    ) -> Vec<String> {
        let Some(Socket {
            kind: Kind::Market { streams, .. },
            ..
        }) = self.sockets.get_mut(&id)
        else {
            return Vec::new();
        };
        let changed = names.iter().filter(|name| {
            if is_added {
                streams.insert((*name).clone())
            } else {
                streams.remove(*name)
            }
        });
        changed.cloned().collect()
    }

    /// The market streams of a socket.
    pub(crate) fn streams(&self, id: u64) -> Vec<String> {
        match self.sockets.get(&id).map(|socket| &socket.kind) {
            Some(Kind::Market { streams, .. }) => streams.iter().cloned().collect(),
            Some(Kind::Api { .. }) | None => Vec::new(),
        }
    }

    /// Subscribes a socket of the WebSocket API to a user's events; `reply` words the answer, which comes before them.
    pub(crate) fn subscribe(&mut self, id: u64, user: &str, reply: impl FnOnce(u64) -> String) {
        let subscription = self.last_subscription;
        if let Some(socket) = self.sockets.get_mut(&id)
            && let Kind::Api { subscriptions } = &mut socket.kind
        {
            self.last_subscription += 1;
            subscriptions.insert(subscription, user.to_owned());
            socket.send(Outgoing::Text(reply(subscription)));
        }
    }

    /// Ends one subscription of a socket, or all of them; tells whether there was one.
    pub(crate) fn unsubscribe(&mut self, id: u64, subscription: Option<u64>) -> bool {
        let Some(Kind::Api { subscriptions }) =
            self.sockets.get_mut(&id).map(|socket| &mut socket.kind)
        else {
            return false;
        };
        let before = subscriptions.len();
        subscriptions.retain(|id, _| subscription.is_some_and(|subscription| subscription != *id));
        subscriptions.len() < before || subscription.is_none()
    }

    /// The subscriptions of a socket, by id.
    pub(crate) fn subscriptions(&self, id: u64) -> Vec<u64> {
        match self.sockets.get(&id).map(|socket| &socket.kind) {
            Some(Kind::Api { subscriptions }) => subscriptions.keys().copied().collect(),
            Some(Kind::Market { .. }) | None => Vec::new(),
        }
    }

    /// Tells every socket that the server shuts down and closes it.
    pub(crate) fn shut_down(&self, at: i64) {
        let event = json!({ "e": "serverShutdown", "E": at });
        for socket in self.sockets.values() {
            let text = match &socket.kind {
                Kind::Market {
                    is_combined: false, ..
                } => event.to_string(),
                Kind::Market {
                    is_combined: true, ..
                } => json!({ "stream": "!serverShutdown", "data": event }).to_string(),
                Kind::Api { .. } => json!({ "event": event }).to_string(),
            };
            socket.send(Outgoing::Text(text));
            socket.send(Outgoing::Close);
        }
    }

    /// Drops every connection without a word.
    pub(crate) fn drop_all(&self) {
        for socket in self.sockets.values() {
            socket.send(Outgoing::Drop);
        }
    }

    /// Sends events to those who have subscribed to them, as far as no fault prevents it.
    pub(crate) fn publish(&mut self, events: Vec<ExchangeEvent>, faults: &mut Faults) {
        for event in events {
            match event {
                ExchangeEvent::User {
                    user,
                    is_fill,
                    body,
                } => {
                    if self.has_user(&user) {
                        let fate = faults.for_event(None, Some(&user), is_fill);
                        self.send_user(&user, body, fate);
                    }
                }
                ExchangeEvent::Terminated { user, body } => self.terminate(&user, &body),
                ExchangeEvent::Market { stream, body } => {
                    let fate = faults.for_event(Some(&stream), None, false);
                    self.send_market(&stream, body, fate);
                }
            }
        }
    }

    fn has_user(&self, user: &str) -> bool {
        self.sockets.values().any(|socket| match &socket.kind {
            Kind::Api { subscriptions } => subscriptions.values().any(|name| name == user),
            Kind::Market { .. } => false,
        })
    }

    fn send_user(&mut self, user: &str, body: Value, fate: EventFate) {
        match fate {
            EventFate::Lose => {}
            EventFate::SendAfterNext => {
                self.held_of_users.insert(user.to_owned(), body);
            }
            EventFate::DropConnection => self.each_of_user(user, |_| Outgoing::Drop),
            EventFate::Send | EventFate::SendTwice => {
                let times = if fate == EventFate::SendTwice { 2 } else { 1 };
                let held = self.held_of_users.remove(user);
                for body in std::iter::repeat_n(body, times).chain(held) {
                    self.each_of_user(user, |subscription| {
                        let text = json!({ "subscriptionId": subscription, "event": body });
                        Outgoing::Text(text.to_string())
                    });
                }
            }
        }
    }

    fn each_of_user(&self, user: &str, message: impl Fn(u64) -> Outgoing) {
        for socket in self.sockets.values() {
            if let Kind::Api { subscriptions } = &socket.kind {
                let of_user = subscriptions.iter().filter(|(_, name)| *name == user);
                for (subscription, _) in of_user {
                    socket.send(message(*subscription));
                }
            }
        }
    }

    fn terminate(&mut self, user: &str, body: &Value) {
        self.each_of_user(user, |subscription| {
            let text = json!({ "subscriptionId": subscription, "event": body });
            Outgoing::Text(text.to_string())
        });
        for socket in self.sockets.values_mut() {
            if let Kind::Api { subscriptions } = &mut socket.kind {
                subscriptions.retain(|_, name| name != user);
            }
        }
    }

    fn send_market(&mut self, stream: &str, body: Value, fate: EventFate) {
        match fate {
            EventFate::Lose => {}
            EventFate::SendAfterNext => {
                self.held_of_streams.insert(stream.to_owned(), body);
            }
            EventFate::DropConnection => self.each_of_stream(stream, |_| Outgoing::Drop),
            EventFate::Send | EventFate::SendTwice => {
                let times = if fate == EventFate::SendTwice { 2 } else { 1 };
                let held = self.held_of_streams.remove(stream);
                for body in std::iter::repeat_n(body, times).chain(held) {
                    self.each_of_stream(stream, |is_combined| {
                        Outgoing::Text(if is_combined {
                            json!({ "stream": stream, "data": body }).to_string()
                        } else {
                            body.to_string()
                        })
                    });
                }
            }
        }
    }

    fn each_of_stream(&self, stream: &str, message: impl Fn(bool) -> Outgoing) {
        for socket in self.sockets.values() {
            if let Kind::Market {
                streams,
                is_combined,
            } = &socket.kind
                && streams.contains(stream)
            {
                socket.send(message(*is_combined));
            }
        }
    }
}
