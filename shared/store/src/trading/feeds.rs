//! Where each paper account's prices come from, and how far they have been played.

use std::fmt;

use platform::ids::UserId;
use serde::{Deserialize, Serialize};
use trading::{Amount, Asset};
use uuid::Uuid;

use super::{array, text};
use crate::{Db, StoreError, Txn, events::smallints, sql};

/// Where a feed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedStatus {
    /// Not playing. Every feed begins so.
    Paused,
    /// Playing.
    Running,
    /// Played to its end.
    Finished,
    /// It cannot go on: `error` says why. Once that is mended, start it again.
    Error,
}

impl fmt::Display for FeedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Paused => "paused",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Error => "error",
        })
    }
}

/// Makes the feed of a new paper connection, paused at its beginning, and fills its account.
///
/// # Errors
/// [`StoreError::Reference`] if there is no such connection, [`StoreError::Conflict`] if it has a feed already.
pub async fn open(
    txn: &Txn,
    connection: Uuid,
    balances: impl IntoIterator<Item = (Asset, Amount)>,
) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "INSERT INTO feeds (connection_id) VALUES ($1)",
        [connection.into()],
    )
    .await?;
    let balances: Vec<(Asset, Amount)> = balances.into_iter().collect();
    sql::execute(
        txn,
        "INSERT INTO balances (connection_id, asset, free, reserved)
         SELECT $1, r->>0, (r->>1)::numeric, 0 FROM jsonb_array_elements($2) AS r",
        [connection.into(), array(&balances)?],
    )
    .await?;
    Ok(())
}

/// Starts or pauses a feed; gives what it is then, `None` if there is no such feed. One that has finished stays as it is;
/// one that has failed can be started. Wake the engine after the commit.
///
/// # Errors
/// Any [`StoreError`] of a statement.
pub async fn set_running(
    txn: &Txn,
    connection: Uuid,
    running: bool,
) -> Result<Option<FeedStatus>, StoreError> {
    let wanted = if running {
        FeedStatus::Running
    } else {
        FeedStatus::Paused
    };
    let row = sql::one(
        txn,
        "UPDATE feeds SET updated_at = now(), error = CASE WHEN $2 = 'running' THEN NULL ELSE error END,
             status = CASE WHEN status IN ('paused', 'running') OR (status, $2) = ('error', 'running') THEN $2
                 ELSE status END
         WHERE connection_id = $1 RETURNING status",
        [connection.into(), text(&wanted)?.into()],
    )
    .await?;
    row.map(|row| status(&row.try_get_by::<String, _>("status")?))
        .transpose()
}

pub(super) fn status(text: &str) -> Result<FeedStatus, StoreError> {
    match text {
        "paused" => Ok(FeedStatus::Paused),
        "running" => Ok(FeedStatus::Running),
        "finished" => Ok(FeedStatus::Finished),
        "error" => Ok(FeedStatus::Error),
        _ => Err(StoreError::broken("feeds.status")),
    }
}

/// A paper connection that has something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Active {
    /// Which.
    pub connection: Uuid,
    /// Whose.
    pub user: UserId,
    /// Its feed is to be played.
    pub is_running: bool,
    /// Commands wait for its bots.
    pub has_commands: bool,
}

/// The paper connections of users in `shards` that have something to do.
///
/// # Errors
/// Any [`StoreError`] of a query.
pub async fn active(db: &Db, shards: &[u8]) -> Result<Vec<Active>, StoreError> {
    let rows = sql::all(
        db.conn(),
        "SELECT f.connection_id, c.user_id, f.status = 'running' AS is_running, EXISTS (
             SELECT 1 FROM bot_commands w WHERE w.connection_id = f.connection_id AND w.applied_pos IS NULL
         ) AS has_commands
         FROM feeds f JOIN connections c ON c.id = f.connection_id JOIN users u ON u.id = c.user_id
         WHERE u.shard = ANY($1) AND f.connection_id IN (
             SELECT connection_id FROM feeds WHERE status = 'running'
             UNION SELECT connection_id FROM bot_commands WHERE applied_pos IS NULL
         )",
        [smallints(shards).into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Active {
                connection: row.try_get_by("connection_id")?,
                user: UserId(row.try_get_by("user_id")?),
                is_running: row.try_get_by("is_running")?,
                has_commands: row.try_get_by("has_commands")?,
            })
        })
        .collect()
}
