//! What is told of exchange connections, paper accounts and what they hold.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use trading::{Amount, Asset, Venue};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::connections::FeedStatus;

/// Data of `connection.created`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ConnectionCreated {
    /// Id of the connection.
    pub id: Uuid,
    /// Where it trades.
    pub venue: Venue,
    /// Whether it is at the venue's test network.
    pub testnet: bool,
    /// What its user calls it.
    pub label: String,
}

/// Data of `connection.updated`: what changed of the connection with its version after that, or of its feed.
// A field that did not change is left out; one that was emptied is null.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ConnectionUpdated {
    /// Id of the connection.
    pub id: Uuid,
    /// What its user calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub label: Option<String>,
    /// The last characters of its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub key_hint: Option<Option<String>>,
    /// When its user confirmed that bots may trade real money through it.
    #[serde(serialize_with = "moment", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub live_confirmed_at: Option<Option<DateTime<Utc>>>,
    /// The connection's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<i32>,
    /// What changed of its feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub feed: Option<FeedChange>,
}

impl ConnectionUpdated {
    fn new(id: Uuid, version: Option<i32>) -> Self {
        Self {
            id,
            label: None,
            key_hint: None,
            live_confirmed_at: None,
            version,
            feed: None,
        }
    }

    /// It has another label.
    pub fn renamed(id: Uuid, label: String, version: i32) -> Self {
        Self {
            label: Some(label),
            ..Self::new(id, Some(version))
        }
    }

    /// It has another key, with which trading real money has to be confirmed again.
    pub fn rotated(id: Uuid, key_hint: Option<String>, version: i32) -> Self {
        Self {
            key_hint: Some(key_hint),
            live_confirmed_at: Some(None),
            ..Self::new(id, Some(version))
        }
    }

    /// Its user confirmed that bots may trade real money through it.
    pub fn live_confirmed(id: Uuid, at: DateTime<Utc>, version: i32) -> Self {
        Self {
            live_confirmed_at: Some(Some(at)),
            ..Self::new(id, Some(version))
        }
    }

    /// Its user paused its feed, or let it run.
    pub fn feed_switched(id: Uuid, status: FeedStatus) -> Self {
        Self {
            feed: Some(FeedChange {
                status,
                error: None,
            }),
            ..Self::new(id, None)
        }
    }

    /// Its feed has been played to its end, or cannot go on because of `error`.
    pub fn feed_ended(id: Uuid, error: Option<String>) -> Self {
        let status = match error {
            Some(_) => FeedStatus::Error,
            None => FeedStatus::Finished,
        };
        Self {
            feed: Some(FeedChange {
                status,
                error: Some(error),
            }),
            ..Self::new(id, None)
        }
    }
}

/// What changed of a feed.
// A feed that ended well says so with a null; one that was switched says nothing of errors.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FeedChange {
    /// Where it stands.
    pub status: FeedStatus,
    /// Why it cannot go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub error: Option<Option<String>>,
}

/// Data of `connection.deleted`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ConnectionDeleted {
    /// Id of the connection.
    pub id: Uuid,
}

/// Data of `balance.updated`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BalanceUpdated {
    /// The connection whose account it is.
    pub connection_id: Uuid,
    /// All that its account holds.
    pub balances: Vec<AssetBalance>,
}

/// How much of an asset an account holds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AssetBalance {
    /// The asset's name.
    pub asset: Asset,
    /// Free to use.
    pub free: Amount,
    /// Set aside for open orders.
    pub reserved: Amount,
}

#[expect(
    clippy::option_option,
    clippy::ref_option,
    reason = "the form that serde calls"
)]
fn moment<S: Serializer>(
    at: &Option<Option<DateTime<Utc>>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    platform::time::wire_option::serialize(&at.flatten(), serializer)
}
