//! Pages of what bots have done, newest first. Every finder asks for the owner, whom only a join with `bots` tells.

use platform::ids::UserId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::{StoreError, sql};

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

/// A table of what bots have done.
pub(super) struct Table {
    /// Its name.
    pub(super) name: &'static str,
    /// The column that orders the rows of one bot.
    pub(super) order: &'static str,
    /// The column of the time on the clock of the data.
    pub(super) at: &'static str,
    /// SQL for what [`Filter::status`] is compared with.
    pub(super) status: &'static str,
}

/// Rows of a user's bot whose `key` is below `before`, with the bot's symbol.
pub(super) async fn of_bot<T: FromQueryResult>(
    conn: &impl ConnectionTrait,
    (table, key): (&str, &str),
    (user, bot): (UserId, Uuid),
    before: sea_orm::Value,
    limit: u32,
) -> Result<Vec<T>, StoreError> {
    let sql = format!(
        "SELECT t.*, b.symbol AS bot_symbol FROM {table} t JOIN bots b ON b.id = t.bot_id
         WHERE b.user_id = $1 AND b.id = $2 AND t.{key} < $3 ORDER BY t.{key} DESC LIMIT $4"
    );
    let values = [user.0.into(), bot.into(), before, i64::from(limit).into()];
    sql::rows(conn, &sql, values).await
}

/// A page of rows of all of a user's bots, newest first, with the bots' symbols: each bot's newest by an index of its own,
/// then the newest of those.
pub(super) async fn of_all<T: FromQueryResult>(
    conn: &impl ConnectionTrait,
    table: &Table,
    user: UserId,
    filter: &Filter,
    (before, limit): (Option<Uuid>, u32),
) -> Result<Vec<T>, StoreError> {
    let Table {
        name,
        order,
        at,
        status,
    } = table;
    let sql = format!(
        "SELECT t.*, b.symbol AS bot_symbol FROM bots b CROSS JOIN LATERAL (
             SELECT * FROM {name} t WHERE t.bot_id = b.id AND t.id < $7
                 AND t.{at} >= $5 AND t.{at} < $6 AND ($4::text IS NULL OR {status} = $4)
             ORDER BY t.{order} DESC LIMIT $8
         ) AS t
         WHERE b.user_id = $1 AND ($2::uuid IS NULL OR b.id = $2) AND ($3::text IS NULL OR b.symbol = $3)
         ORDER BY t.id DESC LIMIT $8"
    );
    let values = [
        user.0.into(),
        filter.bot.into(),
        filter.symbol.clone().into(),
        filter.status.clone().into(),
        filter.from.unwrap_or(i64::MIN).into(),
        filter.to.unwrap_or(i64::MAX).into(),
        before.unwrap_or(Uuid::max()).into(),
        i64::from(limit).into(),
    ];
    sql::rows(conn, &sql, values).await
}
