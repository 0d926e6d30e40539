//! All sockets of this node, by id and by user.

use std::sync::Arc;

use dashmap::{DashMap, mapref::entry::Entry};
use platform::ids::{SessionId, UserId};

use crate::outbound::{Closing, Socket};

/// Sockets handled before others get a turn.
const CHUNK: usize = 256;

/// Who is here. No guard is held while anything is sent.
#[derive(Debug, Default)]
pub struct Registry {
    all: DashMap<u64, Arc<Socket>>,
    users: DashMap<UserId, Vec<Arc<Socket>>>,
}

impl Registry {
    /// A socket opened.
    pub fn open(&self, socket: &Arc<Socket>) {
        self.all.insert(socket.id(), Arc::clone(socket));
        metrics::gauge!("gateway_sockets").increment(1.0);
    }

    /// A socket was identified. Gives another of its user that has to go where there are more than `max` now: one that
    /// leaves a ping unanswered, or else the oldest.
    pub fn identify(&self, user: UserId, socket: &Arc<Socket>, max: usize) -> Option<Arc<Socket>> {
        let mut sockets = self.users.entry(user).or_default();
        let staying: Vec<_> = sockets
            .iter()
            .filter(|other| !other.is_closing())
            .cloned()
            .collect();
        sockets.push(Arc::clone(socket));
        drop(sockets);
        metrics::gauge!("gateway_sockets_identified").increment(1.0);
        if staying.len() < max {
            return None;
        }
        let silent = staying.iter().find(|other| other.is_silent());
        silent.or(staying.first()).cloned()
    }

    /// A socket is gone.
    pub fn close(&self, user: Option<UserId>, id: u64) {
        if self.all.remove(&id).is_some() {
            metrics::gauge!("gateway_sockets").decrement(1.0);
        }
        let Some(Entry::Occupied(mut sockets)) = user.map(|user| self.users.entry(user)) else {
            return;
        };
        let before = sockets.get().len();
        sockets.get_mut().retain(|socket| socket.id() != id);
        if sockets.get().len() < before {
            metrics::gauge!("gateway_sockets_identified").decrement(1.0);
        }
        if sockets.get().is_empty() {
            sockets.remove();
        }
    }

    /// How many sockets are open.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Closes a user's sockets, or those of one login.
    pub fn close_user(
        &self,
        user: UserId,
        session: Option<SessionId>,
        closing: impl Into<Closing>,
    ) {
        let closing = closing.into();
        for socket in self.of(user) {
            if session.is_none() || socket.session() == session {
                socket.close(closing);
            }
        }
    }

    /// A user's sockets.
    pub fn of(&self, user: UserId) -> Vec<Arc<Socket>> {
        self.users
            .get(&user)
            .map(|sockets| sockets.clone())
            .unwrap_or_default()
    }

    /// All sockets, in no order.
    pub fn everybody(&self) -> Vec<Arc<Socket>> {
        self.all
            .iter()
            .map(|entry| Arc::clone(entry.value()))
            .collect()
    }

    /// Does something with each identified socket, and lets others work in between.
    pub async fn for_each_identified(&self, mut tell: impl FnMut(&Arc<Socket>)) {
        let sockets: Vec<_> = self
            .users
            .iter()
            .flat_map(|entry| entry.value().clone())
            .collect();
        for chunk in sockets.chunks(CHUNK) {
            chunk.iter().for_each(&mut tell);
            tokio::task::yield_now().await;
        }
    }
}
