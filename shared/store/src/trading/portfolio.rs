//! Sums over all that a user's bots have done.

use platform::ids::UserId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use trading::{Amount, Asset, Symbol};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    StoreError,
    column::{Numeric, Text},
    sql,
};

/// What a bot earned, by day of its data.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PnlRow {
    /// The bot that traded.
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
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LedgerSum {
    /// The asset that was moved.
    pub asset: String,
    /// What trades brought and took, without fees.
    pub traded: Amount,
    /// Fees, below zero where they were paid.
    pub fees: Amount,
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
    #[derive(FromQueryResult)]
    struct Row {
        bot_id: Uuid,
        symbol: Text<Symbol>,
        day: String,
        trades: i64,
        wins: i64,
        realised: Numeric,
    }
    // The day of a time in milliseconds, within the years 1 to 9999: Postgres writes later ones in a form that nobody reads,
    // and none at all after the year 294276.
    let rows: Vec<Row> = sql::rows(
        conn,
        "SELECT t.bot_id, b.symbol, to_char(
                 to_timestamp(least(greatest(t.at, -62135596800000), 253402300799999) / 1000.0) AT TIME ZONE 'UTC',
                 'YYYY-MM-DD'
             ) AS day,
             count(*) AS trades, count(*) FILTER (WHERE t.proceeds > t.cost) AS wins,
             sum(t.proceeds - t.cost) AS realised
         FROM trades t JOIN bots b ON b.id = t.bot_id
         WHERE b.user_id = $1 AND ($2::uuid IS NULL OR b.id = $2)
         GROUP BY 1, 2, 3 ORDER BY 3 DESC, 1 LIMIT $3",
        [user.0.into(), bot.into(), i64::from(limit).into()],
    )
    .await?;
    let days = rows.into_iter().map(|row| PnlRow {
        bot_id: row.bot_id,
        symbol: row.symbol.to_string(),
        day: row.day,
        trades: row.trades,
        wins: row.wins,
        realised: row.realised.0,
    });
    Ok(days.collect())
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
    let rows = sql::values::<(Text<Asset>, Numeric, Numeric)>(
        conn,
        "SELECT l.asset, coalesce(sum(l.delta) FILTER (WHERE l.leg <> 'fee'), 0) AS traded,
             coalesce(sum(l.delta) FILTER (WHERE l.leg = 'fee'), 0) AS fees
         FROM ledger l JOIN fills f ON f.id = l.fill_id JOIN bots b ON b.id = f.bot_id
         WHERE b.user_id = $1 AND b.id = $2 GROUP BY l.asset ORDER BY l.asset",
        [user.0.into(), bot.into()],
    )
    .await?;
    let sums = rows.into_iter().map(|(asset, traded, fees)| LedgerSum {
        asset: asset.to_string(),
        traded: traded.0,
        fees: fees.0,
    });
    Ok(sums.collect())
}
