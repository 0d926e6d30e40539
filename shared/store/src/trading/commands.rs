//! What people tell their bots. The owner of the shard applies each once, in order, between two inputs.

use chrono::{DateTime, Utc};
use platform::ids::uuid_v7;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use trading::bot::{BotConfig, Command, Signal};
use uuid::Uuid;

use super::array;
use crate::{
    StoreError, Txn,
    column::{self, to_json},
    entity::bot_commands,
    sql,
};

/// A command that waits.
#[derive(Debug, Clone)]
pub struct CommandRow {
    /// Id of the command.
    pub id: Uuid,
    /// Whom it is for.
    pub bot: Uuid,
    /// The command.
    pub command: serde_json::Value,
    /// Why, where the platform gave it.
    pub reason: Option<String>,
    /// When it was given.
    pub created_at: DateTime<Utc>,
}

/// A command that a bot was told, or that nobody could be told.
#[derive(Debug, Clone, Serialize)]
pub struct CommandOutcome {
    /// Id of the command.
    pub id: Uuid,
    /// Points that had been played.
    pub pos: i64,
    /// Why it had no effect.
    pub error: Option<String>,
}

/// Leaves a command for the owner of the bot's shard; gives its id. Wake the engine after the commit.
///
/// # Errors
/// [`StoreError::Reference`] if there is no such bot.
pub async fn append(
    txn: &Txn,
    now: DateTime<Utc>,
    bot: Uuid,
    command: Command,
) -> Result<Uuid, StoreError> {
    append_because(txn, now, bot, command, None).await
}

/// Like [`append`], where the platform gives the command: the status that follows shows the reason.
///
/// # Errors
/// Those of [`append`].
pub async fn append_because(
    txn: &Txn,
    now: DateTime<Utc>,
    bot: Uuid,
    command: Command,
    reason: Option<&'static str>,
) -> Result<Uuid, StoreError> {
    insert(txn, now, (uuid_v7(now), bot), &command, (reason, None)).await
}

/// Like [`append`], for a signal that is stored under this id.
///
/// # Errors
/// Those of [`append`].
pub async fn append_signal(
    txn: &Txn,
    now: DateTime<Utc>,
    (id, bot): (Uuid, Uuid),
    signal: Signal,
) -> Result<(), StoreError> {
    let command = Command::Signal { signal };
    insert(txn, now, (id, bot), &command, (None, None)).await?;
    Ok(())
}

/// Tells a bot that runs to go on with `config`, in the transaction that changes its row. Until the engine has
/// told it, it goes by `before`.
///
/// # Errors
/// Those of [`append`].
pub async fn append_edit(
    txn: &Txn,
    now: DateTime<Utc>,
    bot: Uuid,
    before: &BotConfig,
    config: &BotConfig,
) -> Result<Uuid, StoreError> {
    let before = to_json(before)?;
    let command = Command::Configure {
        config: Box::new(config.clone()),
    };
    insert(
        txn,
        now,
        (uuid_v7(now), bot),
        &command,
        (None, Some(before)),
    )
    .await
}

/// Takes back the edits that still wait for a bot, in the transaction that changes its configuration at rest: told later,
/// they would put an older one in its place.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn forget_edits(txn: &Txn, bot: Uuid) -> Result<(), StoreError> {
    bot_commands::Entity::delete_many()
        .filter(bot_commands::Column::BotId.eq(bot))
        .filter(bot_commands::Column::AppliedPos.is_null())
        .filter(bot_commands::Column::ConfigBefore.is_not_null())
        .exec(txn)
        .await?;
    Ok(())
}

async fn insert(
    txn: &Txn,
    now: DateTime<Utc>,
    (id, bot): (Uuid, Uuid),
    command: &Command,
    (reason, config_before): (Option<&'static str>, Option<serde_json::Value>),
) -> Result<Uuid, StoreError> {
    let command = to_json(command)?;
    // From the row of the bot, which names the connection.
    let done = sql::execute(
        txn,
        "INSERT INTO bot_commands (id, connection_id, bot_id, command, reason, config_before, created_at)
         SELECT $1, connection_id, id, $3, $5, $6, $4 FROM bots WHERE id = $2",
        [
            id.into(),
            bot.into(),
            command.into(),
            now.into(),
            reason.into(),
            config_before.into(),
        ],
    )
    .await?;
    match done.rows_affected() {
        1 => Ok(id),
        _ => Err(StoreError::NotFound),
    }
}

/// The last command that a bot was given.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn last(txn: &Txn, bot: Uuid) -> Result<Option<Command>, StoreError> {
    let row = bot_commands::Entity::find()
        .filter(bot_commands::Column::BotId.eq(bot))
        .order_by_desc(bot_commands::Column::Position)
        .one(txn)
        .await?;
    row.map(|row| column::json(row.command)).transpose()
}

/// Commands of a connection that wait, oldest first.
pub(super) async fn waiting(txn: &Txn, connection: Uuid) -> Result<Vec<CommandRow>, StoreError> {
    let rows = bot_commands::Entity::find()
        .filter(bot_commands::Column::ConnectionId.eq(connection))
        .filter(bot_commands::Column::AppliedPos.is_null())
        .order_by_asc(bot_commands::Column::Position)
        .all(txn)
        .await?;
    let waiting = rows.into_iter().map(|row| CommandRow {
        id: row.id,
        bot: row.bot_id,
        command: row.command,
        reason: row.reason,
        created_at: row.created_at,
    });
    Ok(waiting.collect())
}

/// Notes which commands were applied.
pub(super) async fn settle(txn: &Txn, applied: &[CommandOutcome]) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "UPDATE bot_commands c SET applied_pos = (r->>'pos')::bigint, error = r->>'error', applied_at = now()
         FROM jsonb_array_elements($1) AS r WHERE c.id = (r->>'id')::uuid",
        [array(applied)?],
    )
    .await?;
    Ok(())
}
