//! Changes of a user's data, each one transaction that ends with the events that tell of it.

use chrono::{DateTime, Utc};
use events::control::Revocation;
use platform::ids::UserId;
use store::{StoreError, Txn};
use views::EventBody;

use crate::notify::Notifier;

/// A change of one user's data that is not committed yet. Dropped, it is rolled back, and nobody is told.
pub struct UserChange {
    /// The transaction, for everything but the events and the commit.
    pub txn: Txn,
    user: UserId,
    notifier: Option<Notifier>,
    events: Vec<EventBody>,
    revocations: Vec<Revocation>,
}

impl UserChange {
    /// Goes on with a transaction as a change of this user's data. Without a notifier engine and gateways are not told:
    /// the engine's poll and the gateways' own clocks find the change then.
    pub fn new(txn: Txn, user: UserId, notifier: Option<Notifier>) -> Self {
        Self {
            txn,
            user,
            notifier,
            events: Vec::new(),
            revocations: Vec::new(),
        }
    }

    /// Whose data it is.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Tells the user of something that the change did. Events keep their order; they are appended at the commit.
    pub fn event(&mut self, body: impl Into<EventBody>) {
        self.events.push(body.into());
    }

    /// Tells the gateways, after the commit, that a credential has ended.
    pub fn revoke(&mut self, revocation: Revocation) {
        self.revocations.push(revocation);
    }

    /// Appends the events, which locks the user's stream, and commits; then sends the revocations to the gateways and
    /// wakes the engine that relays this user's events and obeys the commands to this user's bots.
    ///
    /// # Errors
    /// Those of [`store::events::append_batch`] and of the commit.
    pub async fn commit(self, now: DateTime<Utc>) -> Result<(), StoreError> {
        if !self.events.is_empty() {
            store::events::append_batch(&self.txn, now, self.user, &self.events).await?;
        }
        self.txn.commit().await?;
        if let Some(notifier) = self.notifier {
            for revocation in self.revocations {
                notifier.revoked(revocation);
            }
            notifier.events_committed(self.user);
        }
        Ok(())
    }
}
