//! What a bot has done, newest first. Every finder asks for the owner.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use trading::{
    Amount, Asset, Symbol,
    order::{DealNumber, Liquidity, Millis, Side},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::rows;
use crate::StoreError;

/// A deal of a bot.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Deal {
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub bot_id: Uuid,
    /// What it trades.
    pub symbol: String,
    /// Its number within the bot.
    #[schema(minimum = 1)]
    pub number: i64,
    /// When it began, on the clock of the data.
    #[serde(with = "platform::time::wire_option")]
    pub opened_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(with = "platform::time::wire_option")]
    pub closed_at: Option<DateTime<Utc>>,
    /// Why it ended.
    pub close_reason: Option<String>,
    /// Quote spent on it.
    pub invested: Option<Amount>,
    /// Quote earned, fees off.
    pub realised: Option<Amount>,
}

/// An order of a bot.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Order {
    /// Which.
    pub id: Uuid,
    /// Whose.
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
    /// The limit.
    pub price: Option<Amount>,
    /// Base asked for.
    pub quantity: Option<Amount>,
    /// Quote asked for, of a market buy.
    pub quote_quantity: Option<Amount>,
    /// Where it stands.
    pub status: String,
    /// Why it was refused.
    pub reject_code: Option<String>,
    /// Base filled.
    pub filled_quantity: Amount,
    /// Quote filled.
    pub filled_quote: Amount,
    /// When it was placed, on the clock of the data.
    #[serde(with = "platform::time::wire_option")]
    pub placed_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(with = "platform::time::wire_option")]
    pub ended_at: Option<DateTime<Utc>>,
}

/// A fill of a bot.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Fill {
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub bot_id: Uuid,
    /// Of which order.
    pub order_id: Uuid,
    /// What was traded.
    pub symbol: String,
    /// `buy` or `sell`.
    pub side: String,
    /// At how much.
    pub price: Amount,
    /// Base.
    pub quantity: Amount,
    /// Quote.
    pub quote: Amount,
    /// The fee.
    pub fee: Amount,
    /// In what it was charged.
    pub fee_asset: String,
    /// `maker` or `taker`.
    pub liquidity: String,
    /// When, on the clock of the data.
    #[serde(with = "platform::time::wire_option")]
    pub filled_at: Option<DateTime<Utc>>,
}

/// Why a bot did or did not act, as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct DecisionRow {
    /// Its place in the log.
    pub id: i64,
    /// What the bot trades.
    pub symbol: Symbol,
    /// When, on the clock of the data.
    #[serde(with = "platform::time::wire_option")]
    pub at: Option<DateTime<Utc>>,
    /// The reason.
    pub code: String,
    /// Why an order was refused.
    pub detail: Option<String>,
    /// The deal it is about.
    pub deal: Option<DealNumber>,
    /// The price it was taken at.
    pub price: Option<Amount>,
    /// The numbers that decided, a [`trading::bot::Facts`]; nothing in rows of releases that did not keep them.
    pub data: Option<Value>,
}

const DEAL: &str = concat!(
    "jsonb_build_object('id', d.id, 'bot_id', b.id, 'symbol', b.symbol, 'number', d.number, 'opened_at', ",
    moment!("d.opened_at"),
    ", 'closed_at', ",
    moment!("d.closed_at"),
    ", 'close_reason', d.close_reason, 'invested', trim_scale(d.invested)::text,
    'realised', trim_scale(d.realised)::text) AS row"
);

const ORDER: &str = concat!(
    "jsonb_build_object('id', o.id, 'bot_id', b.id, 'client_order_id', o.client_order_id,
    'number', o.number, 'deal', o.deal, 'symbol', o.symbol, 'purpose', o.purpose, 'level', o.level, 'side', o.side,
    'type', o.type, 'price', trim_scale(o.price)::text, 'quantity', trim_scale(o.quantity)::text,
    'quote_quantity', trim_scale(o.quote_quantity)::text, 'status', o.status, 'reject_code', o.reject_code,
    'filled_quantity', trim_scale(o.filled_quantity)::text, 'filled_quote', trim_scale(o.filled_quote)::text,
    'placed_at', ",
    moment!("o.placed_at"),
    ", 'ended_at', ",
    moment!("o.ended_at"),
    ") AS row"
);

const FILL: &str = concat!(
    "jsonb_build_object('id', f.id, 'bot_id', b.id, 'order_id', f.order_id, 'symbol', f.symbol,
    'side', f.side, 'price', trim_scale(f.price)::text, 'quantity', trim_scale(f.quantity)::text,
    'quote', trim_scale(f.quote)::text, 'fee', trim_scale(f.fee)::text, 'fee_asset', f.fee_asset,
    'liquidity', f.liquidity, 'filled_at', ",
    moment!("f.at"),
    ") AS row"
);

const DECISIONS: &str = concat!(
    "SELECT jsonb_build_object('id', d.id, 'at', ",
    moment!("d.at"),
    ", 'code', d.code, 'detail', d.detail, 'deal', d.deal, 'price', trim_scale(d.price)::text, 'data', d.data,
    'symbol', b.symbol) AS row
    FROM decisions d JOIN bots b ON b.id = d.bot_id
    WHERE b.user_id = $1 AND b.id = $2 AND d.id < $3 ORDER BY d.id DESC LIMIT $4"
);

fn of_one(row: &str, table: &str, key: &str) -> String {
    format!(
        "SELECT {row} FROM {table} JOIN bots b ON b.id = {key}.bot_id
         WHERE b.user_id = $1 AND b.id = $2 AND {key}.number < $3 ORDER BY {key}.number DESC LIMIT $4"
    )
}

async fn before<T: DeserializeOwned>(
    conn: &impl ConnectionTrait,
    sql: &str,
    (user, bot): (UserId, Uuid),
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<T>, StoreError> {
    let values = [
        user.0.into(),
        bot.into(),
        before.unwrap_or(i64::MAX).into(),
        i64::from(limit).into(),
    ];
    rows(conn, sql, values).await
}

/// Deals of a user's bot with a lower number than `number`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn deals(
    conn: &impl ConnectionTrait,
    owned: (UserId, Uuid),
    number: Option<i64>,
    limit: u32,
) -> Result<Vec<Deal>, StoreError> {
    before(conn, &of_one(DEAL, "deals d", "d"), owned, number, limit).await
}

/// Orders of a user's bot with a lower number than `number`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn orders(
    conn: &impl ConnectionTrait,
    owned: (UserId, Uuid),
    number: Option<i64>,
    limit: u32,
) -> Result<Vec<Order>, StoreError> {
    before(conn, &of_one(ORDER, "orders o", "o"), owned, number, limit).await
}

/// Decisions of a user's bot before `id`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn decisions(
    conn: &impl ConnectionTrait,
    owned: (UserId, Uuid),
    id: Option<i64>,
    limit: u32,
) -> Result<Vec<DecisionRow>, StoreError> {
    before(conn, DECISIONS, owned, id, limit).await
}

/// Fills of a user's bot before `id`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn fills(
    conn: &impl ConnectionTrait,
    (user, bot): (UserId, Uuid),
    id: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Fill>, StoreError> {
    let values = [
        user.0.into(),
        bot.into(),
        id.unwrap_or(Uuid::max()).into(),
        i64::from(limit).into(),
    ];
    let sql = format!(
        "SELECT {FILL} FROM fills f JOIN bots b ON b.id = f.bot_id
         WHERE b.user_id = $1 AND b.id = $2 AND f.id < $3 ORDER BY f.id DESC LIMIT $4"
    );
    rows(conn, &sql, values).await
}

/// A deal of a user's bot.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn deal(
    conn: &impl ConnectionTrait,
    (user, bot): (UserId, Uuid),
    number: u32,
) -> Result<Option<Deal>, StoreError> {
    let sql = format!(
        "SELECT {DEAL} FROM deals d JOIN bots b ON b.id = d.bot_id
         WHERE b.user_id = $1 AND b.id = $2 AND d.number = $3"
    );
    let values = [user.0.into(), bot.into(), i64::from(number).into()];
    Ok(rows(conn, &sql, values).await?.pop())
}

/// Which rows of all that a user's bots have done.
#[derive(Debug, Default)]
pub struct Filter {
    /// Only of this bot.
    pub bot: Option<Uuid>,
    /// Only of this market.
    pub symbol: Option<String>,
    /// Only of this status.
    pub status: Option<String>,
    /// Not before, in milliseconds on the clock of the data.
    pub from: Option<i64>,
    /// Before.
    pub to: Option<i64>,
}

/// A page of rows of all of a user's bots, newest first: each bot's newest by an index of its own, then the newest of
/// those.
async fn across<T: DeserializeOwned>(
    conn: &impl ConnectionTrait,
    (row, table, key): (&str, &str, &str),
    (order, at, status): (&str, &str, &str),
    user: UserId,
    filter: &Filter,
    page: (Option<Uuid>, u32),
) -> Result<Vec<T>, StoreError> {
    let sql = format!(
        "SELECT {row} FROM bots b CROSS JOIN LATERAL (
             SELECT * FROM {table} {key} WHERE {key}.bot_id = b.id AND {key}.id < $7
                 AND {key}.{at} >= $5 AND {key}.{at} < $6 AND ($4::text IS NULL OR {status} = $4)
             ORDER BY {key}.{order} DESC LIMIT $8
         ) AS {key}
         WHERE b.user_id = $1 AND ($2::uuid IS NULL OR b.id = $2) AND ($3::text IS NULL OR b.symbol = $3)
         ORDER BY {key}.id DESC LIMIT $8"
    );
    let values = [
        user.0.into(),
        filter.bot.into(),
        filter.symbol.clone().into(),
        filter.status.clone().into(),
        filter.from.unwrap_or(i64::MIN).into(),
        filter.to.unwrap_or(i64::MAX).into(),
        page.0.unwrap_or(Uuid::max()).into(),
        i64::from(page.1).into(),
    ];
    rows(conn, &sql, values).await
}

/// Deals of all of a user's bots before `page.0`; their status is `open` or `closed`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn all_deals(
    conn: &impl ConnectionTrait,
    user: UserId,
    filter: &Filter,
    page: (Option<Uuid>, u32),
) -> Result<Vec<Deal>, StoreError> {
    let status = "CASE WHEN d.closed_at IS NULL THEN 'open' ELSE 'closed' END";
    let columns = ("number", "opened_at", status);
    across(conn, (DEAL, "deals", "d"), columns, user, filter, page).await
}

/// Orders of all of a user's bots before `page.0`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn all_orders(
    conn: &impl ConnectionTrait,
    user: UserId,
    filter: &Filter,
    page: (Option<Uuid>, u32),
) -> Result<Vec<Order>, StoreError> {
    let columns = ("number", "placed_at", "o.status");
    across(conn, (ORDER, "orders", "o"), columns, user, filter, page).await
}

/// Fills of all of a user's bots before `page.0`; their status is `maker` or `taker`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn all_fills(
    conn: &impl ConnectionTrait,
    user: UserId,
    filter: &Filter,
    page: (Option<Uuid>, u32),
) -> Result<Vec<Fill>, StoreError> {
    let columns = ("id", "at", "f.liquidity");
    across(conn, (FILL, "fills", "f"), columns, user, filter, page).await
}

/// A fill with all that its books need.
#[derive(Debug, Clone, Deserialize)]
pub struct BookedFill {
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub bot_id: Uuid,
    /// Of which order.
    pub order_id: Uuid,
    /// What was traded.
    pub symbol: Symbol,
    /// Which way.
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

/// Fills of a user's connection in the order in which they happened, after the one at `after`.
///
/// That is the order of the data's clock, which only goes forward, and within an instant the order in which an engine
/// made their ids. Ids alone follow the clocks of engines, of which one may be behind the other.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn booked_fills(
    conn: &impl ConnectionTrait,
    user: UserId,
    connection: Uuid,
    after: (Millis, Uuid),
    limit: u32,
) -> Result<Vec<BookedFill>, StoreError> {
    rows(
        conn,
        "SELECT jsonb_build_object('id', f.id, 'bot_id', f.bot_id, 'order_id', f.order_id, 'symbol', f.symbol,
             'side', f.side, 'liquidity', f.liquidity, 'price', trim_scale(f.price)::text,
             'quantity', trim_scale(f.quantity)::text, 'quote', trim_scale(f.quote)::text,
             'fee', trim_scale(f.fee)::text, 'fee_asset', f.fee_asset,
             'fee_conversion', trim_scale(f.fee_conversion)::text, 'at', f.at) AS row
         FROM fills f JOIN connections c ON c.id = f.connection_id
         WHERE c.user_id = $1 AND f.connection_id = $2 AND (f.at, f.id) > ($3, $4) ORDER BY f.at, f.id LIMIT $5",
        [
            user.0.into(),
            connection.into(),
            after.0.into(),
            after.1.into(),
            i64::from(limit).into(),
        ],
    )
    .await
}

/// The saved state of a user's bot; none before it was ever started.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn state(
    conn: &impl ConnectionTrait,
    user: UserId,
    bot: Uuid,
) -> Result<Option<serde_json::Value>, StoreError> {
    let found = rows(
        conn,
        "SELECT s.state AS row FROM bot_states s JOIN bots b ON b.id = s.bot_id WHERE b.user_id = $1 AND b.id = $2",
        [user.0.into(), bot.into()],
    )
    .await?;
    Ok(found.into_iter().next())
}
