//! Where the prices of each account come from: how far a paper account's have been played, and whether an exchange account
//! is followed.

use platform::ids::UserId;
use trading::{Amount, Asset};
use uuid::Uuid;
pub use views::connections::FeedStatus;

use super::balances;
use crate::{Db, StoreError, Txn, column::Text, events::smallints, sql};

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
    balances::insert(txn, connection, &balances).await
}

/// Makes the feed of an exchange account, unless it has one: its engine runs it while bots trade there.
///
/// # Errors
/// [`StoreError::Reference`] if there is no such connection.
pub async fn open_exchange(txn: &Txn, connection: Uuid) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "INSERT INTO feeds (connection_id) VALUES ($1) ON CONFLICT (connection_id) DO NOTHING",
        [connection.into()],
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
    // What it becomes depends on what it is.
    let status: Option<Text<FeedStatus>> = sql::value(
        txn,
        "UPDATE feeds SET updated_at = now(), error = CASE WHEN $2 = 'running' THEN NULL ELSE error END,
             status = CASE WHEN status IN ('paused', 'running') OR (status, $2) = ('error', 'running') THEN $2
                 ELSE status END
         WHERE connection_id = $1 RETURNING status",
        [connection.into(), Text(wanted).into()],
    )
    .await?;
    Ok(status.map(|status| status.0))
}

/// What others had written meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// What the feed is now.
    pub status: FeedStatus,
    /// More commands wait.
    pub has_commands: bool,
}

/// Moves a feed on to where a batch ends, if it is where the batch begins.
pub(super) const ADVANCE: &str = "\
UPDATE feeds SET input_pos = $7, data_time = coalesce($8, data_time), price = coalesce($9::text::numeric, price),
    gaps = CASE WHEN jsonb_array_length(gaps) < 1000 THEN gaps || $10::jsonb ELSE gaps END,
    status = CASE WHEN status = 'running' OR $11 = 'running' THEN coalesce($11, status) ELSE status END,
    error = coalesce($12, error), updated_at = now()
FROM held WHERE connection_id = $5 AND input_pos = $6
RETURNING status, EXISTS (
    SELECT 1 FROM bot_commands w WHERE w.connection_id = $5 AND w.applied_pos IS NULL AND w.id <> ALL($13)
) AS has_commands";

/// A connection that has something to do.
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
    /// It is a paper account.
    pub is_paper: bool,
}

/// The connections of users in `shards` that have something to do.
///
/// # Errors
/// Any [`StoreError`] of a query.
pub async fn active(db: &Db, shards: &[u8]) -> Result<Vec<Active>, StoreError> {
    let rows = sql::values::<(Uuid, Uuid, bool, bool, bool)>(
        db.conn(),
        "SELECT f.connection_id, c.user_id, f.status = 'running' AS is_running, EXISTS (
             SELECT 1 FROM bot_commands w WHERE w.connection_id = f.connection_id AND w.applied_pos IS NULL
         ) AS has_commands, c.paper IS NOT NULL AS is_paper
         FROM feeds f JOIN connections c ON c.id = f.connection_id JOIN users u ON u.id = c.user_id
         WHERE u.shard = ANY($1) AND f.connection_id IN (
             SELECT connection_id FROM feeds WHERE status = 'running'
             UNION SELECT connection_id FROM bot_commands WHERE applied_pos IS NULL
         )",
        [smallints(shards).into()],
    )
    .await?;
    let active =
        rows.into_iter().map(
            |(connection, user, is_running, has_commands, is_paper)| Active {
                connection,
                user: UserId(user),
                is_running,
                has_commands,
                is_paper,
            },
        );
    Ok(active.collect())
}
