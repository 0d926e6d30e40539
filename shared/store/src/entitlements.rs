//! What a user's plan allows, and whether one more fits: the one place that decides.
//!
//! Checks run in the transaction of what they allow, behind a lock of the user's own, so that of two requests for the
//! last place one is refused. Counting without that lock would let both through.

use chrono::{DateTime, TimeDelta, Utc};
use platform::ids::UserId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use crate::billing::plans::Entitlements;
use crate::{
    StoreError, Txn,
    billing::{FREE, plans, plans::Plan, subscriptions},
    sql,
};

/// One of the things that a plan allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Entitlement {
    /// Bots.
    MaxBots,
    /// Deals.
    MaxActiveDeals,
    /// Connections.
    MaxConnections,
    /// Real money.
    LiveTrading,
    /// Backtests of a day.
    BacktestsPerDay,
    /// Candles of a backtest.
    BacktestCandles,
}

/// What a user asks to have or to do, which their plan may limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntitlementRequest {
    /// A bot, as a draft.
    Bot,
    /// To let this bot of theirs work.
    Work(Uuid),
    /// So many deals more of a bot that works.
    Deals(i64),
    /// A connection.
    Connection,
    /// To trade real money.
    Live,
    /// A backtest or a search over so many candles, if that is known beforehand.
    Backtest(Option<u32>),
}

/// Why it cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// What there is too little of.
    pub entitlement: Entitlement,
    /// How much the plan allows.
    pub limit: i64,
    /// How much there is.
    pub current: i64,
}

/// What a user has of what is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema, FromQueryResult)]
pub struct Usage {
    /// How many bots there are.
    #[schema(minimum = 0)]
    pub bots: i64,
    /// Bots that work: neither at rest nor paused.
    #[schema(minimum = 0)]
    pub working_bots: i64,
    /// Deals that those may have open together.
    #[schema(minimum = 0)]
    pub active_deals: i64,
    /// How many connections there are.
    #[schema(minimum = 0)]
    pub connections: i64,
}

/// A bot works unless it rests or is paused; one that has been told to go on counts already.
pub(crate) const WORKS: &str =
    "(b.status NOT IN ('draft', 'stopped', 'error', 'paused') OR b.status = 'paused' AND EXISTS (
    SELECT 1 FROM bot_commands w
    WHERE w.bot_id = b.id AND w.applied_pos IS NULL
        AND (w.command->>'command' = 'resume' OR w.command->'signal'->>'action' = 'enable')))";

/// Deals that a bot may have open at once.
pub(crate) const DEALS: &str = "coalesce((b.config->>'max_active_deals')::int, 1)";

/// The plan that holds for a user at `now`.
///
/// # Errors
/// [`StoreError::NotFound`] without a free plan, or any of a query.
pub async fn plan(
    conn: &impl ConnectionTrait,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Plan, StoreError> {
    let subscription = subscriptions::find(conn, user).await?;
    let id = subscription
        .as_ref()
        .map_or(FREE, |subscription| subscription.effective_plan(now));
    plans::find(conn, id).await?.ok_or(StoreError::NotFound)
}

/// What a user has.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn usage(conn: &impl ConnectionTrait, user: UserId) -> Result<Usage, StoreError> {
    let sql = format!(
        "SELECT count(*) AS bots, count(*) FILTER (WHERE {WORKS}) AS working_bots,
             coalesce(sum({DEALS}) FILTER (WHERE {WORKS}), 0) AS active_deals,
             (SELECT count(*) FROM connections c WHERE c.user_id = $1 AND c.deleted_at IS NULL) AS connections
         FROM bots b WHERE b.user_id = $1 AND b.deleted_at IS NULL"
    );
    sql::row(conn, &sql, [user.0.into()])
        .await?
        .ok_or(StoreError::NotFound)
}

/// Keeps everybody else from counting or adding to what this user has, until the end of the transaction. Take it before
/// any lock of a bot.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn lock(txn: &Txn, user: UserId) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        [format!("entitlements:{user}").into()],
    )
    .await?;
    Ok(())
}

/// Whether a user may have what they want, in the transaction that gives it to them. Holds [`lock`] from here on.
///
/// # Errors
/// [`StoreError`] of a statement.
pub async fn admit(
    txn: &Txn,
    user: UserId,
    want: EntitlementRequest,
    now: DateTime<Utc>,
) -> Result<Result<(), Exceeded>, StoreError> {
    lock(txn, user).await?;
    let limits = plan(txn, user, now).await?.entitlements;
    let usage = usage(txn, user).await?;
    Ok(match want {
        EntitlementRequest::Bot => within(Entitlement::MaxBots, limits.max_bots, usage.bots, 1),
        EntitlementRequest::Connection => within(
            Entitlement::MaxConnections,
            limits.max_connections,
            usage.connections,
            1,
        ),
        EntitlementRequest::Deals(more) => within(
            Entitlement::MaxActiveDeals,
            limits.max_active_deals,
            usage.active_deals,
            more,
        ),
        EntitlementRequest::Live => live(&limits),
        EntitlementRequest::Backtest(candles) => {
            let begun = begun_backtests(txn, user, now - TimeDelta::hours(24)).await?;
            let most = Entitlement::BacktestCandles;
            within(
                most,
                limits.backtest_candles,
                candles.map_or(0, i64::from),
                0,
            )
            .and_then(|()| {
                let a_day = Entitlement::BacktestsPerDay;
                within(a_day, limits.backtests_per_day, begun, 1)
            })
        }
        EntitlementRequest::Work(bot) => match work(txn, user, bot).await? {
            Some(bot) => may_work(&limits, usage, bot),
            // There is no such bot: for whoever looks for it to say.
            None => Ok(()),
        },
    })
}

/// A bot that is to work.
#[derive(Debug, Clone, Copy, FromQueryResult)]
struct Work {
    deals: i64,
    is_live: bool,
    works: bool,
}

async fn work(txn: &Txn, user: UserId, bot: Uuid) -> Result<Option<Work>, StoreError> {
    let sql = format!(
        "SELECT {DEALS}::bigint AS deals, {WORKS} AS works, c.venue <> 'paper' AND NOT c.testnet AS is_live
         FROM bots b JOIN connections c ON c.id = b.connection_id WHERE b.user_id = $1 AND b.id = $2"
    );
    sql::row(txn, &sql, [user.0.into(), bot.into()]).await
}

/// By the log of events: a backtest that was deleted has been begun nevertheless.
async fn begun_backtests(txn: &Txn, user: UserId, since: DateTime<Utc>) -> Result<i64, StoreError> {
    sql::value(
        txn,
        "SELECT count(*) FROM events
         WHERE user_id = $1 AND type = 'backtest.created' AND created_at > $2",
        [user.0.into(), since.into()],
    )
    .await?
    .ok_or(StoreError::NotFound)
}

fn live(limits: &Entitlements) -> Result<(), Exceeded> {
    if limits.live_trading {
        return Ok(());
    }
    Err(Exceeded {
        entitlement: Entitlement::LiveTrading,
        limit: 0,
        current: 0,
    })
}

fn may_work(limits: &Entitlements, usage: Usage, bot: Work) -> Result<(), Exceeded> {
    if bot.is_live {
        live(limits)?;
    }
    if bot.works {
        return Ok(());
    }
    within(Entitlement::MaxBots, limits.max_bots, usage.working_bots, 1)?;
    within(
        Entitlement::MaxActiveDeals,
        limits.max_active_deals,
        usage.active_deals,
        bot.deals,
    )
}

/// Whether `more` fit beside what there is.
fn within(
    entitlement: Entitlement,
    limit: Option<i32>,
    current: i64,
    more: i64,
) -> Result<(), Exceeded> {
    match limit.map(i64::from) {
        Some(limit) if current + more > limit => Err(Exceeded {
            entitlement,
            limit,
            current,
        }),
        Some(_) | None => Ok(()),
    }
}
