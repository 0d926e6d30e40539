//! Who is which customer at Stripe, and what it says of their subscription.
//!
//! Webhooks come in any order, so none is believed beyond "something changed": Stripe is asked for the state as it is
//! now. Questions are numbered before they are asked, and an answer is written only if no later question has been
//! answered. An answer that is dropped was asked for before one that is kept, so that one has seen the same change.

use chrono::{DateTime, TimeDelta, Utc};
use platform::ids::UserId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
pub use views::billing::SubscriptionStatus;

use super::FREE;
use crate::{StoreError, Txn, column::Text, entity::subscriptions, sql};

/// A user's subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The user at Stripe.
    pub stripe_customer_id: String,
    /// The subscription at Stripe.
    pub stripe_subscription_id: Option<String>,
    /// To which plan; none also where its price is no plan's.
    pub plan_id: Option<String>,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// Until when it is paid for.
    pub current_period_end: Option<DateTime<Utc>>,
    /// It ends then.
    pub cancel_at_period_end: bool,
    /// Since when it is owed for.
    pub unpaid_since: Option<DateTime<Utc>>,
    /// Until when it gives its plan nevertheless.
    pub grace_until: Option<DateTime<Utc>>,
    /// When bots beyond the plan are to be paused; none once they are.
    pub enforce_at: Option<DateTime<Utc>>,
    /// When that was done for want of payment.
    pub downgraded_at: Option<DateTime<Utc>>,
    /// Number of the newest answer of Stripe that is in here.
    pub answered: i64,
}

/// What Stripe says of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Which.
    pub stripe_subscription_id: String,
    /// To which plan, by its price.
    pub plan_id: Option<String>,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// Until when it is paid for.
    pub current_period_end: Option<DateTime<Utc>>,
    /// It ends then.
    pub cancel_at_period_end: bool,
    /// Since when its newest invoice is open.
    pub unpaid_since: Option<DateTime<Utc>>,
}

impl Subscription {
    /// The plan that it gives at `now`.
    pub fn effective_plan(&self, now: DateTime<Utc>) -> &str {
        let in_grace = self.status.is_unpaid() && self.grace_until.is_some_and(|until| until > now);
        match &self.plan_id {
            Some(plan) if self.status.is_good() || in_grace => plan,
            _ => FREE,
        }
    }

    /// What becomes of it when Stripe tells this. Depends on nothing but what is told, where it stood, and the time.
    #[must_use]
    pub fn after(&self, told: Option<&Told>, grace: TimeDelta, now: DateTime<Utc>) -> Self {
        let Some(told) = told else {
            return Self {
                stripe_customer_id: self.stripe_customer_id.clone(),
                stripe_subscription_id: None,
                plan_id: None,
                status: SubscriptionStatus::None,
                current_period_end: None,
                cancel_at_period_end: false,
                unpaid_since: None,
                grace_until: None,
                enforce_at: self.pending(FREE, now),
                downgraded_at: self.downgraded_at,
                answered: self.answered,
            };
        };
        let is_same = self.stripe_subscription_id.as_ref() == Some(&told.stripe_subscription_id);
        let before = self.unpaid_since.filter(|_| is_same);
        let unpaid_since = told.status.is_unpaid().then(|| {
            let told = told.unpaid_since.unwrap_or(now);
            before.map_or(told, |before| before.min(told))
        });
        let mut after = Self {
            stripe_customer_id: self.stripe_customer_id.clone(),
            stripe_subscription_id: Some(told.stripe_subscription_id.clone()),
            plan_id: told.plan_id.clone(),
            status: told.status,
            current_period_end: told.current_period_end,
            cancel_at_period_end: told.cancel_at_period_end,
            unpaid_since,
            grace_until: unpaid_since.map(|since| since + grace),
            enforce_at: None,
            downgraded_at: self.downgraded_at.filter(|_| !told.status.is_good()),
            answered: self.answered,
        };
        after.enforce_at = if unpaid_since.is_some() {
            after.grace_until.filter(|_| after.downgraded_at.is_none())
        } else {
            self.pending(after.effective_plan(now), now)
        };
        after
    }

    /// When bots are to be paused as the plan becomes `plan`: at once if it is another one, else as was to be.
    fn pending(&self, plan: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.effective_plan(now) == plan {
            self.enforce_at.filter(|_| !self.status.is_unpaid())
        } else {
            Some(now)
        }
    }
}

impl From<subscriptions::Model> for Subscription {
    fn from(row: subscriptions::Model) -> Self {
        Self {
            stripe_customer_id: row.stripe_customer_id,
            stripe_subscription_id: row.stripe_subscription_id,
            plan_id: row.plan_id,
            status: row.status.0,
            current_period_end: row.current_period_end,
            cancel_at_period_end: row.cancel_at_period_end,
            unpaid_since: row.unpaid_since,
            grace_until: row.grace_until,
            enforce_at: row.enforce_at,
            downgraded_at: row.downgraded_at,
            answered: row.answered,
        }
    }
}

/// A user's subscription; none for who never went to the checkout.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn find(
    conn: &impl ConnectionTrait,
    user: UserId,
) -> Result<Option<Subscription>, StoreError> {
    let row = subscriptions::Entity::find_by_id(user.0).one(conn).await?;
    Ok(row.map(Subscription::from))
}

/// A user's subscription, held until the end of the transaction.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn lock(txn: &Txn, user: UserId) -> Result<Option<Subscription>, StoreError> {
    let row = subscriptions::Entity::find_by_id(user.0)
        .lock_exclusive()
        .one(txn)
        .await?;
    Ok(row.map(Subscription::from))
}

/// Which user is this customer.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn owner(
    conn: &impl ConnectionTrait,
    customer: &str,
) -> Result<Option<UserId>, StoreError> {
    let row = subscriptions::Entity::find()
        .filter(subscriptions::Column::StripeCustomerId.eq(customer))
        .one(conn)
        .await?;
    Ok(row.map(|row| UserId(row.user_id)))
}

/// Notes which customer a user is, unless that is known; gives the one that is known then.
///
/// # Errors
/// [`StoreError::NotFound`] where the customer is another user.
pub async fn link(
    conn: &impl ConnectionTrait,
    user: UserId,
    customer: &str,
    now: DateTime<Utc>,
) -> Result<String, StoreError> {
    // Without a conflict target, for any unique index: of several inserts at once, one that names the user's index can
    // still fail on the customer's, because PostgreSQL looks for conflicts in the named index alone.
    sql::execute(
        conn,
        "INSERT INTO subscriptions (user_id, stripe_customer_id, created_at, updated_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT DO NOTHING",
        [user.0.into(), customer.into(), now.into()],
    )
    .await?;
    let known = find(conn, user).await?.ok_or(StoreError::NotFound)?;
    Ok(known.stripe_customer_id)
}

/// Numbers a question to Stripe about this user. Call it before asking, not in a transaction.
///
/// # Errors
/// [`StoreError::NotFound`] where the user is no customer.
pub async fn ask(conn: &impl ConnectionTrait, user: UserId) -> Result<i64, StoreError> {
    sql::value(
        conn,
        "UPDATE subscriptions SET asked = asked + 1 WHERE user_id = $1 RETURNING asked",
        [user.0.into()],
    )
    .await?
    .ok_or(StoreError::NotFound)
}

/// Writes where a subscription stands, as the answer to the question with this number.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn write(
    txn: &Txn,
    user: UserId,
    question: i64,
    row: &Subscription,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = subscriptions::ActiveModel {
        stripe_subscription_id: Set(row.stripe_subscription_id.clone()),
        plan_id: Set(row.plan_id.clone()),
        status: Set(Text(row.status)),
        current_period_end: Set(row.current_period_end),
        cancel_at_period_end: Set(row.cancel_at_period_end),
        unpaid_since: Set(row.unpaid_since),
        grace_until: Set(row.grace_until),
        enforce_at: Set(row.enforce_at),
        downgraded_at: Set(row.downgraded_at),
        answered: Set(question),
        updated_at: Set(now),
        ..Default::default()
    };
    subscriptions::Entity::update_many()
        .set(row)
        .filter(subscriptions::Column::UserId.eq(user.0))
        .exec(txn)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::{Subscription, SubscriptionStatus, Told};
    use crate::billing::FREE;

    const GRACE: TimeDelta = TimeDelta::days(7);

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default() + TimeDelta::days(day)
    }

    fn told(status: SubscriptionStatus, plan: &str) -> Told {
        Told {
            stripe_subscription_id: "sub_1".to_owned(),
            plan_id: Some(plan.to_owned()),
            status,
            current_period_end: Some(day(30)),
            cancel_at_period_end: false,
            unpaid_since: status.is_unpaid().then(|| day(0)),
        }
    }

    fn nothing() -> Subscription {
        Subscription {
            stripe_customer_id: "cus_1".to_owned(),
            stripe_subscription_id: None,
            plan_id: None,
            status: SubscriptionStatus::None,
            current_period_end: None,
            cancel_at_period_end: false,
            unpaid_since: None,
            grace_until: None,
            enforce_at: None,
            downgraded_at: None,
            answered: 0,
        }
    }

    fn paid(plan: &str) -> Subscription {
        let row = nothing().after(Some(&told(SubscriptionStatus::Active, plan)), GRACE, day(0));
        Subscription {
            enforce_at: None,
            ..row
        }
    }

    #[test]
    fn another_plan_is_enforced_at_once_and_the_same_one_never() {
        let first = nothing().after(
            Some(&told(SubscriptionStatus::Active, "pro")),
            GRACE,
            day(0),
        );
        assert_eq!(first.effective_plan(day(0)), "pro");
        assert_eq!(first.enforce_at, Some(day(0)));
        let same = paid("pro").after(
            Some(&told(SubscriptionStatus::Active, "pro")),
            GRACE,
            day(1),
        );
        assert_eq!(same.enforce_at, None);
        let smaller = paid("pro").after(
            Some(&told(SubscriptionStatus::Active, "starter")),
            GRACE,
            day(1),
        );
        assert_eq!(smaller.enforce_at, Some(day(1)));
        for ended in [Some(told(SubscriptionStatus::Canceled, "pro")), None] {
            let ended = paid("pro").after(ended.as_ref(), GRACE, day(1));
            assert_eq!(ended.effective_plan(day(1)), FREE);
            assert_eq!(ended.enforce_at, Some(day(1)));
            // Told again before it was done, it is still to be done.
            let again = ended.after(
                Some(&told(SubscriptionStatus::Canceled, "pro")),
                GRACE,
                day(2),
            );
            assert_eq!(again.enforce_at, Some(day(1)));
        }
    }

    #[test]
    fn grace_runs_from_the_first_failure_and_ends_once() {
        let late = told(SubscriptionStatus::PastDue, "pro");
        let owed = paid("pro").after(Some(&late), GRACE, day(0));
        assert_eq!(owed.grace_until, Some(day(7)));
        assert_eq!(owed.enforce_at, Some(day(7)));
        assert_eq!(owed.effective_plan(day(6)), "pro");
        assert_eq!(owed.effective_plan(day(7)), FREE);

        let newer = Told {
            unpaid_since: Some(day(5)),
            ..told(SubscriptionStatus::Unpaid, "pro")
        };
        let still = owed.after(Some(&newer), GRACE, day(5));
        assert_eq!(still.grace_until, Some(day(7)));
        // Whichever was told first.
        let other = paid("pro").after(Some(&newer), GRACE, day(5));
        assert_eq!(
            other.after(Some(&late), GRACE, day(6)).grace_until,
            Some(day(7))
        );

        let downgraded = Subscription {
            enforce_at: None,
            downgraded_at: Some(day(7)),
            ..still
        };
        let told_again = downgraded.after(Some(&newer), GRACE, day(8));
        assert_eq!(told_again.enforce_at, None);
        let good = told(SubscriptionStatus::Active, "pro");
        let settled = downgraded.after(Some(&good), GRACE, day(9));
        assert_eq!(settled.effective_plan(day(9)), "pro");
        assert_eq!((settled.grace_until, settled.downgraded_at), (None, None));
        let in_time = owed.after(Some(&good), GRACE, day(3));
        assert_eq!(in_time.enforce_at, None);
    }

    #[test]
    fn another_subscription_has_a_grace_of_its_own() {
        let late = told(SubscriptionStatus::PastDue, "pro");
        let owed = paid("pro").after(Some(&late), GRACE, day(0));
        let other = Told {
            stripe_subscription_id: "sub_2".to_owned(),
            unpaid_since: Some(day(20)),
            ..late
        };
        let other = owed.after(Some(&other), GRACE, day(20));
        assert_eq!(other.grace_until, Some(day(27)));
    }
}
