//! The orders of bots.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use trading::{
    Amount, Symbol,
    market::RejectCode,
    order::{Filled, LegId, Life, LifeRow, Millis, OrderIntent, OrderSize, OrderStatus, OrderType},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    pages::{self, Filter, Table},
    unsigned,
};
use crate::{
    StoreError, Txn,
    column::{self, Text},
    entity::orders,
    sql,
};

const TABLE: Table = Table {
    name: "orders",
    order: "number",
    at: "placed_at",
    status: "t.status",
};

/// An order of a bot.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Order {
    /// Id of the order.
    pub id: Uuid,
    /// The bot that placed it.
    pub bot_id: Uuid,
    /// Its id at the venue, given by us.
    pub client_order_id: String,
    /// Its number within the bot.
    #[schema(minimum = 1)]
    pub number: i64,
    /// Number of its deal.
    pub deal: i64,
    /// What it trades.
    pub symbol: String,
    /// Why it exists.
    pub purpose: String,
    /// Which of its purpose.
    pub level: i64,
    /// `buy` or `sell`.
    pub side: String,
    /// `market` or `limit`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The limit price, in quote.
    pub price: Option<Amount>,
    /// Base asked for.
    pub quantity: Option<Amount>,
    /// Quote asked for, of a market buy.
    pub quote_quantity: Option<Amount>,
    /// Where it stands.
    pub status: String,
    /// Why it was refused.
    pub reject_code: Option<String>,
    /// Quantity filled so far, in base.
    pub filled_quantity: Amount,
    /// Value filled so far, in quote.
    pub filled_quote: Amount,
    /// When it was placed, on the clock of the data.
    #[serde(with = "platform::time::wire_option")]
    pub placed_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(with = "platform::time::wire_option")]
    pub ended_at: Option<DateTime<Utc>>,
}

impl From<orders::Model> for Order {
    fn from(row: orders::Model) -> Self {
        Self {
            id: row.id,
            bot_id: row.bot_id,
            client_order_id: row.client_order_id,
            number: row.number,
            deal: row.deal.into(),
            symbol: row.symbol.to_string(),
            purpose: row.purpose,
            level: row.level,
            side: row.side.to_string(),
            kind: row.kind,
            price: row.price.map(Amount::from),
            quantity: row.quantity.map(Amount::from),
            quote_quantity: row.quote_quantity.map(Amount::from),
            status: row.status.to_string(),
            reject_code: row.reject_code,
            filled_quantity: row.filled_quantity.0,
            filled_quote: row.filled_quote.0,
            placed_at: column::moment(row.placed_at),
            ended_at: row.ended_at.and_then(column::moment),
        }
    }
}

/// An order in the book.
#[derive(Debug, Clone)]
pub struct OpenOrder {
    /// Its row.
    pub id: Uuid,
    /// Its id at the venue, given by us.
    pub client_order_id: String,
    /// Its id at the venue, given by the venue, where it is known.
    pub venue_order_id: Option<String>,
    /// Its bot.
    pub bot: Uuid,
    /// What it trades.
    pub symbol: Symbol,
    /// What was asked for.
    pub intent: OrderIntent,
    /// Where it stands, and what was filled.
    pub life: Life,
    /// On paper: set aside for it.
    pub reserved: Amount,
    /// On paper: it was marketable when it arrived.
    pub is_marketable: bool,
    /// Points that had been played when it arrived.
    pub placed_pos: i64,
    /// When it was placed, on the clock of the data.
    pub placed_at: Millis,
    /// When it ended, on the same clock.
    pub ended_at: Option<Millis>,
}

/// An order with the identities of its trades.
#[derive(FromQueryResult)]
struct OpenRow {
    #[sea_orm(nested)]
    order: orders::Model,
    trades: Vec<String>,
}

impl TryFrom<OpenRow> for OpenOrder {
    type Error = StoreError;

    fn try_from(OpenRow { order: row, trades }: OpenRow) -> Result<Self, StoreError> {
        let kind = match (row.price, row.time_in_force) {
            (Some(price), Some(time_in_force)) => OrderType::Limit {
                price: price.0,
                time_in_force: time_in_force.0,
            },
            (None, None) => OrderType::Market,
            (Some(_), None) | (None, Some(_)) => return Err(StoreError::broken("orders.price")),
        };
        let size = match (row.quantity, row.quote_quantity) {
            (Some(quantity), None) => OrderSize::Base(quantity.0),
            (None, Some(quote)) => OrderSize::Quote(quote.0),
            (Some(_), Some(_)) | (None, None) => return Err(StoreError::broken("orders.quantity")),
        };
        let life = Life::restored(LifeRow {
            size,
            status: row.status.0,
            filled: Filled {
                base: row.filled_quantity.0,
                quote: row.filled_quote.0,
            },
            cancel_requested_at: row.cancel_requested_at,
            trades: trades.into_iter().collect(),
        })
        .map_err(|_| StoreError::broken("orders.filled_quantity"))?;
        Ok(Self {
            id: row.id,
            client_order_id: row.client_order_id,
            venue_order_id: row.venue_order_id,
            bot: row.bot_id,
            symbol: row.symbol.0,
            life,
            intent: OrderIntent {
                number: unsigned(row.number, "orders.number")?,
                // No kind of several legs is run here yet.
                leg: LegId::FIRST,
                deal: unsigned(row.deal, "orders.deal")?,
                purpose: column::json(row.purpose.into())?,
                level: unsigned(row.level, "orders.level")?,
                attempt: unsigned(row.attempt, "orders.attempt")?,
                side: row.side.0,
                kind,
                size,
                scheduled_at: row.scheduled_at,
            },
            reserved: row.reserved.0,
            is_marketable: row.takes,
            placed_pos: row.placed_pos,
            placed_at: row.placed_at,
            ended_at: row.ended_at,
        })
    }
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
    /// How far it has come.
    pub progress: OrderProgress,
    /// On paper: set aside for it.
    pub reserved: Amount,
    /// On paper: it was marketable when it arrived.
    pub is_marketable: bool,
    /// Points that had been played when it arrived.
    pub placed_pos: i64,
    /// When it was placed, on the clock of the data.
    pub placed_at: Millis,
}

/// What became of an older order.
#[derive(Debug, Clone, Serialize)]
pub struct OrderChange {
    /// Its row.
    pub id: Uuid,
    /// The venue's id of it, where it is new.
    pub venue_order_id: Option<String>,
    /// How far it has come.
    pub progress: OrderProgress,
}

/// How far an order has come. Times are on the clock of the data.
#[derive(Debug, Clone, Serialize)]
pub struct OrderProgress {
    /// Where it stands.
    pub status: OrderStatus,
    /// Why it was refused.
    pub reject: Option<RejectCode>,
    /// What was filled in all.
    pub filled: Filled,
    /// When its bot asked for the cancel: it is to be sent until the order has ended.
    pub cancel_requested_at: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
}

impl OrderProgress {
    /// Of an order after what happened `at` that time.
    pub fn of(life: &Life, reject: Option<RejectCode>, at: Millis) -> Self {
        Self {
            status: life.status(),
            reject,
            filled: life.filled(),
            cancel_requested_at: life.cancel_requested_at(),
            ended_at: life.status().is_terminal().then_some(at),
        }
    }
}

/// Orders of a user's bot with a lower number than `number`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list(
    conn: &impl ConnectionTrait,
    owned: (UserId, Uuid),
    number: Option<i64>,
    limit: u32,
) -> Result<Vec<Order>, StoreError> {
    let before = number.unwrap_or(i64::MAX).into();
    let rows: Vec<orders::Model> =
        pages::of_bot(conn, ("orders", "number"), owned, before, limit).await?;
    Ok(rows.into_iter().map(Order::from).collect())
}

/// Orders of all of a user's bots before `page.0`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list_all(
    conn: &impl ConnectionTrait,
    user: UserId,
    filter: &Filter,
    page: (Option<Uuid>, u32),
) -> Result<Vec<Order>, StoreError> {
    let rows: Vec<orders::Model> = pages::of_all(conn, &TABLE, user, filter, page).await?;
    Ok(rows.into_iter().map(Order::from).collect())
}

/// Orders of a connection that are or may be in the book.
pub(super) async fn open(txn: &Txn, connection: Uuid) -> Result<Vec<OpenOrder>, StoreError> {
    // The statuses as literals: a partial index lists them.
    let rows: Vec<OpenRow> = sql::rows(
        txn,
        "SELECT o.*, CASE WHEN filled_quantity > 0
                 THEN ARRAY(SELECT venue_trade_id FROM fills WHERE order_id = o.id) ELSE '{}' END AS trades
         FROM orders o WHERE connection_id = $1
             AND status IN ('sending', 'open', 'partially_filled', 'canceling', 'unknown') ORDER BY number, bot_id",
        [connection.into()],
    )
    .await?;
    rows.into_iter().map(OpenOrder::try_from).collect()
}

/// Whether an order is or may be at an exchange: of a user, or of one bot, or of one connection of theirs.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn are_at_exchange(
    conn: &impl ConnectionTrait,
    user: UserId,
    (bot, connection): (Option<Uuid>, Option<Uuid>),
) -> Result<bool, StoreError> {
    // The statuses as literals: a partial index lists them.
    sql::exists(
        conn,
        "SELECT 1 FROM connections c JOIN orders o ON o.connection_id = c.id
         WHERE c.user_id = $1 AND c.paper IS NULL AND ($2::uuid IS NULL OR o.bot_id = $2)
             AND ($3::uuid IS NULL OR c.id = $3)
             AND o.status IN ('sending', 'open', 'partially_filled', 'canceling', 'unknown')",
        [user.0.into(), bot.into(), connection.into()],
    )
    .await
}

/// The newest order of a connection that is or may be in the book of an exchange, by market and client order id: one that is
/// known to be there, where there is one.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn newest_at_exchange(
    conn: &impl ConnectionTrait,
    user: UserId,
    connection: Uuid,
) -> Result<Option<(Symbol, String)>, StoreError> {
    let row: Option<(Text<Symbol>, String)> = sql::value(
        conn,
        "SELECT o.symbol, o.client_order_id FROM connections c JOIN orders o ON o.connection_id = c.id
         WHERE c.user_id = $1 AND c.id = $2 AND c.paper IS NULL
             AND o.status IN ('sending', 'open', 'partially_filled', 'canceling', 'unknown')
         ORDER BY o.venue_order_id IS NULL, o.id DESC LIMIT 1",
        [user.0.into(), connection.into()],
    )
    .await?;
    Ok(row.map(|(symbol, id)| (symbol.0, id)))
}

/// Orders of a connection that ended at `since` or later, in milliseconds on the clock of the data: a venue may still tell of
/// fills of them.
pub(super) async fn ended_since(
    txn: &Txn,
    connection: Uuid,
    since: Millis,
) -> Result<Vec<OpenOrder>, StoreError> {
    let rows: Vec<OpenRow> = sql::rows(
        txn,
        "SELECT o.*, ARRAY(SELECT venue_trade_id FROM fills WHERE order_id = o.id) AS trades
         FROM orders o WHERE connection_id = $1 AND ended_at >= $2 ORDER BY number, bot_id",
        [connection.into(), since.into()],
    )
    .await?;
    rows.into_iter().map(OpenOrder::try_from).collect()
}

/// Writes new orders.
pub(super) const INSERT: &str = "\
INSERT INTO orders (id, client_order_id, connection_id, bot_id, symbol, number, deal, purpose, level, attempt,
    side, type, price, time_in_force, quantity, quote_quantity, scheduled_at, status, reject_code,
    filled_quantity, filled_quote, reserved, takes, placed_pos, placed_at, cancel_requested_at, ended_at)
SELECT (r->>'id')::uuid, r->>'client_order_id', $5, (r->>'bot')::uuid, r->>'symbol', (i->>'number')::bigint,
    (i->>'deal')::int, i->>'purpose', (i->>'level')::bigint, (i->>'attempt')::bigint, i->>'side',
    i->'order_type'->>'type', (i->'order_type'->>'price')::numeric, i->'order_type'->>'time_in_force',
    (i->'size'->>'base')::numeric, (i->'size'->>'quote')::numeric, (i->>'scheduled_at')::bigint,
    p->>'status', p->>'reject', (p->'filled'->>'base')::numeric, (p->'filled'->>'quote')::numeric,
    (r->>'reserved')::numeric, (r->>'is_marketable')::boolean, (r->>'placed_pos')::bigint,
    (r->>'placed_at')::bigint, (p->>'cancel_requested_at')::bigint, (p->>'ended_at')::bigint
FROM feed, given, jsonb_array_elements(batch->'orders') AS r, LATERAL (SELECT r->'intent' AS i, r->'progress' AS p) AS parts";

/// Writes what became of older orders, each of them once. What is filled never shrinks, and the first end stays the end.
/// An array is planned as ten elements and not as a hundred: by index once there are a few thousand orders.
pub(super) const UPDATE: &str = "\
UPDATE orders o SET status = CASE WHEN o.ended_at IS NULL THEN p->>'status' ELSE o.status END,
    reject_code = coalesce(p->>'reject', reject_code),
    filled_quantity = greatest(filled_quantity, (p->'filled'->>'base')::numeric),
    filled_quote = greatest(filled_quote, (p->'filled'->>'quote')::numeric),
    venue_order_id = coalesce(c.venue_order_id, o.venue_order_id),
    cancel_requested_at = coalesce(cancel_requested_at, (p->>'cancel_requested_at')::bigint),
    ended_at = coalesce(ended_at, (p->>'ended_at')::bigint), updated_at = now()
FROM (
    SELECT (r->>'id')::uuid AS id, r->>'venue_order_id' AS venue_order_id, r->'progress' AS p
    FROM feed, unnest(ARRAY(SELECT jsonb_array_elements(batch->'changes') FROM given)) AS r
) AS c WHERE o.id = c.id";
