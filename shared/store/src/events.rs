//! The log of private events: durable, contiguous for each user, read by the relay and by clients that catch up.

use chrono::{DateTime, Duration, Utc};
use platform::ids::UserId;
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult};
use serde_json::value::RawValue;
use uuid::Uuid;
use views::{Event, EventBody};

use crate::{
    Db, StoreError, Txn,
    column::{to_json, to_json_text},
    entity::user_streams,
    sql,
};

/// How long events are kept: a client that was away no longer than this loses none.
pub const KEPT: Duration = Duration::days(7);

/// An event of the log.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Whose it is.
    pub user: UserId,
    /// Its place in the user's stream, from 1, without gaps.
    pub seq: i64,
    /// `noun.verb_past`.
    pub kind: String,
    /// The JSON of `data`.
    pub body: Box<RawValue>,
    /// When it happened.
    pub at: DateTime<Utc>,
}

impl From<StoredEvent> for Event {
    fn from(event: StoredEvent) -> Self {
        Self {
            seq: event.seq,
            kind: event.kind,
            at: event.at,
            data: event.body,
        }
    }
}

/// Appends one event. Call it as the last statement before the commit: it locks the user's stream, which is what makes
/// the order of commits the order of `seq`, and every other writer of this user waits until then.
///
/// # Errors
/// [`StoreError::Reference`] if there is no such user; [`StoreError::Other`] if its data is over 16 KiB, which the table checks.
pub async fn append(
    txn: &Txn,
    now: DateTime<Utc>,
    user: UserId,
    event: &EventBody,
) -> Result<StoredEvent, StoreError> {
    let row: Option<Row> = sql::row(
        txn,
        "WITH stream AS (
             INSERT INTO user_streams (user_id, last_seq) VALUES ($1, 1)
             ON CONFLICT (user_id) DO UPDATE SET last_seq = user_streams.last_seq + 1
             RETURNING last_seq
         )
         INSERT INTO events (user_id, seq, type, body, created_at)
         SELECT $1, last_seq, $2->>'type', $2->'data', $3 FROM stream
         RETURNING user_id, seq, type, body::text AS body, created_at",
        [user.0.into(), to_json(event)?.into(), now.into()],
    )
    .await?;
    row.ok_or(StoreError::NotFound)?.try_into()
}

/// Appends events of one user, in order, in one statement. Like [`append`], the last before the commit.
///
/// # Errors
/// Those of [`append`].
pub async fn append_batch(
    txn: &Txn,
    now: DateTime<Utc>,
    user: UserId,
    events: &[EventBody],
) -> Result<(), StoreError> {
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    sql::execute(
        txn,
        "WITH stream AS (
             INSERT INTO user_streams (user_id, last_seq) VALUES ($1, $2)
             ON CONFLICT (user_id) DO UPDATE SET last_seq = user_streams.last_seq + $2
             RETURNING last_seq
         )
         INSERT INTO events (user_id, seq, type, body, created_at)
         SELECT $1, last_seq - $2 + place, r->>'type', r->'data', $4
         FROM stream, jsonb_array_elements($3::text::jsonb) WITH ORDINALITY AS event (r, place)",
        [
            user.0.into(),
            count.into(),
            to_json_text(&events)?.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Appends events of several users, in the order of their ids so that two such transactions cannot deadlock; the
/// events of one user keep their order. The last statements before the commit, like [`append`].
///
/// # Errors
/// Those of [`append`].
pub async fn append_all(
    txn: &Txn,
    now: DateTime<Utc>,
    mut events: Vec<(UserId, EventBody)>,
) -> Result<Vec<StoredEvent>, StoreError> {
    events.sort_by_key(|(user, _)| *user);
    let mut appended = Vec::with_capacity(events.len());
    for (user, event) in &events {
        appended.push(append(txn, now, *user, event).await?);
    }
    Ok(appended)
}

/// What comes after a position in a user's stream.
#[derive(Debug)]
pub enum After {
    /// The events from `seq + 1` on, contiguous; none if the position is the head.
    Events {
        /// At most as many as were asked for, oldest first.
        events: Vec<StoredEvent>,
        /// The newest `seq` of this user.
        head: i64,
    },
    /// Events after the position have been pruned: the client has to fetch everything anew and go on from `head`.
    TooOld {
        /// The oldest `seq` still kept; `head + 1` if none is.
        oldest: i64,
        /// The newest `seq` of this user.
        head: i64,
    },
    /// The position is beyond the newest event: it belongs to another history.
    Ahead {
        /// The newest `seq` of this user.
        head: i64,
    },
}

/// Reads up to `limit` events after `seq`.
///
/// # Errors
/// Any [`StoreError`] of a query.
pub async fn after(db: &Db, user: UserId, seq: i64, limit: u32) -> Result<After, StoreError> {
    // One statement is one snapshot: the head and the events cannot disagree.
    #[derive(FromQueryResult)]
    struct AfterRow {
        head: i64,
        oldest: Option<i64>,
        #[sea_orm(nested)]
        event: Option<Row>,
    }
    let rows: Vec<AfterRow> = sql::rows(
        db.conn(),
        "SELECT coalesce(stream.last_seq, 0) AS head,
                (SELECT min(seq) FROM events WHERE user_id = $1) AS oldest,
                e.user_id, e.seq, e.type, e.body::text AS body, e.created_at
         FROM (SELECT) AS one
         LEFT JOIN user_streams stream ON stream.user_id = $1
         LEFT JOIN LATERAL (
             SELECT * FROM events WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
         ) e ON true
         ORDER BY e.seq",
        [user.0.into(), seq.into(), i64::from(limit).into()],
    )
    .await?;
    let first = rows.first().ok_or(StoreError::NotFound)?;
    let head = first.head;
    let oldest = first.oldest.unwrap_or(head + 1);
    if seq > head {
        return Ok(After::Ahead { head });
    }
    if seq < head && seq + 1 < oldest {
        return Ok(After::TooOld { oldest, head });
    }
    let events = if seq == head || limit == 0 {
        Vec::new()
    } else {
        stored(rows.into_iter().filter_map(|row| row.event))?
    };
    Ok(After::Events { events, head })
}

/// The newest `seq` of a user, relayed or not; 0 if there is none.
///
/// # Errors
/// Any [`StoreError`] of a query.
pub async fn head(db: &Db, user: UserId) -> Result<i64, StoreError> {
    let row = user_streams::Entity::find_by_id(user.0)
        .one(db.conn())
        .await?;
    Ok(row.map_or(0, |row| row.last_seq))
}

/// The newest relayed events of a user: what a lost replay stream is made of again.
#[derive(Debug)]
pub struct Tail {
    /// The history that they belong to.
    pub epoch: String,
    /// The newest relayed `seq`; 0 if there is none.
    pub head: i64,
    /// Contiguous, oldest first, ending at `head`; empty if they have been pruned.
    pub events: Vec<StoredEvent>,
}

/// Reads the last `limit` relayed events of a user. Those still to be relayed are left out: put into the stream here,
/// they would look published to the relay, and nobody who listens would ever be told.
///
/// # Errors
/// [`StoreError::NotFound`] if the epoch is missing, else any of a query.
pub async fn tail(db: &Db, user: UserId, limit: u32) -> Result<Tail, StoreError> {
    #[derive(FromQueryResult)]
    struct TailRow {
        epoch: Option<String>,
        head: i64,
        #[sea_orm(nested)]
        event: Option<Row>,
    }
    let mut rows: Vec<TailRow> = sql::rows(
        db.conn(),
        "WITH relayed AS (
             SELECT coalesce(
                 (SELECT min(seq) - 1 FROM events WHERE user_id = $1 AND NOT relayed),
                 (SELECT last_seq FROM user_streams WHERE user_id = $1),
                 0
             ) AS head
         )
         SELECT (SELECT value #>> '{}' FROM settings WHERE name = 'stream_epoch') AS epoch,
                relayed.head, e.user_id, e.seq, e.type, e.body::text AS body, e.created_at
         FROM relayed
         LEFT JOIN events e ON e.user_id = $1 AND e.seq <= relayed.head AND e.seq > relayed.head - $2
         ORDER BY e.seq",
        [user.0.into(), i64::from(limit).into()],
    )
    .await?;
    let first = rows.first_mut().ok_or(StoreError::NotFound)?;
    Ok(Tail {
        epoch: first.epoch.take().ok_or(StoreError::NotFound)?,
        head: first.head,
        events: stored(rows.into_iter().filter_map(|row| row.event))?,
    })
}

/// Events that wait for the relay.
#[derive(Debug)]
pub struct Pending {
    /// The history that they belong to.
    pub epoch: String,
    /// By user, then `seq`.
    pub events: Vec<StoredEvent>,
}

/// Reads up to `limit` events not yet relayed, of users in `shards` whose id is above `beyond`. Going on from the last
/// user of a full batch keeps one busy user from holding up the others.
///
/// # Errors
/// [`StoreError::NotFound`] if the epoch is missing, else any of a query.
pub async fn unrelayed(
    db: &Db,
    shards: &[u8],
    beyond: Option<UserId>,
    limit: u32,
) -> Result<Option<Pending>, StoreError> {
    #[derive(FromQueryResult)]
    struct PendingRow {
        epoch: Option<String>,
        #[sea_orm(nested)]
        event: Row,
    }
    let mut rows: Vec<PendingRow> = sql::rows(
        db.conn(),
        "SELECT (SELECT value #>> '{}' FROM settings WHERE name = 'stream_epoch') AS epoch,
                e.user_id, e.seq, e.type, e.body::text AS body, e.created_at
         FROM events e JOIN users u ON u.id = e.user_id
         WHERE NOT e.relayed AND u.shard = ANY($1) AND e.user_id > $2
         ORDER BY e.user_id, e.seq LIMIT $3",
        [
            smallints(shards).into(),
            beyond.map_or(Uuid::nil(), Uuid::from).into(),
            i64::from(limit).into(),
        ],
    )
    .await?;
    let Some(first) = rows.first_mut() else {
        return Ok(None);
    };
    Ok(Some(Pending {
        epoch: first.epoch.take().ok_or(StoreError::NotFound)?,
        events: stored(rows.into_iter().map(|row| row.event))?,
    }))
}

/// Notes that each user's events up to the given `seq` have been published.
///
/// # Errors
/// Any [`StoreError`] of a statement.
pub async fn mark_relayed(txn: &Txn, up_to: &[(UserId, i64)]) -> Result<u64, StoreError> {
    let (users, seqs): (Vec<Uuid>, Vec<i64>) =
        up_to.iter().map(|(user, seq)| (user.0, *seq)).unzip();
    let done = sql::execute(
        txn,
        "UPDATE events e SET relayed = true
         FROM unnest($1::uuid[], $2::bigint[]) AS done (user_id, seq)
         WHERE e.user_id = done.user_id AND e.seq <= done.seq AND NOT e.relayed",
        [users.into(), seqs.into()],
    )
    .await?;
    Ok(done.rows_affected())
}

/// How many events wait for the relay in `shards`, and since when the oldest does.
///
/// # Errors
/// Any [`StoreError`] of a query.
pub async fn backlog(db: &Db, shards: &[u8]) -> Result<(i64, Option<DateTime<Utc>>), StoreError> {
    sql::value(
        db.conn(),
        "SELECT count(*), min(e.created_at)
         FROM events e JOIN users u ON u.id = e.user_id
         WHERE NOT e.relayed AND u.shard = ANY($1)",
        [smallints(shards).into()],
    )
    .await?
    .ok_or(StoreError::NotFound)
}

/// Deletes events older than `before`, at most those of `users` users a call; returns how many rows went.
/// Only the oldest part of a stream ever goes: never an event that waits for the relay, nor one after it or after one
/// that is kept, so that what is left has no hole and [`After::TooOld`] can be told from it.
///
/// # Errors
/// Any [`StoreError`] of a statement.
pub async fn prune(
    conn: &impl ConnectionTrait,
    before: DateTime<Utc>,
    users: u32,
) -> Result<u64, StoreError> {
    let done = sql::execute(
        conn,
        "WITH stale AS (
             SELECT DISTINCT user_id FROM events WHERE created_at < $1 AND relayed LIMIT $2
         ), kept AS (
             SELECT stale.user_id, coalesce(
                 (SELECT min(seq) FROM events e
                  WHERE e.user_id = stale.user_id AND (e.created_at >= $1 OR NOT e.relayed)),
                 9223372036854775807
             ) AS seq
             FROM stale
         )
         DELETE FROM events e USING kept WHERE e.user_id = kept.user_id AND e.seq < kept.seq",
        [before.into(), i64::from(users).into()],
    )
    .await?;
    Ok(done.rows_affected())
}

/// A row of `events`, its body as text: it is passed on, not looked into.
#[derive(FromQueryResult)]
struct Row {
    user_id: Uuid,
    seq: i64,
    #[sea_orm(alias = "type")]
    kind: String,
    body: String,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for StoredEvent {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            user: UserId(row.user_id),
            seq: row.seq,
            kind: row.kind,
            body: RawValue::from_string(row.body)
                .map_err(|error| sea_orm::DbErr::Json(error.to_string()))?,
            at: row.created_at,
        })
    }
}

fn stored(rows: impl Iterator<Item = Row>) -> Result<Vec<StoredEvent>, StoreError> {
    rows.map(StoredEvent::try_from).collect()
}

pub(crate) fn smallints(shards: &[u8]) -> Vec<i16> {
    shards.iter().copied().map(i16::from).collect()
}
