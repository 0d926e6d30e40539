//! Pausing the bots that a smaller plan leaves no room for. Nothing is ever deleted, nothing resumed.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};
use trading::bot::Command;
use uuid::Uuid;
use views::{billing::DowngradeReason, event::BillingPlanDowngraded};

use super::subscriptions;
use crate::{
    Db, StoreError,
    column::to_json,
    entitlements::{self, DEALS, Entitlements, WORKS},
    entity::subscriptions::{Column, Entity},
    events,
    security_log::{self, Caller, SecurityEvent},
    sql,
    trading::commands,
};

/// Why a bot was paused, as its status says.
pub const REASON: &str = "plan_limit";

/// Users whose bots are due to be paused, the longest due first.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn due(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<UserId>, StoreError> {
    let users: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::UserId)
        .filter(Column::EnforceAt.lte(now))
        .order_by_asc(Column::EnforceAt)
        .limit(u64::from(limit))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(users.into_iter().map(UserId).collect())
}

/// A bot that works.
#[derive(Debug, Clone, Copy, FromQueryResult)]
struct Working {
    id: Uuid,
    deals: i64,
    is_live: bool,
    can_be_paused: bool,
}

/// Those that do not fit, where the oldest stay.
fn beyond(limits: &Entitlements, working: &[Working]) -> Vec<Uuid> {
    let fits = |limit: Option<i32>, count: i64| limit.is_none_or(|limit| count <= i64::from(limit));
    let (mut bots, mut deals) = (0, 0);
    let mut beyond = Vec::new();
    for bot in working {
        let stays = (limits.live_trading || !bot.is_live)
            && fits(limits.max_bots, bots + 1)
            && fits(limits.max_active_deals, deals + bot.deals);
        if stays || !bot.can_be_paused {
            bots += 1;
            deals += bot.deals;
        } else {
            beyond.push(bot.id);
        }
    }
    beyond
}

/// Pauses what a user's plan leaves no room for, if that is due; gives the bots that were told. A second call finds
/// nothing due. The engine is to be woken after it.
///
/// # Errors
/// [`StoreError`] of a statement; nothing was done then.
pub async fn enforce(
    db: &Db,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Option<Vec<Uuid>>, StoreError> {
    let txn = db.begin().await?;
    entitlements::lock(&txn, user).await?;
    let Some(subscription) = subscriptions::lock(&txn, user).await? else {
        return Ok(None);
    };
    if subscription.enforce_at.is_none_or(|at| at > now) {
        return Ok(None);
    }
    let plan = entitlements::plan(&txn, user, now).await?;
    let sql = format!(
        "SELECT b.id, {DEALS}::bigint AS deals, c.venue <> 'paper' AND NOT c.testnet AS is_live,
             b.status <> 'stopping' AS can_be_paused
         FROM bots b JOIN connections c ON c.id = b.connection_id
         WHERE b.user_id = $1 AND {WORKS} ORDER BY b.id FOR UPDATE OF b"
    );
    let working: Vec<Working> = sql::rows(&txn, &sql, [user.0.into()]).await?;
    let paused = beyond(&plan.entitlements, &working);
    for bot in &paused {
        commands::append_because(&txn, now, *bot, Command::Pause, Some(REASON)).await?;
    }
    let is_unpaid = subscription.status.is_unpaid();
    sql::execute(
        &txn,
        "UPDATE subscriptions SET enforce_at = NULL, downgraded_at = CASE WHEN $3 THEN $2 ELSE downgraded_at END,
             updated_at = $2 WHERE user_id = $1",
        [user.0.into(), now.into(), is_unpaid.into()],
    )
    .await?;
    if is_unpaid || !paused.is_empty() {
        let downgraded = BillingPlanDowngraded {
            plan: plan.id,
            reason: if is_unpaid {
                DowngradeReason::PaymentFailed
            } else {
                DowngradeReason::PlanChanged
            },
            paused_bots: paused.len(),
        };
        let logged = SecurityEvent::PlanDowngraded;
        security_log::record(
            &txn,
            Some(user),
            logged,
            &Caller::default(),
            to_json(&downgraded)?,
            now,
        )
        .await?;
        events::append(&txn, now, user, &downgraded.into()).await?;
    }
    txn.commit().await?;
    Ok(Some(paused))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Working, beyond};
    use crate::entitlements::Entitlements;

    fn limits(max_bots: Option<i32>, max_active_deals: Option<i32>) -> Entitlements {
        Entitlements {
            max_bots,
            max_active_deals,
            max_connections: None,
            live_trading: false,
            backtests_per_day: None,
            backtest_candles: None,
        }
    }

    fn bot(id: u128, deals: i64) -> Working {
        Working {
            id: Uuid::from_u128(id),
            deals,
            is_live: false,
            can_be_paused: true,
        }
    }

    fn paused(limits: &Entitlements, working: &[Working]) -> Vec<u128> {
        let beyond = beyond(limits, working);
        beyond.into_iter().map(|id| id.as_u128()).collect()
    }

    #[test]
    fn the_oldest_stay() {
        let three = [bot(1, 1), bot(2, 1), bot(3, 1)];
        assert_eq!(paused(&limits(None, None), &three), [0; 0]);
        assert_eq!(paused(&limits(Some(3), None), &three), [0; 0]);
        assert_eq!(paused(&limits(Some(1), None), &three), [2, 3]);
        assert_eq!(paused(&limits(Some(0), None), &three), [1, 2, 3]);
    }

    #[test]
    fn a_bot_with_many_deals_makes_room_for_a_younger_one_with_few() {
        let working = [bot(1, 1), bot(2, 5), bot(3, 1)];
        assert_eq!(paused(&limits(None, Some(3)), &working), [2]);
        assert_eq!(paused(&limits(Some(1), Some(3)), &working), [2, 3]);
    }

    #[test]
    fn real_money_stops_where_it_is_not_allowed_and_what_is_stopping_runs_out() {
        let live = Working {
            is_live: true,
            ..bot(1, 1)
        };
        let stopping = Working {
            can_be_paused: false,
            ..bot(2, 1)
        };
        let working = [live, stopping, bot(3, 1)];
        assert_eq!(paused(&limits(Some(1), None), &working), [1, 3]);
    }
}
