//! The orders of bots.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use trading::{
    Amount,
    market::RejectCode,
    order::{Millis, OrderIntent, OrderSize, OrderStatus, OrderType},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    array,
    pages::{self, Filter, Table},
    unsigned,
};
use crate::{StoreError, Txn, column, entity::orders, sql};

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
    /// Its bot.
    pub bot: Uuid,
    /// What was asked for.
    pub intent: OrderIntent,
    /// On paper: set aside for it.
    pub reserved: Amount,
    /// On paper: it was marketable when it arrived.
    pub is_marketable: bool,
    /// Points that had been played when it arrived.
    pub placed_pos: i64,
}

impl TryFrom<orders::Model> for OpenOrder {
    type Error = StoreError;

    fn try_from(row: orders::Model) -> Result<Self, StoreError> {
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
        Ok(Self {
            id: row.id,
            bot: row.bot_id,
            intent: OrderIntent {
                number: unsigned(row.number, "orders.number")?,
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
    /// Where it stands.
    pub status: OrderStatus,
    /// Why it was refused.
    pub reject: Option<RejectCode>,
    /// Base filled.
    pub filled_quantity: Amount,
    /// Quote filled.
    pub filled_quote: Amount,
    /// On paper: set aside for it.
    pub reserved: Amount,
    /// On paper: it was marketable when it arrived.
    pub is_marketable: bool,
    /// Points that had been played when it arrived.
    pub placed_pos: i64,
    /// When it was placed, on the clock of the data.
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
    let rows: Vec<orders::Model> = sql::rows(
        txn,
        "SELECT * FROM orders WHERE connection_id = $1
             AND status IN ('sending', 'open', 'partially_filled', 'canceling', 'unknown') ORDER BY number, bot_id",
        [connection.into()],
    )
    .await?;
    rows.into_iter().map(OpenOrder::try_from).collect()
}

/// Writes new orders.
pub(super) async fn insert(
    txn: &Txn,
    connection: Uuid,
    orders: &[NewOrder],
) -> Result<(), StoreError> {
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
             (r->>'reserved')::numeric, (r->>'is_marketable')::boolean, (r->>'placed_pos')::bigint,
             (r->>'placed_at')::bigint, (r->>'ended_at')::bigint
         FROM (SELECT r, r->'intent' AS i FROM jsonb_array_elements($2) AS r) AS all_of_them",
        [connection.into(), array(orders)?],
    )
    .await?;
    Ok(())
}

/// Writes what became of older orders.
pub(super) async fn update(txn: &Txn, changes: &[OrderChange]) -> Result<(), StoreError> {
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
        [array(changes)?],
    )
    .await?;
    Ok(())
}
