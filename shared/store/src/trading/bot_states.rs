//! States of bots, and what their rows say of them.

use platform::ids::UserId;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
};
use serde::Serialize;
use serde_json::value::RawValue;
use trading::{
    Amount, Symbol,
    bot::BotStatus,
    order::{DealNumber, Millis, OrderNumber},
};
use uuid::Uuid;

use crate::{
    StoreError, Txn,
    column::{Numeric, Text},
    entity::deals,
    sql,
};

/// The saved state of a user's bot; none before it was ever started.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn state(
    conn: &impl ConnectionTrait,
    user: UserId,
    bot: Uuid,
) -> Result<Option<serde_json::Value>, StoreError> {
    // A join: the owner is in the row of the bot.
    sql::value(
        conn,
        "SELECT s.state FROM bot_states s JOIN bots b ON b.id = s.bot_id WHERE b.user_id = $1 AND b.id = $2",
        [user.0.into(), bot.into()],
    )
    .await
}

/// A bot and its state, as an engine takes it up.
#[derive(Debug, Clone)]
pub struct BotRow {
    /// Id of the bot.
    pub id: Uuid,
    /// What it trades.
    pub symbol: Symbol,
    /// What it does; where it was changed by commands that wait, what it did before them.
    pub config: serde_json::Value,
    /// Where it stands.
    pub status: BotStatus,
    /// Version of its state's form; none before it was ever saved.
    pub state_format: Option<i32>,
    /// Its state.
    pub state: Option<serde_json::Value>,
}

/// The state of a bot.
#[derive(Debug, Clone, Serialize)]
pub struct SavedState {
    /// Its bot.
    pub bot: Uuid,
    /// Version of its form.
    pub state_format: u16,
    /// The state as JSON.
    pub state: Box<RawValue>,
}

/// The bots of a connection, by id, but those that are drafts, stopped or failed and have not been told anything, and are
/// not `wanted` either. Of those in `known`, only what was told something.
pub(super) async fn of_connection(
    txn: &Txn,
    connection: Uuid,
    known: &[Uuid],
    wanted: &[Uuid],
) -> Result<Vec<BotRow>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        symbol: Text<Symbol>,
        config: serde_json::Value,
        status: Text<BotStatus>,
        state_format: Option<i32>,
        state: Option<serde_json::Value>,
    }
    // Whether a bot waits for something is in another table.
    let rows: Vec<Row> = sql::rows(
        txn,
        "SELECT b.id, b.symbol, b.status, coalesce((
                 SELECT w.config_before FROM bot_commands w
                 WHERE w.bot_id = b.id AND w.applied_pos IS NULL AND w.config_before IS NOT NULL
                 ORDER BY w.position LIMIT 1
             ), b.config) AS config,
             s.state_format, s.state
         FROM bots b LEFT JOIN bot_states s ON s.bot_id = b.id
         WHERE b.connection_id = $1 AND (b.status NOT IN ('draft', 'stopped', 'error') AND b.id <> ALL($2)
             OR b.id = ANY($3) OR EXISTS (
             SELECT 1 FROM bot_commands w WHERE w.bot_id = b.id AND w.applied_pos IS NULL
         )) ORDER BY b.id",
        [
            connection.into(),
            known.to_vec().into(),
            wanted.to_vec().into(),
        ],
    )
    .await?;
    let bots = rows.into_iter().map(|row| BotRow {
        id: row.id,
        symbol: row.symbol.0,
        config: row.config,
        status: row.status.0,
        state_format: row.state_format,
        state: row.state,
    });
    Ok(bots.collect())
}

/// Base that the bots of a connection own, but for those in `without`: nobody else may be supplied with it.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn owned_base(
    conn: &impl ConnectionTrait,
    connection: Uuid,
    without: &[Uuid],
) -> Result<Amount, StoreError> {
    // A sum over parts of a document.
    let owned: Option<Numeric> = sql::value(
        conn,
        "SELECT coalesce(sum(greatest(base - greatest(kept, 0), 0)), 0) FROM (
             SELECT (s.state#>>'{core,holdings,base}')::numeric AS base,
                 (s.state#>>'{core,holdings,kept,quantity}')::numeric AS kept
             FROM bots b JOIN bot_states s ON s.bot_id = b.id
             WHERE b.connection_id = $1 AND b.deleted_at IS NULL AND b.id <> ALL($2)
         ) AS held",
        [connection.into(), without.to_vec().into()],
    )
    .await?;
    Ok(owned.map(Amount::from).unwrap_or_default())
}

/// Base that the bots of a connection own, but for those in `without`, by the market that they trade.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn owned_by_symbol(
    conn: &impl ConnectionTrait,
    connection: Uuid,
    without: &[Uuid],
) -> Result<Vec<(Symbol, Amount)>, StoreError> {
    // Sums over parts of a document.
    let owned = sql::values::<(Text<Symbol>, Numeric)>(
        conn,
        "SELECT symbol, sum(greatest(base - greatest(kept, 0), 0)) FROM (
             SELECT b.symbol, coalesce((s.state#>>'{core,holdings,base}')::numeric, 0) AS base,
                 coalesce((s.state#>>'{core,holdings,kept,quantity}')::numeric, 0) AS kept
             FROM bots b JOIN bot_states s ON s.bot_id = b.id
             WHERE b.connection_id = $1 AND b.deleted_at IS NULL AND b.id <> ALL($2)
         ) AS held GROUP BY symbol ORDER BY symbol",
        [connection.into(), without.to_vec().into()],
    )
    .await?;
    let owned = owned.into_iter();
    Ok(owned
        .map(|(symbol, base)| (symbol.0, base.into()))
        .collect())
}

/// What the rows of a bot say of it, for one whose state cannot go on.
#[derive(Debug, Clone)]
pub struct BotBooks {
    /// Number of its next order.
    pub next_order: OrderNumber,
    /// Number of its next deal.
    pub next_deal: DealNumber,
    /// Base of all its fills, fees in base off.
    pub base: Amount,
    /// Quote paid, less what sales brought, fees in quote included.
    pub spent: Amount,
    /// Value in quote of all fees.
    pub fees: Amount,
    /// Quote earned by what was bought and sold.
    pub realised: Amount,
    /// Deals that are open, and when they were opened.
    pub open_deals: Vec<(DealNumber, Millis)>,
}

/// Adds up the rows of a bot of the market `symbol`.
///
/// # Errors
/// [`StoreError`] of a query.
pub async fn books(
    conn: &impl ConnectionTrait,
    bot: Uuid,
    symbol: &Symbol,
) -> Result<BotBooks, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        next_order: i64,
        next_deal: i32,
        base: Numeric,
        spent: Numeric,
        fees: Numeric,
        realised: Numeric,
    }
    // Sums over four tables.
    let row: Option<Row> = sql::row(
        conn,
        "SELECT coalesce((SELECT max(number) FROM orders WHERE bot_id = $1), 0) + 1 AS next_order,
             coalesce((SELECT max(number) FROM deals WHERE bot_id = $1), 0) + 1 AS next_deal,
             coalesce(sum(l.delta) FILTER (WHERE l.asset = $2), 0) AS base,
             -coalesce(sum(l.delta) FILTER (WHERE l.asset = $3), 0) AS spent,
             -round(coalesce(sum(CASE WHEN l.asset = $2 THEN l.delta * f.price ELSE l.delta END)
                 FILTER (WHERE l.leg = 'fee'), 0), 18) AS fees,
             coalesce((SELECT sum(proceeds - cost) FROM trades WHERE bot_id = $1), 0) AS realised
         FROM fills f JOIN ledger l ON l.fill_id = f.id WHERE f.bot_id = $1",
        [
            bot.into(),
            symbol.base().to_string().into(),
            symbol.quote().to_string().into(),
        ],
    )
    .await?;
    let row = row.ok_or(StoreError::NotFound)?;
    let open = deals::Entity::find()
        .filter(deals::Column::BotId.eq(bot))
        .filter(deals::Column::ClosedAt.is_null())
        .order_by_asc(deals::Column::Number)
        .all(conn)
        .await?;
    let number = |number: i32| DealNumber::try_from(number).unwrap_or_default();
    Ok(BotBooks {
        next_order: OrderNumber::try_from(row.next_order).unwrap_or_default(),
        next_deal: number(row.next_deal),
        base: row.base.into(),
        spent: row.spent.into(),
        fees: row.fees.into(),
        realised: row.realised.into(),
        open_deals: open
            .into_iter()
            .map(|deal| (number(deal.number), deal.opened_at))
            .collect(),
    })
}

/// Writes the states of bots.
pub(super) const PUT: &str = "\
INSERT INTO bot_states (bot_id, state_format, state, input_pos)
SELECT (r->>'bot')::uuid, (r->>'state_format')::int, r->'state', $7
FROM feed, jsonb_array_elements($16::text::jsonb) AS r
ON CONFLICT (bot_id) DO UPDATE SET version = bot_states.version + 1, state_format = excluded.state_format,
    state = excluded.state, input_pos = excluded.input_pos, updated_at = now()";
