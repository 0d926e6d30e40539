//! The deals of bots, and the trades that they were closed with.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use trading::{
    Amount, Symbol,
    bot::CloseReason,
    order::{DealNumber, Millis},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::pages::{self, Filter, Table};
use crate::{
    StoreError,
    column::{self, Text},
    entity::deals,
    sql,
};

const TABLE: Table = Table {
    name: "deals",
    order: "number",
    at: "opened_at",
    status: "CASE WHEN t.closed_at IS NULL THEN 'open' ELSE 'closed' END",
};

/// A deal of a bot.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Deal {
    /// Id of the deal.
    pub id: Uuid,
    /// The bot that opened it.
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

/// A deal, and what its bot trades.
#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    deal: deals::Model,
    bot_symbol: Text<Symbol>,
}

impl From<Row> for Deal {
    fn from(Row { deal, bot_symbol }: Row) -> Self {
        Self {
            id: deal.id,
            bot_id: deal.bot_id,
            symbol: bot_symbol.to_string(),
            number: deal.number.into(),
            opened_at: column::moment(deal.opened_at),
            closed_at: deal.closed_at.and_then(column::moment),
            close_reason: deal.close_reason,
            invested: deal.invested.map(Amount::from),
            realised: deal.realised.map(Amount::from),
        }
    }
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
    /// When it was opened, on the clock of the data.
    pub at: Millis,
}

/// A deal has ended.
#[derive(Debug, Clone, Serialize)]
pub struct DealClosed {
    /// Its bot.
    pub bot: Uuid,
    /// Its number within the bot.
    pub number: DealNumber,
    /// When it was closed, on the clock of the data.
    pub at: Millis,
    /// Why it was closed.
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
    /// When the trade was closed, on the clock of the data.
    pub at: Millis,
    /// Quote spent on what was sold, fees included.
    pub cost: Amount,
    /// Quote that it brought, fees off.
    pub proceeds: Amount,
}

/// Deals of a user's bot with a lower number than `number`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list(
    conn: &impl ConnectionTrait,
    owned: (UserId, Uuid),
    number: Option<i64>,
    limit: u32,
) -> Result<Vec<Deal>, StoreError> {
    let before = number.unwrap_or(i64::MAX).into();
    let rows: Vec<Row> = pages::of_bot(conn, ("deals", "number"), owned, before, limit).await?;
    Ok(rows.into_iter().map(Deal::from).collect())
}

/// A deal of a user's bot.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find(
    conn: &impl ConnectionTrait,
    (user, bot): (UserId, Uuid),
    number: u32,
) -> Result<Option<Deal>, StoreError> {
    let row: Option<Row> = sql::row(
        conn,
        "SELECT d.*, b.symbol AS bot_symbol FROM deals d JOIN bots b ON b.id = d.bot_id
         WHERE b.user_id = $1 AND b.id = $2 AND d.number = $3",
        [user.0.into(), bot.into(), i64::from(number).into()],
    )
    .await?;
    Ok(row.map(Deal::from))
}

/// Deals of all of a user's bots before `page.0`; their status is `open` or `closed`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list_all(
    conn: &impl ConnectionTrait,
    user: UserId,
    filter: &Filter,
    page: (Option<Uuid>, u32),
) -> Result<Vec<Deal>, StoreError> {
    let rows: Vec<Row> = pages::of_all(conn, &TABLE, user, filter, page).await?;
    Ok(rows.into_iter().map(Deal::from).collect())
}

/// Writes the deals that were `opened`: whole where they have `closed` since, for a statement does not see its own rows.
pub(super) const INSERT: &str = "\
INSERT INTO deals (id, bot_id, number, opened_at, closed_at, close_reason, invested, realised)
SELECT (r->>'id')::uuid, (r->>'bot')::uuid, (r->>'number')::int, (r->>'at')::bigint,
    (c->>'at')::bigint, c->>'reason', (c->>'invested')::numeric, (c->>'realised')::numeric
FROM feed CROSS JOIN given CROSS JOIN jsonb_array_elements(batch->'opened') AS r
LEFT JOIN jsonb_array_elements(batch->'closed') AS c ON (c->'bot', c->'number') = (r->'bot', r->'number')";

/// Writes the ends of older deals, planned by index like [`super::orders::UPDATE`].
pub(super) const CLOSE: &str = "\
UPDATE deals d SET closed_at = (r->>'at')::bigint, close_reason = r->>'reason',
    invested = (r->>'invested')::numeric, realised = (r->>'realised')::numeric
FROM feed, unnest(ARRAY(SELECT jsonb_array_elements(batch->'closed') FROM given)) AS r
WHERE d.bot_id = (r->>'bot')::uuid AND d.number = (r->>'number')::int";

/// Writes buys that were matched with sells, in order.
pub(super) const INSERT_TRADES: &str = "\
INSERT INTO trades (bot_id, deal, at, cost, proceeds)
SELECT (r->>'bot')::uuid, (r->>'deal')::int, (r->>'at')::bigint, (r->>'cost')::numeric, (r->>'proceeds')::numeric
FROM feed, given, jsonb_array_elements(batch->'trades') WITH ORDINALITY AS trade (r, place) ORDER BY place";
