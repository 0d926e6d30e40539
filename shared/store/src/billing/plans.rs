//! Plans and their prices.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use serde::{Deserialize, Serialize};
use trading::Amount;
use utoipa::ToSchema;

use crate::{
    StoreError, Txn,
    entity::{plan_prices, plans},
    sql,
};

/// The unique key over prices that are on offer.
pub const PRICE_KEY: &str = "plans_stripe_price_id_key";

/// What a plan costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Price {
    /// The amount, in the currency.
    pub amount: Amount,
    /// Of what: three small letters, such as `eur`.
    pub currency: String,
    /// `day`, `week`, `month` or `year`.
    pub interval: String,
    /// Every how many intervals.
    #[schema(minimum = 1)]
    pub interval_count: i32,
}

/// What a plan allows; a limit that is null is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Entitlements {
    /// Bots there may be, and bots that may work at once.
    #[schema(minimum = 0, maximum = 1_000_000_000, required)]
    pub max_bots: Option<i32>,
    /// Deals that the working bots may have open together, by their configurations.
    #[schema(minimum = 0, maximum = 1_000_000_000, required)]
    pub max_active_deals: Option<i32>,
    /// Exchange connections and paper accounts.
    #[schema(minimum = 0, maximum = 1_000_000_000, required)]
    pub max_connections: Option<i32>,
    /// Bots may work with real money.
    pub live_trading: bool,
    /// Backtests begun within 24 hours.
    #[schema(minimum = 0, maximum = 1_000_000_000, required)]
    pub backtests_per_day: Option<i32>,
    /// Candles of one backtest.
    #[schema(minimum = 0, maximum = 1_000_000_000, required)]
    pub backtest_candles: Option<i32>,
}

/// A plan that can be subscribed to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    /// Id of the plan.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Where it stands among the others, smallest first.
    pub position: i32,
    /// Whether it can be subscribed to; who has it keeps it.
    pub is_offered: bool,
    /// Its price at Stripe; none: it cannot be bought.
    pub stripe_price_id: Option<String>,
    /// What it costs, as Stripe said when the price was set.
    pub price: Option<Price>,
    /// What it allows.
    pub entitlements: Entitlements,
    /// Raised by each edit.
    pub version: i32,
    /// When it was made.
    #[serde(with = "platform::time::wire")]
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    #[serde(with = "platform::time::wire")]
    pub updated_at: DateTime<Utc>,
}

impl TryFrom<plans::Model> for Plan {
    type Error = StoreError;

    fn try_from(row: plans::Model) -> Result<Self, StoreError> {
        let price = match (
            row.price,
            row.currency,
            row.billing_interval,
            row.interval_count,
        ) {
            (Some(amount), Some(currency), Some(interval), Some(interval_count)) => Some(Price {
                amount: amount.0,
                currency,
                interval,
                interval_count,
            }),
            (None, ..) => None,
            (Some(_), ..) => return Err(StoreError::broken("plans.price")),
        };
        Ok(Self {
            id: row.id,
            name: row.name,
            description: row.description,
            position: row.position,
            is_offered: row.is_offered,
            stripe_price_id: row.stripe_price_id,
            price,
            entitlements: Entitlements {
                max_bots: row.max_bots,
                max_active_deals: row.max_active_deals,
                max_connections: row.max_connections,
                live_trading: row.live_trading,
                backtests_per_day: row.backtests_per_day,
                backtest_candles: row.backtest_candles,
            },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// What a plan is to be.
#[derive(Debug, Clone)]
pub struct PlanChange {
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Where it stands.
    pub position: i32,
    /// Whether it can be subscribed to.
    pub is_offered: bool,
    /// Its price at Stripe, and what that is.
    pub price: Option<(String, Price)>,
    /// What it allows.
    pub entitlements: Entitlements,
}

/// All plans, in their order.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list(conn: &impl ConnectionTrait) -> Result<Vec<Plan>, StoreError> {
    let rows = plans::Entity::find()
        .order_by_asc(plans::Column::Position)
        .order_by_asc(plans::Column::Id)
        .all(conn)
        .await?;
    rows.into_iter().map(Plan::try_from).collect()
}

/// A plan.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find(conn: &impl ConnectionTrait, id: &str) -> Result<Option<Plan>, StoreError> {
    let row = plans::Entity::find_by_id(id.to_owned()).one(conn).await?;
    row.map(Plan::try_from).transpose()
}

/// The plan that a price belongs or once belonged to.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn of_price(
    conn: &impl ConnectionTrait,
    price: &str,
) -> Result<Option<String>, StoreError> {
    let row = plan_prices::Entity::find_by_id(price.to_owned())
        .one(conn)
        .await?;
    Ok(row.map(|row| row.plan_id))
}

/// Makes a plan, or changes the one that still has `version`; none if it has another one. A new one has version 0.
/// Its earlier prices stay its own. Limits hold from the next check on; an edit pauses nothing.
///
/// # Errors
/// [`StoreError::Conflict`] on [`PRICE_KEY`] where the price is another plan's.
pub async fn put(
    txn: &Txn,
    id: &str,
    version: i32,
    plan: &PlanChange,
    now: DateTime<Utc>,
) -> Result<Option<Plan>, StoreError> {
    let limits = &plan.entitlements;
    let (price_id, price) = plan.price.clone().unzip();
    let price = price.as_ref();
    let values = [
        id.into(),
        version.into(),
        plan.name.clone().into(),
        plan.description.clone().into(),
        plan.position.into(),
        plan.is_offered.into(),
        limits.max_bots.into(),
        limits.max_active_deals.into(),
        limits.max_connections.into(),
        limits.live_trading.into(),
        limits.backtests_per_day.into(),
        limits.backtest_candles.into(),
        price_id.clone().into(),
        price.map(|price| price.amount.to_string()).into(),
        price.map(|price| price.currency.clone()).into(),
        price.map(|price| price.interval.clone()).into(),
        price.map(|price| price.interval_count).into(),
        now.into(),
    ];
    let statement = if version == 0 {
        "INSERT INTO plans (id, version, name, description, position, is_offered, max_bots, max_active_deals,
             max_connections, live_trading, backtests_per_day, backtest_candles, stripe_price_id, price, currency,
             billing_interval, interval_count, created_at, updated_at)
         VALUES ($1, $2 + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::numeric, $15, $16, $17, $18, $18)
         ON CONFLICT (id) DO NOTHING RETURNING *"
    } else {
        "UPDATE plans SET version = version + 1, name = $3, description = $4, position = $5, is_offered = $6,
             max_bots = $7, max_active_deals = $8, max_connections = $9, live_trading = $10, backtests_per_day = $11,
             backtest_candles = $12, stripe_price_id = $13, price = $14::numeric, currency = $15,
             billing_interval = $16, interval_count = $17, updated_at = $18
         WHERE id = $1 AND version = $2 RETURNING *"
    };
    let made: Option<plans::Model> = sql::row(txn, statement, values).await?;
    let Some(made) = made else {
        return Ok(None);
    };
    if let Some(price) = price_id {
        keep_price(txn, id, &price).await?;
    }
    Ok(Some(made.try_into()?))
}

async fn keep_price(txn: &Txn, plan: &str, price: &str) -> Result<(), StoreError> {
    let kept = sql::execute(
        txn,
        "INSERT INTO plan_prices (stripe_price_id, plan_id) VALUES ($1, $2)
         ON CONFLICT (stripe_price_id) DO UPDATE SET plan_id = $2 WHERE plan_prices.plan_id = $2",
        [price.into(), plan.into()],
    )
    .await?;
    // It was another plan's: subscriptions that began with it are still to that one.
    if kept.rows_affected() == 0 {
        return Err(StoreError::Conflict {
            constraint: PRICE_KEY.to_owned(),
        });
    }
    Ok(())
}
