//! Executions of orders, and what each moved.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use trading::{
    Amount, Asset, Symbol,
    order::{self, Liquidity, Millis, Side},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::pages::{self, Filter, Table};
use crate::{StoreError, column, entity::fills, sql};

const TABLE: Table = Table {
    name: "fills",
    order: "id",
    at: "at",
    status: "t.liquidity",
};

/// A fill of a bot.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Fill {
    /// Id of the fill.
    pub id: Uuid,
    /// The bot that it belongs to.
    pub bot_id: Uuid,
    /// Of which order.
    pub order_id: Uuid,
    /// What was traded.
    pub symbol: String,
    /// `buy` or `sell`.
    pub side: String,
    /// At how much.
    pub price: Amount,
    /// Quantity filled, in base.
    pub quantity: Amount,
    /// Price times quantity, in quote.
    pub quote: Amount,
    /// Fee charged, in the fee asset.
    pub fee: Amount,
    /// In what it was charged.
    pub fee_asset: String,
    /// `maker` or `taker`.
    pub liquidity: String,
    /// When, on the clock of the data.
    #[serde(with = "platform::time::wire_option")]
    pub filled_at: Option<DateTime<Utc>>,
}

impl From<fills::Model> for Fill {
    fn from(row: fills::Model) -> Self {
        Self {
            id: row.id,
            bot_id: row.bot_id,
            order_id: row.order_id,
            symbol: row.symbol.to_string(),
            side: row.side.to_string(),
            price: row.price.0,
            quantity: row.quantity.0,
            quote: row.quote.0,
            fee: row.fee.0,
            fee_asset: row.fee_asset.to_string(),
            liquidity: row.liquidity.to_string(),
            filled_at: column::moment(row.at),
        }
    }
}

/// A fill with all that its books need.
#[derive(Debug, Clone)]
pub struct BookedFill {
    /// Id of the fill.
    pub id: Uuid,
    /// Bot whose order was filled.
    pub bot_id: Uuid,
    /// Of which order.
    pub order_id: Uuid,
    /// What was traded.
    pub symbol: Symbol,
    /// Whether it bought or sold.
    pub side: Side,
    /// Maker or taker.
    pub liquidity: Liquidity,
    /// At how much.
    pub price: Amount,
    /// Base.
    pub quantity: Amount,
    /// Quote.
    pub quote: Amount,
    /// The fee.
    pub fee: Amount,
    /// In what it was charged.
    pub fee_asset: Asset,
    /// Quote per unit of a third asset.
    pub fee_conversion: Option<Amount>,
    /// When, on the clock of the data.
    pub at: Millis,
}

impl From<fills::Model> for BookedFill {
    fn from(row: fills::Model) -> Self {
        Self {
            id: row.id,
            bot_id: row.bot_id,
            order_id: row.order_id,
            symbol: row.symbol.0,
            side: row.side.0,
            liquidity: row.liquidity.0,
            price: row.price.0,
            quantity: row.quantity.0,
            quote: row.quote.0,
            fee: row.fee.0,
            fee_asset: row.fee_asset.0,
            fee_conversion: row.fee_conversion.map(Amount::from),
            at: row.at,
        }
    }
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
    /// Whether it bought or sold.
    pub side: Side,
    /// The fill.
    pub fill: order::Fill,
    /// When it happened, on the clock of the data.
    pub at: Millis,
    /// What moved: leg, asset, change.
    pub legs: [(&'static str, Asset, Amount); 3],
}

/// Fills of a user's bot before `id`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list(
    conn: &impl ConnectionTrait,
    owned: (UserId, Uuid),
    id: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Fill>, StoreError> {
    let before = id.unwrap_or(Uuid::max()).into();
    let rows: Vec<fills::Model> =
        pages::of_bot(conn, ("fills", "id"), owned, before, limit).await?;
    Ok(rows.into_iter().map(Fill::from).collect())
}

/// Fills of all of a user's bots before `page.0`; their status is `maker` or `taker`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list_all(
    conn: &impl ConnectionTrait,
    user: UserId,
    filter: &Filter,
    page: (Option<Uuid>, u32),
) -> Result<Vec<Fill>, StoreError> {
    let rows: Vec<fills::Model> = pages::of_all(conn, &TABLE, user, filter, page).await?;
    Ok(rows.into_iter().map(Fill::from).collect())
}

/// Fills of a user's connection in the order in which they happened, after the one at `after`.
///
/// That is the order of the data's clock, which only goes forward, and within an instant the order in which an engine
/// made their ids. Ids alone follow the clocks of engines, of which one may be behind the other.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn booked(
    conn: &impl ConnectionTrait,
    user: UserId,
    connection: Uuid,
    after: (Millis, Uuid),
    limit: u32,
) -> Result<Vec<BookedFill>, StoreError> {
    let rows: Vec<fills::Model> = sql::rows(
        conn,
        "SELECT f.* FROM fills f JOIN connections c ON c.id = f.connection_id
         WHERE c.user_id = $1 AND f.connection_id = $2 AND (f.at, f.id) > ($3, $4) ORDER BY f.at, f.id LIMIT $5",
        [
            user.0.into(),
            connection.into(),
            after.0.into(),
            after.1.into(),
            i64::from(limit).into(),
        ],
    )
    .await?;
    Ok(rows.into_iter().map(BookedFill::from).collect())
}

/// Writes fills.
pub(super) const INSERT: &str = "\
INSERT INTO fills (id, connection_id, bot_id, order_id, symbol, venue_trade_id, side, price, quantity, quote, fee_asset,
    fee, fee_rate, fee_conversion, fee_is_estimated, liquidity, at)
SELECT (r->>'id')::uuid, $5, (r->>'bot')::uuid, (r->>'order')::uuid, r->>'symbol', r->>'trade', r->>'side',
    (f->>'price')::numeric, (f->>'quantity')::numeric, (f->>'quote')::numeric, fee->>'asset',
    (fee->>'amount')::numeric, (fee->>'rate')::numeric, (fee->>'conversion')::numeric,
    (fee->>'is_estimated')::boolean, f->>'liquidity', (r->>'at')::bigint
FROM feed, given, jsonb_array_elements(batch->'fills') AS r, LATERAL (SELECT r->'fill' AS f, r->'fill'->'fee' AS fee) AS parts";

/// Writes what fills moved.
pub(super) const INSERT_LEGS: &str = "\
INSERT INTO ledger (fill_id, leg, asset, delta)
SELECT (r->>'id')::uuid, leg->>0, leg->>1, (leg->>2)::numeric
FROM feed, given, jsonb_array_elements(batch->'fills') AS r, jsonb_array_elements(r->'legs') AS leg";
