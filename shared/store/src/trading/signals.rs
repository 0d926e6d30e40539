//! Signals from outside: each is stored once, with what became of it, and what they prove themselves with.

use chrono::{DateTime, TimeDelta, Utc};
use platform::{
    Secret,
    ids::UserId,
    vault::{Binding, Vault, VaultError},
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::{Deserialize, Serialize};
use trading::{
    Amount,
    bot::{BotConfig, BotStatus, SignalAmount},
};
use utoipa::ToSchema;
use uuid::Uuid;

pub use super::signal_outcome::SignalOutcome;
use super::{array, bots::NewStatus, commands::CommandOutcome};
use crate::{
    StoreError, Txn,
    column::{self, Text, to_json},
    entity::signals,
    sql,
};

/// For how long a signal with the same key is a repeat.
pub const REPEATS_FOR: TimeDelta = TimeDelta::hours(24);

/// For how long signals are kept.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(30);

/// A signal, as its bot's user sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Signal {
    /// Id of the signal; decisions name it.
    pub id: Uuid,
    /// The order in which it came.
    #[serde(skip)]
    pub position: i64,
    /// What it asked for.
    #[schema(example = "enter_long")]
    pub action: String,
    /// How much it asked for.
    pub amount: Option<SignalAmount>,
    /// How sure its sender is, 0–1.
    pub confidence: Option<Amount>,
    /// What its sender calls it.
    pub signal_id: Option<String>,
    /// When its sender says that it was sent.
    #[serde(with = "platform::time::wire_option")]
    pub sent_at: Option<DateTime<Utc>>,
    /// When it came.
    #[serde(with = "platform::time::wire")]
    pub received_at: DateTime<Utc>,
    /// What became of it.
    pub outcome: SignalOutcome,
    /// Why it had no effect: the code of a decision, or of an error.
    #[schema(example = "signal_too_late")]
    pub reason: Option<String>,
    /// When its outcome was known.
    #[serde(with = "platform::time::wire_option")]
    pub applied_at: Option<DateTime<Utc>>,
}

/// What a signal asks for besides its action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalData {
    /// How much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<SignalAmount>,
    /// How sure its sender is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Amount>,
    /// What its sender calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal_id: Option<String>,
}

impl TryFrom<signals::Model> for Signal {
    type Error = StoreError;

    fn try_from(row: signals::Model) -> Result<Self, StoreError> {
        let data: SignalData = column::json(row.data)?;
        Ok(Self {
            id: row.id,
            position: row.position,
            action: row.action,
            amount: data.amount,
            confidence: data.confidence,
            signal_id: data.signal_id,
            sent_at: row.sent_at,
            received_at: row.received_at,
            outcome: row.outcome.0,
            reason: row.reason,
            applied_at: row.applied_at,
        })
    }
}

/// A signal that came.
#[derive(Debug)]
pub struct NewSignal<'a> {
    /// What it is to be known by.
    pub id: Uuid,
    /// What tells a repeat from another signal.
    pub key: &'a str,
    /// What it asks for.
    pub action: &'a str,
    /// What else it asks for.
    pub data: &'a SignalData,
    /// When its sender says that it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// Why it is refused at once, where it is.
    pub refused: Option<&'a str>,
}

/// A signal that came, or the one that it repeats.
#[derive(Debug)]
pub enum Arrival {
    /// It is stored.
    New(Signal),
    /// It was stored before.
    Repeat(Signal),
}

/// Who a signal to a bot is from, and to what.
#[derive(Debug, Clone)]
pub struct Door {
    /// Whose bot it is.
    pub user: UserId,
    config: serde_json::Value,
    secret: Vec<u8>,
}

impl Door {
    /// What the bot does.
    ///
    /// # Errors
    /// [`StoreError`] where the row holds no configuration.
    pub fn config(&self) -> Result<BotConfig, StoreError> {
        column::json(self.config.clone())
    }

    /// What signals prove themselves with.
    ///
    /// # Errors
    /// [`VaultError`] where it does not open.
    pub fn secret(&self, vault: &Vault, bot: Uuid) -> Result<Secret<Vec<u8>>, VaultError> {
        vault.open(Binding::signals(self.user, bot), &self.secret)
    }
}

/// The door for signals to a bot; none where there is no such bot, or no secret was ever made for it. Only who has the secret
/// may come in: the bot is nobody's until then.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn door(conn: &impl ConnectionTrait, bot: Uuid) -> Result<Option<Door>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        user_id: Uuid,
        config: serde_json::Value,
        signal_secret: Vec<u8>,
    }
    let row: Option<Row> = sql::row(
        conn,
        "SELECT user_id, config, signal_secret FROM bots
         WHERE id = $1 AND deleted_at IS NULL AND signal_secret IS NOT NULL",
        [bot.into()],
    )
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(Door {
        user: UserId(row.user_id),
        config: row.config,
        secret: row.signal_secret,
    }))
}

/// Gives a user's bot another secret for its signals; false where it is not the user's.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn set_secret(
    txn: &Txn,
    vault: &Vault,
    (user, bot): (UserId, Uuid),
    secret: &Secret<Vec<u8>>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let sealed = vault.seal(Binding::signals(user, bot), secret);
    let done = sql::execute(
        txn,
        "UPDATE bots SET signal_secret = $3, updated_at = $4 WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL",
        [user.0.into(), bot.into(), sealed.into(), now.into()],
    )
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Stores a signal to a bot that is held, unless one with the same key came within [`REPEATS_FOR`].
///
/// # Errors
/// [`StoreError::Reference`] if there is no such bot.
pub async fn insert(
    txn: &Txn,
    bot: Uuid,
    new: NewSignal<'_>,
    now: DateTime<Utc>,
) -> Result<Arrival, StoreError> {
    // The key of one that is too old is free again; the row stays, for the log.
    sql::execute(
        txn,
        "UPDATE signals SET signal_key = signal_key || ' ' || id WHERE bot_id = $1 AND signal_key = $2 AND received_at <= $3",
        [bot.into(), new.key.into(), (now - REPEATS_FOR).into()],
    )
    .await?;
    let outcome = match new.refused {
        Some(_) => SignalOutcome::Refused,
        None => SignalOutcome::Accepted,
    };
    let inserted: Option<signals::Model> = sql::row(
        txn,
        "INSERT INTO signals (id, bot_id, signal_key, action, data, sent_at, received_at, outcome, reason, applied_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text, CASE WHEN $9::text IS NULL THEN NULL ELSE $7 END)
         ON CONFLICT (bot_id, signal_key) DO NOTHING RETURNING *",
        [
            new.id.into(),
            bot.into(),
            new.key.into(),
            new.action.into(),
            to_json(new.data)?.into(),
            new.sent_at.into(),
            now.into(),
            Text(outcome).into(),
            new.refused.into(),
        ],
    )
    .await?;
    if let Some(row) = inserted {
        return Ok(Arrival::New(row.try_into()?));
    }
    let before = repeated(txn, (bot, new.key), now).await?;
    Ok(Arrival::Repeat(before.ok_or(StoreError::NotFound)?))
}

/// The signal to a bot that one with this key repeats.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn repeated(
    conn: &impl ConnectionTrait,
    (bot, key): (Uuid, &str),
    now: DateTime<Utc>,
) -> Result<Option<Signal>, StoreError> {
    let row: Option<signals::Model> = sql::row(
        conn,
        "SELECT * FROM signals WHERE bot_id = $1 AND signal_key = $2 AND received_at > $3",
        [bot.into(), key.into(), (now - REPEATS_FOR).into()],
    )
    .await?;
    row.map(Signal::try_from).transpose()
}

/// Signals of a user's bot that came before `position`, the latest first.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list(
    conn: &impl ConnectionTrait,
    (user, bot): (UserId, Uuid),
    position: Option<i64>,
    limit: u32,
) -> Result<Vec<Signal>, StoreError> {
    let rows: Vec<signals::Model> = sql::rows(
        conn,
        "SELECT s.* FROM signals s JOIN bots b ON b.id = s.bot_id
         WHERE b.user_id = $1 AND b.id = $2 AND s.position < $3 ORDER BY s.position DESC LIMIT $4",
        [
            user.0.into(),
            bot.into(),
            position.unwrap_or(i64::MAX).into(),
            i64::from(limit).into(),
        ],
    )
    .await?;
    rows.into_iter().map(Signal::try_from).collect()
}

/// What became of a signal.
#[derive(Debug, Clone, Serialize)]
pub struct SignalResult {
    /// Id of the signal.
    pub id: Uuid,
    /// Why it had no effect; nothing where it had one.
    pub reason: Option<String>,
}

/// Notes what became of signals: what bots said of them, and that of those whose command could not be told. A bot that ended
/// leaves none waiting.
pub(super) async fn settle(
    txn: &Txn,
    results: &[SignalResult],
    commands: &[CommandOutcome],
    statuses: &[NewStatus],
) -> Result<(), StoreError> {
    let untold = commands.iter().filter(|command| command.error.is_some());
    let untold = untold.map(|command| SignalResult {
        id: command.id,
        reason: command.error.clone(),
    });
    let all: Vec<SignalResult> = results.iter().cloned().chain(untold).collect();
    if !all.is_empty() {
        sql::execute(
            txn,
            "UPDATE signals s SET reason = r->>'reason', applied_at = now(),
                 outcome = CASE WHEN r->>'reason' IS NULL THEN 'applied' ELSE 'refused' END
             FROM jsonb_array_elements($1) AS r WHERE s.id = (r->>'id')::uuid AND s.outcome = 'accepted'",
            [array(&all)?],
        )
        .await?;
    }
    let has_ended =
        |status: &&NewStatus| matches!(status.status, BotStatus::Stopped | BotStatus::Error);
    let ended: Vec<Uuid> = statuses
        .iter()
        .filter(has_ended)
        .map(|one| one.bot)
        .collect();
    if !ended.is_empty() {
        sql::execute(
            txn,
            "UPDATE signals s SET outcome = 'refused', reason = 'not_running', applied_at = now()
             WHERE s.bot_id = ANY($1) AND s.outcome = 'accepted' AND NOT EXISTS (
                 SELECT 1 FROM bot_commands w WHERE w.id = s.id AND w.applied_pos IS NULL)",
            [ended.into()],
        )
        .await?;
    }
    Ok(())
}
