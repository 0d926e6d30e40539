//! Answers of writes, kept so that a repeated request is answered and not done again.

use chrono::{DateTime, Duration, Utc};
use platform::ids::UserId;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

use crate::{StoreError, Txn, entity::idempotency_keys, sql};

/// How long an answer is kept.
pub const KEPT: Duration = Duration::hours(24);

/// What a key belongs to.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The caller; none for anonymous ones.
    pub user: Option<UserId>,
    /// Method and path template of the write.
    pub route: &'static str,
    /// The caller's key.
    pub key: String,
    /// Keyed hash of the body. Keyed, because a body may hold a password.
    pub body_hash: Vec<u8>,
}

/// What is known of a key.
#[derive(Debug)]
pub enum Known {
    /// Nothing.
    No,
    /// It was used with another body.
    OtherBody,
    /// This was answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body, without secrets.
        answer: Value,
    },
}

impl Scope {
    fn user_id(&self) -> Uuid {
        self.user.map_or(Uuid::nil(), Into::into)
    }

    /// Takes this key for the rest of the transaction. False: another transaction has it.
    ///
    /// # Errors
    /// [`StoreError`] of the query.
    pub async fn try_lock(&self, txn: &Txn) -> Result<bool, StoreError> {
        let locked = sql::value(
            txn,
            "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))",
            [format!("idempotency:{}:{}:{}", self.user_id(), self.route, self.key).into()],
        )
        .await?;
        Ok(locked.unwrap_or(false))
    }

    /// What is known of this key at `now`.
    ///
    /// # Errors
    /// [`StoreError`] of the query.
    pub async fn find(
        &self,
        conn: &impl ConnectionTrait,
        now: DateTime<Utc>,
    ) -> Result<Known, StoreError> {
        let row = idempotency_keys::Entity::find_by_id((
            self.user_id(),
            self.route.to_owned(),
            self.key.clone(),
        ))
        .filter(idempotency_keys::Column::CreatedAt.gt(now - KEPT))
        .one(conn)
        .await?;
        Ok(match row {
            None => Known::No,
            Some(row) if row.body_hash != self.body_hash => Known::OtherBody,
            Some(row) => Known::Answered {
                status: u16::try_from(row.status)
                    .map_err(|_| StoreError::broken("idempotency_keys.status"))?,
                answer: row.answer,
            },
        })
    }

    /// Keeps the answer, in the transaction of the effect. Replaces one that is older than [`KEPT`].
    ///
    /// # Errors
    /// [`StoreError`] of the insert.
    pub async fn keep(
        &self,
        txn: &Txn,
        status: u16,
        answer: Value,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        idempotency_keys::Entity::delete_many()
            .filter(idempotency_keys::Column::UserId.eq(self.user_id()))
            .filter(idempotency_keys::Column::Route.eq(self.route))
            .filter(idempotency_keys::Column::Key.eq(self.key.as_str()))
            .exec(txn)
            .await?;
        let row = idempotency_keys::ActiveModel {
            user_id: Set(self.user_id()),
            route: Set(self.route.to_owned()),
            key: Set(self.key.clone()),
            body_hash: Set(self.body_hash.clone()),
            status: Set(status.into()),
            answer: Set(answer),
            created_at: Set(now),
        };
        idempotency_keys::Entity::insert(row)
            .exec_without_returning(txn)
            .await?;
        Ok(())
    }
}
