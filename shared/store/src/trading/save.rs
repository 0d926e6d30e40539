//! What some inputs did to a paper account, in one transaction.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use serde::Serialize;
use trading::{
    Amount, Asset,
    bot::{BotStatus, CloseReason, Facts},
    candle::Gap,
    market::RejectCode,
    order::{DealNumber, Fill, Millis, OrderIntent, OrderStatus, Side},
    paper::Balance,
};
use uuid::Uuid;

use super::{array, feeds, feeds::FeedStatus, text};
use crate::{
    Db, StoreError, Txn, events,
    events::NewEvent,
    leases::{self, Lease},
    sql,
};

/// What happened between two positions of an account's feed. Empty parts cost nothing.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Position that the account was loaded or last saved at: if the table has another, nothing is written.
    pub from_pos: i64,
    /// Position from which it will go on.
    pub input_pos: i64,
    /// Time of the last point.
    pub data_time: Option<Millis>,
    /// Price of the last point.
    pub price: Option<Amount>,
    /// Missing candles that were passed.
    pub gaps: Vec<Gap>,
    /// The feed's end, with a reason if it is a bad one.
    pub end: Option<Option<String>>,
    /// New deals.
    pub opened: Vec<DealOpened>,
    /// Deals that ended.
    pub closed: Vec<DealClosed>,
    /// Buys that were matched with sells, in order.
    pub trades: Vec<NewTrade>,
    /// New orders, as they are at the end of the batch.
    pub orders: Vec<NewOrder>,
    /// Older orders that changed.
    pub changes: Vec<OrderChange>,
    /// Fills, in order.
    pub fills: Vec<NewFill>,
    /// All balances, if any changed.
    pub balances: Vec<(Asset, Balance)>,
    /// Bots that were given an input.
    pub states: Vec<SavedState>,
    /// Bots whose status changed, by id.
    pub statuses: Vec<NewStatus>,
    /// Reasons that changed.
    pub decisions: Vec<NewDecision>,
    /// Equity at full hours.
    pub equity: Vec<NewEquity>,
    /// Commands that were applied.
    pub commands: Vec<Applied>,
    /// For the user's stream.
    pub events: Vec<NewEvent>,
}

/// A deal has begun.
#[derive(Debug, Clone, Serialize)]
pub struct DealOpened {
    /// Its row.
    pub id: Uuid,
    /// Its bot.
    pub bot: Uuid,
    /// Its number within the bot.
    pub number: DealNumber,
    /// When.
    pub at: Millis,
}

/// A deal has ended.
#[derive(Debug, Clone, Serialize)]
pub struct DealClosed {
    /// Its bot.
    pub bot: Uuid,
    /// Its number within the bot.
    pub number: DealNumber,
    /// When.
    pub at: Millis,
    /// Why.
    pub reason: CloseReason,
    /// Quote spent.
    pub invested: Amount,
    /// Quote earned.
    pub realised: Amount,
}

/// A buy was matched with a sell.
#[derive(Debug, Clone, Serialize)]
pub struct NewTrade {
    /// Its bot.
    pub bot: Uuid,
    /// The deal it belongs to.
    pub deal: DealNumber,
    /// When.
    pub at: Millis,
    /// Quote spent on what was sold, fees included.
    pub cost: Amount,
    /// Quote that it brought, fees off.
    pub proceeds: Amount,
}

/// An order that was placed.
#[derive(Debug, Clone, Serialize)]
pub struct NewOrder {
    /// Its row.
    pub id: Uuid,
    /// `bbx` and 26 characters.
    pub client_order_id: String,
    /// Its bot.
    pub bot: Uuid,
    /// Its market.
    pub symbol: String,
    /// What was asked for.
    pub intent: OrderIntent,
    /// Where it stands.
    pub status: OrderStatus,
    /// Why it was refused.
    pub reject: Option<RejectCode>,
    /// Base filled.
    pub filled_quantity: Amount,
    /// Quote filled.
    pub filled_quote: Amount,
    /// Set aside for it.
    pub reserved: Amount,
    /// It was marketable when it arrived.
    pub takes: bool,
    /// Points that had been played when it arrived.
    pub placed_pos: i64,
    /// When.
    pub placed_at: Millis,
    /// When it ended.
    pub ended_at: Option<Millis>,
}

/// What became of an order.
#[derive(Debug, Clone, Serialize)]
pub struct OrderChange {
    /// Its row.
    pub id: Uuid,
    /// Where it stands.
    pub status: OrderStatus,
    /// Why it was refused.
    pub reject: Option<RejectCode>,
    /// Base filled since.
    pub filled_quantity: Amount,
    /// Quote filled since.
    pub filled_quote: Amount,
    /// When it ended.
    pub ended_at: Option<Millis>,
}

/// A fill and its legs.
#[derive(Debug, Clone, Serialize)]
pub struct NewFill {
    /// Its row.
    pub id: Uuid,
    /// Its bot.
    pub bot: Uuid,
    /// Its order.
    pub order: Uuid,
    /// Its market.
    pub symbol: String,
    /// Identity of the trade within connection and market.
    pub trade: String,
    /// Which way.
    pub side: Side,
    /// The fill.
    pub fill: Fill,
    /// When.
    pub at: Millis,
    /// What moved: leg, asset, change.
    pub legs: [(&'static str, Asset, Amount); 3],
}

/// The state of a bot.
#[derive(Debug, Clone, Serialize)]
pub struct SavedState {
    /// Its bot.
    pub bot: Uuid,
    /// Version of its form.
    pub state_format: u16,
    /// The state.
    pub state: serde_json::Value,
}

/// A bot's new status.
#[derive(Debug, Clone, Serialize)]
pub struct NewStatus {
    /// Its bot.
    pub bot: Uuid,
    /// Where it stands.
    pub status: BotStatus,
    /// Why.
    pub reason: Option<String>,
}

/// Why a bot did or did not act.
#[derive(Debug, Clone, Serialize)]
pub struct NewDecision {
    /// Its bot.
    pub bot: Uuid,
    /// When.
    pub at: Millis,
    /// The reason.
    pub code: String,
    /// More of it.
    pub detail: Option<String>,
    /// The deal it is about.
    pub deal: Option<DealNumber>,
    /// The price it was taken at.
    pub price: Option<Amount>,
    /// The numbers that decided.
    pub data: Facts,
}

/// What the account was worth.
#[derive(Debug, Clone, Serialize)]
pub struct NewEquity {
    /// When.
    pub at: Millis,
    /// In what.
    pub asset: Asset,
    /// How much.
    pub amount: Amount,
}

/// A command that a bot was told, or that nobody could be told.
#[derive(Debug, Clone, Serialize)]
pub struct Applied {
    /// Which.
    pub id: Uuid,
    /// Points that had been played.
    pub pos: i64,
    /// Why it had no effect.
    pub error: Option<String>,
}

/// What others had written meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// What the feed is now.
    pub status: FeedStatus,
    /// More commands wait.
    pub has_commands: bool,
}

/// Writes a batch under the lease of the user's shard. Either all of it is in the database, or nothing; where the
/// commit's answer is lost, only loading the account again tells.
///
/// # Errors
/// [`StoreError::LeaseLost`] if the lease is not held or is another shard's; [`StoreError::Stale`] if the account is at
/// another position; any of a statement.
pub async fn save(
    db: &Db,
    lease: &Lease,
    (user, connection): (UserId, Uuid),
    now: DateTime<Utc>,
    batch: &Batch,
) -> Result<Saved, StoreError> {
    if user.shard() != lease.shard {
        return Err(StoreError::LeaseLost(lease.shard));
    }
    let txn = db.begin().await?;
    leases::assert_held(&txn, lease).await?;
    let saved = feed(&txn, connection, batch).await?;
    deals(&txn, batch).await?;
    orders(&txn, connection, batch).await?;
    fills(&txn, connection, batch).await?;
    account(&txn, user, connection, batch).await?;
    bots(&txn, batch).await?;
    if !batch.events.is_empty() {
        events::append_batch(&txn, now, user, &batch.events).await?;
    }
    txn.commit().await?;
    Ok(saved)
}

async fn feed(txn: &Txn, connection: Uuid, batch: &Batch) -> Result<Saved, StoreError> {
    let (end, error) = match &batch.end {
        None => (None, None),
        Some(None) => (Some(text(&FeedStatus::Finished)?), None),
        Some(Some(error)) => (Some(text(&FeedStatus::Error)?), Some(error.clone())),
    };
    let row = sql::one(
        txn,
        "UPDATE feeds SET input_pos = $3, data_time = coalesce($4, data_time), price = coalesce($5::text::numeric, price),
             gaps = CASE WHEN jsonb_array_length(gaps) < 1000 THEN gaps || $6::jsonb ELSE gaps END,
             status = CASE WHEN status = 'running' THEN coalesce($7, status) ELSE status END,
             error = coalesce($8, error), updated_at = now()
         WHERE connection_id = $1 AND input_pos = $2
         RETURNING status, EXISTS (
             SELECT 1 FROM bot_commands w WHERE w.connection_id = $1 AND w.applied_pos IS NULL AND w.id <> ALL($9)
         ) AS has_commands",
        [
            connection.into(),
            batch.from_pos.into(),
            batch.input_pos.into(),
            batch.data_time.into(),
            batch.price.map(|price| price.to_string()).into(),
            array(&batch.gaps)?,
            end.into(),
            error.into(),
            batch
                .commands
                .iter()
                .map(|command| command.id)
                .collect::<Vec<Uuid>>()
                .into(),
        ],
    )
    .await?
    .ok_or(StoreError::Stale)?;
    Ok(Saved {
        status: feeds::status(&row.try_get_by::<String, _>("status")?)?,
        has_commands: row.try_get_by("has_commands")?,
    })
}

async fn deals(txn: &Txn, batch: &Batch) -> Result<(), StoreError> {
    if !batch.opened.is_empty() {
        sql::execute(
            txn,
            "INSERT INTO deals (id, bot_id, number, opened_at)
             SELECT (r->>'id')::uuid, (r->>'bot')::uuid, (r->>'number')::int, (r->>'at')::bigint
             FROM jsonb_array_elements($1) AS r",
            [array(&batch.opened)?],
        )
        .await?;
    }
    if !batch.closed.is_empty() {
        sql::execute(
            txn,
            "UPDATE deals d SET closed_at = (r->>'at')::bigint, close_reason = r->>'reason',
                 invested = (r->>'invested')::numeric, realised = (r->>'realised')::numeric
             FROM jsonb_array_elements($1) AS r
             WHERE d.bot_id = (r->>'bot')::uuid AND d.number = (r->>'number')::int",
            [array(&batch.closed)?],
        )
        .await?;
    }
    if !batch.trades.is_empty() {
        sql::execute(
            txn,
            "INSERT INTO trades (bot_id, deal, at, cost, proceeds)
             SELECT (r->>'bot')::uuid, (r->>'deal')::int, (r->>'at')::bigint, (r->>'cost')::numeric,
                 (r->>'proceeds')::numeric
             FROM jsonb_array_elements($1) WITH ORDINALITY AS trade (r, place) ORDER BY place",
            [array(&batch.trades)?],
        )
        .await?;
    }
    Ok(())
}

async fn orders(txn: &Txn, connection: Uuid, batch: &Batch) -> Result<(), StoreError> {
    if !batch.orders.is_empty() {
        sql::execute(
            txn,
            "INSERT INTO orders (id, client_order_id, connection_id, bot_id, symbol, number, deal, purpose, level, attempt,
                 side, type, price, time_in_force, quantity, quote_quantity, scheduled_at, status, reject_code,
                 filled_quantity, filled_quote, reserved, takes, placed_pos, placed_at, ended_at)
             SELECT (r->>'id')::uuid, r->>'client_order_id', $1, (r->>'bot')::uuid, r->>'symbol', (i->>'number')::bigint,
                 (i->>'deal')::int, i->>'purpose', (i->>'level')::bigint, (i->>'attempt')::bigint, i->>'side',
                 i->'order_type'->>'type', (i->'order_type'->>'price')::numeric, i->'order_type'->>'time_in_force',
                 (i->'size'->>'base')::numeric, (i->'size'->>'quote')::numeric, (i->>'scheduled_at')::bigint,
                 r->>'status', r->>'reject', (r->>'filled_quantity')::numeric, (r->>'filled_quote')::numeric,
                 (r->>'reserved')::numeric, (r->>'takes')::boolean, (r->>'placed_pos')::bigint,
                 (r->>'placed_at')::bigint, (r->>'ended_at')::bigint
             FROM (SELECT r, r->'intent' AS i FROM jsonb_array_elements($2) AS r) AS all_of_them",
            [connection.into(), array(&batch.orders)?],
        )
        .await?;
    }
    if !batch.changes.is_empty() {
        // One row may change twice in a batch, which a join would lose: sums, and the last status.
        sql::execute(
            txn,
            "UPDATE orders o SET status = c.status, reject_code = coalesce(c.reject, o.reject_code), updated_at = now(),
                 ended_at = coalesce(c.ended_at, o.ended_at),
                 filled_quantity = o.filled_quantity + c.quantity, filled_quote = o.filled_quote + c.quote
             FROM (
                 SELECT (r->>'id')::uuid AS id, sum((r->>'filled_quantity')::numeric) AS quantity,
                     sum((r->>'filled_quote')::numeric) AS quote, max((r->>'ended_at')::bigint) AS ended_at,
                     max(r->>'reject') AS reject, (array_agg(r->>'status' ORDER BY place DESC))[1] AS status
                 FROM jsonb_array_elements($1) WITH ORDINALITY AS change (r, place) GROUP BY 1
             ) AS c WHERE o.id = c.id",
            [array(&batch.changes)?],
        )
        .await?;
    }
    Ok(())
}

async fn fills(txn: &Txn, connection: Uuid, batch: &Batch) -> Result<(), StoreError> {
    if batch.fills.is_empty() {
        return Ok(());
    }
    let fills = array(&batch.fills)?;
    sql::execute(
        txn,
        "WITH rows AS (
             SELECT r, r->'fill' AS f, r->'fill'->'fee' AS fee FROM jsonb_array_elements($2) AS r
         ), filled AS (
             INSERT INTO fills (id, connection_id, bot_id, order_id, symbol, venue_trade_id, side, price, quantity, quote,
                 fee_asset, fee, fee_rate, fee_conversion, fee_is_estimated, liquidity, at)
             SELECT (r->>'id')::uuid, $1, (r->>'bot')::uuid, (r->>'order')::uuid, r->>'symbol', r->>'trade', r->>'side',
                 (f->>'price')::numeric, (f->>'quantity')::numeric, (f->>'quote')::numeric, fee->>'asset',
                 (fee->>'amount')::numeric, (fee->>'rate')::numeric, (fee->>'conversion')::numeric,
                 (fee->>'is_estimated')::boolean, f->>'liquidity', (r->>'at')::bigint
             FROM rows
         )
         INSERT INTO ledger (fill_id, leg, asset, delta)
         SELECT (r->>'id')::uuid, leg->>0, leg->>1, (leg->>2)::numeric
         FROM rows, jsonb_array_elements(r->'legs') AS leg",
        [connection.into(), fills],
    )
    .await?;
    Ok(())
}

async fn account(
    txn: &Txn,
    user: UserId,
    connection: Uuid,
    batch: &Batch,
) -> Result<(), StoreError> {
    if !batch.balances.is_empty() {
        sql::execute(
            txn,
            "INSERT INTO balances (connection_id, asset, free, reserved)
             SELECT $1, r->>0, (r->1->>'free')::numeric, (r->1->>'reserved')::numeric FROM jsonb_array_elements($2) AS r
             ON CONFLICT (connection_id, asset)
                 DO UPDATE SET free = excluded.free, reserved = excluded.reserved, updated_at = now()",
            [connection.into(), array(&batch.balances)?],
        )
        .await?;
    }
    if !batch.equity.is_empty() {
        sql::execute(
            txn,
            "INSERT INTO equity (user_id, connection_id, at, asset, amount)
             SELECT $1, $2, (r->>'at')::bigint, r->>'asset', (r->>'amount')::numeric FROM jsonb_array_elements($3) AS r",
            [user.0.into(), connection.into(), array(&batch.equity)?],
        )
        .await?;
    }
    Ok(())
}

async fn bots(txn: &Txn, batch: &Batch) -> Result<(), StoreError> {
    if !batch.states.is_empty() {
        sql::execute(
            txn,
            "INSERT INTO bot_states (bot_id, state_format, state, input_pos)
             SELECT (r->>'bot')::uuid, (r->>'state_format')::int, r->'state', $2 FROM jsonb_array_elements($1) AS r
             ON CONFLICT (bot_id) DO UPDATE SET version = bot_states.version + 1, state_format = excluded.state_format,
                 state = excluded.state, input_pos = excluded.input_pos, updated_at = now()",
            [array(&batch.states)?, batch.input_pos.into()],
        )
        .await?;
    }
    if !batch.statuses.is_empty() {
        sql::execute(
            txn,
            "UPDATE bots b SET status = r->>'status', status_reason = r->>'reason', updated_at = now()
             FROM jsonb_array_elements($1) AS r WHERE b.id = (r->>'bot')::uuid",
            [array(&batch.statuses)?],
        )
        .await?;
    }
    if !batch.decisions.is_empty() {
        sql::execute(
            txn,
            "INSERT INTO decisions (bot_id, at, code, detail, deal, price, data)
             SELECT (r->>'bot')::uuid, (r->>'at')::bigint, r->>'code', r->>'detail', (r->>'deal')::int,
                 (r->>'price')::numeric, NULLIF(r->'data', '{}'::jsonb)
             FROM jsonb_array_elements($1) WITH ORDINALITY AS decision (r, place) ORDER BY place",
            [array(&batch.decisions)?],
        )
        .await?;
    }
    if !batch.commands.is_empty() {
        sql::execute(
            txn,
            "UPDATE bot_commands c SET applied_pos = (r->>'pos')::bigint, error = r->>'error', applied_at = now()
             FROM jsonb_array_elements($1) AS r WHERE c.id = (r->>'id')::uuid",
            [array(&batch.commands)?],
        )
        .await?;
    }
    Ok(())
}
