//! Who may write for which shard of users: one process at a time, decided by Postgres and its clock alone.
//!
//! A lease lives as long as its node's row in `engine_nodes`, which the node renews and anybody may delete once
//! `alive_until` has passed. A deleted id never comes back: a node that was away too long starts over under a new one.

use std::time::Duration;

use platform::ids::{SHARDS, UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Value, sea_query::Expr};
use uuid::Uuid;

use crate::{
    Db, StoreError, Txn,
    entity::{engine_nodes, leases},
    events::smallints,
    sql,
};

/// How long a node lives after a renewal, on Postgres' clock.
pub const TIME_TO_LIVE: Duration = Duration::from_secs(3);

/// Postgres ends a transaction that holds a lease row and does nothing for this long: a process that is frozen in the
/// middle of one must not keep its successor from taking over. Less than [`TIME_TO_LIVE`], so that it never does.
const IDLE_IN_TRANSACTION_MS: u32 = 2_500;

const _: () = assert!((IDLE_IN_TRANSACTION_MS as u128) < TIME_TO_LIVE.as_millis());

/// Serialises the division of shards. Any constant that no other advisory lock of this database uses.
const DIVISION_LOCK: i64 = 0x6262_785f_6c65_6173;

/// The right to write for one shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The shard, below 64.
    pub shard: u8,
    /// Rises with every take-over.
    pub epoch: i64,
    /// Who holds it.
    pub node: Uuid,
}

/// A process that takes part in the division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: Uuid,
    /// The newest bot state format that it knows.
    pub state_format: i32,
}

/// A shard as the table has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// The shard, below 64.
    pub shard: u8,
    /// Who holds it, if that node is alive.
    pub holder: Option<Uuid>,
    /// The newest format of any bot state saved under it.
    pub state_format: i32,
}

/// Who is there and who holds what.
#[derive(Debug, Clone, Default)]
pub struct Division {
    /// Living nodes, by id.
    pub nodes: Vec<Node>,
    /// All shards, by number.
    pub shards: Vec<Shard>,
}

/// Enters a new node, alive from now on.
///
/// # Errors
/// [`StoreError::Conflict`] if the id was used before and is still there.
pub async fn register(db: &Db, node: Node, name: &str) -> Result<(), StoreError> {
    sql::execute(
        db.conn(),
        "INSERT INTO engine_nodes (id, name, state_format, alive_until)
         VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))",
        [
            node.id.into(),
            name.into(),
            node.state_format.into(),
            TIME_TO_LIVE.as_secs_f64().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Prolongs a node's life, unless it is over: then its shards may have been taken, and it has to start anew.
///
/// # Errors
/// Any [`StoreError`] of a statement; the node may or may not have been renewed then.
pub async fn renew(db: &Db, node: Uuid) -> Result<bool, StoreError> {
    let done = sql::execute(
        db.conn(),
        "UPDATE engine_nodes SET alive_until = clock_timestamp() + make_interval(secs => $2)
         WHERE id = $1 AND alive_until > clock_timestamp()",
        [node.into(), TIME_TO_LIVE.as_secs_f64().into()],
    )
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Reads the division as it is.
///
/// # Errors
/// Any [`StoreError`] of a query.
pub async fn division(conn: &impl sea_orm::ConnectionTrait) -> Result<Division, StoreError> {
    let rows = sql::values::<(Option<i16>, Option<Uuid>, i32)>(
        conn,
        "SELECT NULL::smallint AS shard, id AS node, state_format FROM engine_nodes
         WHERE alive_until > clock_timestamp()
         UNION ALL
         SELECT l.shard, n.id, l.state_format FROM leases l
         LEFT JOIN engine_nodes n ON n.id = l.node AND n.alive_until > clock_timestamp()
         ORDER BY shard, node",
        [],
    )
    .await?;
    let mut division = Division::default();
    for (number, node, state_format) in rows {
        match (number, node) {
            (Some(number), holder) => division.shards.push(Shard {
                shard: shard(number)?,
                holder,
                state_format,
            }),
            (None, Some(id)) => division.nodes.push(Node { id, state_format }),
            (None, None) => {}
        }
    }
    Ok(division)
}

/// Begins a transaction that only one node at a time can be in, and deletes the nodes whose time is up. What
/// [`division`] shows inside it stays true until it ends.
///
/// # Errors
/// [`StoreError::Unavailable`] if another node is in it for too long.
pub async fn begin_division(db: &Db) -> Result<Txn, StoreError> {
    let txn = db.begin().await?;
    // set_config(…, true) is SET LOCAL: it ends with the transaction, so nothing leaks to the pooler's next client.
    sql::execute(
        &txn,
        "SELECT set_config('idle_in_transaction_session_timeout', $1, true),
                set_config('lock_timeout', '2000', true)",
        [idle_limit().into()],
    )
    .await?;
    sql::execute(
        &txn,
        "SELECT pg_advisory_xact_lock($1)",
        [DIVISION_LOCK.into()],
    )
    .await?;
    // A renewal that is under way holds its row: this waits for it, looks again, and leaves the renewed row alone.
    sql::execute(
        &txn,
        "DELETE FROM engine_nodes WHERE alive_until <= clock_timestamp()",
        [],
    )
    .await?;
    Ok(txn)
}

/// Takes those of `shards` that nobody living holds and whose states `node` can read. One that a transaction of its
/// late holder still locks is left for the next attempt.
///
/// # Errors
/// Any [`StoreError`] of a statement.
pub async fn take(txn: &Txn, node: Node, shards: &[u8]) -> Result<Vec<Lease>, StoreError> {
    let rows = sql::values::<(i16, i64)>(
        txn,
        "UPDATE leases SET node = $1, epoch = epoch + 1, taken_at = clock_timestamp()
         WHERE shard IN (
             SELECT shard FROM leases l
             WHERE l.shard = ANY($2) AND l.state_format <= $3
               AND NOT EXISTS (SELECT 1 FROM engine_nodes n WHERE n.id = l.node)
             ORDER BY shard FOR UPDATE SKIP LOCKED
         )
         RETURNING shard, epoch",
        [
            node.id.into(),
            smallints(shards).into(),
            node.state_format.into(),
        ],
    )
    .await?;
    rows.into_iter()
        .map(|(number, epoch)| {
            Ok(Lease {
                shard: shard(number)?,
                epoch,
                node: node.id,
            })
        })
        .collect()
}

/// Gives leases back. Whoever held them has stopped writing under them before.
///
/// # Errors
/// Any [`StoreError`] of a statement.
pub async fn give_up(db: &Db, leases: &[Lease]) -> Result<(), StoreError> {
    let (shards, epochs) = columns(leases);
    sql::execute(
        db.conn(),
        "UPDATE leases l SET node = NULL
         FROM unnest($1::smallint[], $2::bigint[], $3::uuid[]) AS mine (shard, epoch, node)
         WHERE l.shard = mine.shard AND l.epoch = mine.epoch AND l.node = mine.node",
        [shards, epochs, nodes(leases)],
    )
    .await?;
    Ok(())
}

/// Frees shards that `node` took without ever learning of it: the answer to its commit was lost.
///
/// # Errors
/// Any [`StoreError`] of a statement.
pub async fn disown(db: &Db, node: Uuid, shards: &[u8]) -> Result<(), StoreError> {
    leases::Entity::update_many()
        .col_expr(leases::Column::Node, Expr::value(None::<Uuid>))
        .filter(leases::Column::Node.eq(node))
        .filter(leases::Column::Shard.is_in(smallints(shards)))
        .exec(db.conn())
        .await?;
    Ok(())
}

/// Takes a node off the list: what it still holds is free from now on.
///
/// # Errors
/// Any [`StoreError`] of a statement.
pub async fn leave(db: &Db, node: Uuid) -> Result<(), StoreError> {
    engine_nodes::Entity::delete_by_id(node)
        .exec(db.conn())
        .await?;
    Ok(())
}

/// Makes sure that `lease` is held, and keeps it from being taken until the transaction ends. The first statement of
/// every transaction that writes for a shard's users.
///
/// # Errors
/// [`StoreError::LeaseLost`] if it was taken, given up, or its node's time is up on Postgres' clock.
pub async fn assert_held(txn: &Txn, lease: &Lease) -> Result<(), StoreError> {
    match still_held(txn, std::slice::from_ref(lease)).await?.first() {
        Some(_) => Ok(()),
        None => Err(StoreError::LeaseLost(lease.shard)),
    }
}

/// The same of one lease ($1 its shard, $2 its epoch, $3 its node, $4 [`idle_limit`]) as a part of the first statement: a row
/// if it is held. What reads that row is done for the holder alone, as if it came after.
pub(crate) const HELD: &str =
    "SELECT set_config('idle_in_transaction_session_timeout', $4, true) FROM leases l
 WHERE l.shard = $1 AND l.epoch = $2 AND l.node = $3 AND EXISTS (
     SELECT 1 FROM engine_nodes n WHERE n.id = l.node AND n.alive_until > clock_timestamp()
 ) FOR SHARE OF l";

/// How long a transaction with a lease may do nothing, in milliseconds, as Postgres reads it.
pub(crate) fn idle_limit() -> String {
    IDLE_IN_TRANSACTION_MS.to_string()
}

/// Those of `leases` that are held, kept from being taken until the transaction ends.
///
/// # Errors
/// Any [`StoreError`] of a statement.
pub async fn still_held(txn: &Txn, leases: &[Lease]) -> Result<Vec<u8>, StoreError> {
    let (shards, epochs) = columns(leases);
    let held = sql::values(
        txn,
        "SELECT l.shard, set_config('idle_in_transaction_session_timeout', $4, true)
         FROM leases l
         JOIN unnest($1::smallint[], $2::bigint[], $3::uuid[]) AS mine (shard, epoch, node)
           ON l.shard = mine.shard AND l.epoch = mine.epoch AND l.node = mine.node
         WHERE EXISTS (
             SELECT 1 FROM engine_nodes n WHERE n.id = l.node AND n.alive_until > clock_timestamp()
         )
         ORDER BY l.shard FOR SHARE OF l",
        [shards, epochs, nodes(leases), idle_limit().into()],
    )
    .await?;
    held.into_iter().map(shard).collect()
}

/// Notes that a state of format `format` is about to be saved under `lease`, in the same transaction: copies that do
/// not know it will not take the shard. Call it when a bot's state changes format; it changes nothing otherwise.
///
/// # Errors
/// [`StoreError::LeaseLost`] if the lease is not held.
pub async fn raise_format(txn: &Txn, lease: &Lease, format: i32) -> Result<(), StoreError> {
    assert_held(txn, lease).await?;
    sql::execute(
        txn,
        "UPDATE leases SET state_format = $2 WHERE shard = $1 AND state_format < $2",
        [i16::from(lease.shard).into(), format.into()],
    )
    .await?;
    Ok(())
}

/// Makes sure that only engines which know states of `format` run the bots of a user from this transaction on; false while
/// one that does not is alive: roll back then.
///
/// # Errors
/// Any [`StoreError`] of a statement.
pub async fn demand_format(txn: &Txn, user: UserId, format: u16) -> Result<bool, StoreError> {
    // The shard first: nobody takes it between this and the look at who is there.
    sql::execute(
        txn,
        "UPDATE leases SET state_format = $2 WHERE shard = $1 AND state_format < $2",
        [i16::from(user.shard()).into(), i32::from(format).into()],
    )
    .await?;
    let oldest = oldest_format(txn).await?;
    Ok(oldest.is_none_or(|oldest| oldest >= i32::from(format)))
}

/// The oldest of the newest state formats that the engines which are alive know; none while none is.
///
/// # Errors
/// Any [`StoreError`] of the query.
pub async fn oldest_format(
    conn: &impl sea_orm::ConnectionTrait,
) -> Result<Option<i32>, StoreError> {
    let oldest = sql::values::<(Option<i32>,)>(
        conn,
        "SELECT min(state_format) FROM engine_nodes WHERE alive_until > clock_timestamp()",
        [],
    )
    .await?;
    Ok(oldest.into_iter().find_map(|(format,)| format))
}

fn columns(leases: &[Lease]) -> (Value, Value) {
    let shards: Vec<i16> = leases.iter().map(|lease| i16::from(lease.shard)).collect();
    let epochs: Vec<i64> = leases.iter().map(|lease| lease.epoch).collect();
    (shards.into(), epochs.into())
}

fn nodes(leases: &[Lease]) -> Value {
    let nodes: Vec<Uuid> = leases.iter().map(|lease| lease.node).collect();
    nodes.into()
}

fn shard(number: i16) -> Result<u8, StoreError> {
    u8::try_from(number)
        .ok()
        .filter(|shard| *shard < SHARDS)
        .ok_or_else(|| sea_orm::DbErr::Type(format!("shard {number} is out of range")).into())
}
