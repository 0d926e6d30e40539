//! What people tell their bots. The owner of the shard applies each once, in order, between two inputs.

use chrono::{DateTime, Utc};
use platform::ids::uuid_v7;
use trading::bot::{BotConfig, Command};
use uuid::Uuid;

use super::{json, rows};
use crate::{StoreError, Txn, sql};

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
    insert(txn, now, bot, &command, (reason, None)).await
}

/// Tells a bot that runs to open later deals by `config`, in the transaction that changes its row. Until the engine has
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
    let before = serde_json::to_value(before).map_err(|error| json(&error))?;
    let command = Command::Configure {
        config: Box::new(config.clone()),
    };
    insert(txn, now, bot, &command, (None, Some(before))).await
}

async fn insert(
    txn: &Txn,
    now: DateTime<Utc>,
    bot: Uuid,
    command: &Command,
    (reason, config_before): (Option<&'static str>, Option<serde_json::Value>),
) -> Result<Uuid, StoreError> {
    let id = uuid_v7(now);
    let command = serde_json::to_value(command).map_err(|error| json(&error))?;
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
    let found = rows(
        txn,
        "SELECT command AS row FROM bot_commands WHERE bot_id = $1 ORDER BY position DESC LIMIT 1",
        [bot.into()],
    )
    .await?;
    Ok(found.into_iter().next())
}
