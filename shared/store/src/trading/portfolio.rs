//! Sums over all that a user's bots have done.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use trading::Amount;
use utoipa::ToSchema;
use uuid::Uuid;

use super::rows;
use crate::StoreError;

/// Equity of a connection at an hour.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EquityRow {
    /// Whose.
    pub connection_id: Uuid,
    /// Where it stands among the others: its time in milliseconds.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub place: i64,
    /// When, on the clock of the data.
    #[serde(with = "platform::time::wire_option")]
    pub at: Option<DateTime<Utc>>,
    /// In what.
    pub asset: String,
    /// How much.
    pub amount: Amount,
}

/// What a bot earned, by day of its data.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PnlRow {
    /// Which bot.
    pub bot_id: Uuid,
    /// What it trades: sums are in its quote.
    pub symbol: String,
    /// The day, in UTC.
    #[schema(example = "2024-01-31")]
    pub day: String,
    /// Deals that ended, rounds of a grid, sales of a schedule.
    pub trades: i64,
    /// Those with a profit.
    pub wins: i64,
    /// Quote earned by them, fees off.
    pub realised: Amount,
}

/// What the ledger of a bot says.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LedgerSum {
    /// In what.
    pub asset: String,
    /// What trades brought and took, without fees.
    pub traded: Amount,
    /// Fees, below zero where they were paid.
    pub fees: Amount,
}

/// Equity of a user's connections, oldest first, after `after` in milliseconds.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn equity(
    conn: &impl ConnectionTrait,
    user: UserId,
    connection: Uuid,
    after: i64,
    limit: u32,
) -> Result<Vec<EquityRow>, StoreError> {
    rows(
        conn,
        concat!(
            "SELECT jsonb_build_object('connection_id', connection_id, 'place', at, 'at', ",
            moment!("at"),
            ", 'asset', asset, 'amount', trim_scale(amount)::text) AS row
         FROM equity WHERE user_id = $1 AND connection_id = $2 AND at > $3 ORDER BY at LIMIT $4"
        ),
        [
            user.0.into(),
            connection.into(),
            after.into(),
            i64::from(limit).into(),
        ],
    )
    .await
}

/// What a user's bots earned on closed trades, by the day on which they closed, newest day first; of one bot where it is named.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn pnl(
    conn: &impl ConnectionTrait,
    user: UserId,
    bot: Option<Uuid>,
    limit: u32,
) -> Result<Vec<PnlRow>, StoreError> {
    rows(
        conn,
        concat!(
            "SELECT jsonb_build_object('bot_id', bot_id, 'symbol', symbol, 'day', day, 'trades', trades, 'wins', wins,
             'realised', trim_scale(realised)::text) AS row
         FROM (
             SELECT t.bot_id, b.symbol, to_char(",
            moment!("t.at"),
            " AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
                 count(*) AS trades, count(*) FILTER (WHERE t.proceeds > t.cost) AS wins,
                 sum(t.proceeds - t.cost) AS realised
             FROM trades t JOIN bots b ON b.id = t.bot_id
             WHERE b.user_id = $1 AND ($2::uuid IS NULL OR b.id = $2)
             GROUP BY 1, 2, 3 ORDER BY 3 DESC, 1 LIMIT $3
         ) AS days"
        ),
        [user.0.into(), bot.into(), i64::from(limit).into()],
    )
    .await
}

/// What the ledger of a user's bot adds up to, by asset.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn ledger(
    conn: &impl ConnectionTrait,
    user: UserId,
    bot: Uuid,
) -> Result<Vec<LedgerSum>, StoreError> {
    rows(
        conn,
        "SELECT jsonb_build_object('asset', asset, 'traded', trim_scale(traded)::text, 'fees', trim_scale(fees)::text)
             AS row
         FROM (
             SELECT l.asset, coalesce(sum(l.delta) FILTER (WHERE l.leg <> 'fee'), 0) AS traded,
                 coalesce(sum(l.delta) FILTER (WHERE l.leg = 'fee'), 0) AS fees
             FROM ledger l JOIN fills f ON f.id = l.fill_id JOIN bots b ON b.id = f.bot_id
             WHERE b.user_id = $1 AND b.id = $2 GROUP BY l.asset ORDER BY l.asset
         ) AS sums",
        [user.0.into(), bot.into()],
    )
    .await
}
