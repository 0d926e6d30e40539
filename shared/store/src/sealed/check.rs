//! Whether the configured keys are those of this database.

use platform::vault::{CheckedKey, KeyId, Vault, VaultError};
use sea_orm::ConnectionTrait;
use serde_json::Value;

use super::SEALED;
use crate::{Db, StoreError, settings, sql};

/// The setting that holds the vault's check value.
pub const CHECK: &str = "vault_check";

/// Why a process must not work with the keys that it has.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Neither the current nor a previous key is the one that the check value was made with.
    #[error(
        "the keys do not belong to this database: ENCRYPTION_KEY must be the key that it was first started with, or \
         that key must be in ENCRYPTION_KEYS_PREVIOUS until `api vault rotate` is done"
    )]
    Wrong(#[source] VaultError),
    /// Values need a key that was taken away.
    #[error(
        "{values} of {column} need the key {key}, which is neither ENCRYPTION_KEY nor in ENCRYPTION_KEYS_PREVIOUS: \
         give it back and run `api vault rotate`"
    )]
    Missing {
        /// Where they are.
        column: String,
        /// The key.
        key: KeyId,
        /// How many.
        values: i64,
    },
    /// A value names no key.
    #[error("{column} of {row} is damaged: it names no key")]
    Damaged {
        /// Where it is.
        column: String,
        /// The primary key of its row.
        row: String,
        /// What is wrong with it.
        source: VaultError,
    },
    /// The database was not to be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Refuses keys that cannot open what is stored. The first process ever writes the check value.
///
/// # Errors
/// [`KeyError`]
pub async fn verify(db: &Db, vault: &Vault) -> Result<CheckedKey, KeyError> {
    let stored = settings::get(db.conn(), CHECK).await?;
    if let Some(value) = &stored {
        check(vault, value)?;
    }
    for column in SEALED {
        for count in column.keys(db.conn()).await?.into_values() {
            if !vault.knows(count.key) {
                return Err(KeyError::Missing {
                    column: column.name(),
                    key: count.key,
                    values: count.values,
                });
            }
        }
    }
    if let Some(value) = &stored {
        return check(vault, value);
    }
    // Of two processes that are the first, one writes; both then read what it wrote.
    sql::execute(
        db.conn(),
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        [CHECK.into(), Value::from(vault.check_value()).into()],
    )
    .await?;
    let stored = settings::get(db.conn(), CHECK).await?;
    check(vault, &stored.unwrap_or_default())
}

fn check(vault: &Vault, stored: &Value) -> Result<CheckedKey, KeyError> {
    let text = stored.as_str().unwrap_or_default();
    vault.verify_check_value(text).map_err(KeyError::Wrong)
}

/// Says that everything is sealed under the current key, if it is.
///
/// # Errors
/// [`KeyError`]
pub async fn finish(conn: &impl ConnectionTrait, vault: &Vault) -> Result<bool, KeyError> {
    for column in SEALED {
        let keys = column.keys(conn).await?;
        if keys.values().any(|count| count.key != vault.key_id()) {
            return Ok(false);
        }
    }
    sql::execute(
        conn,
        "INSERT INTO settings (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = now()",
        [CHECK.into(), Value::from(vault.check_value()).into()],
    )
    .await?;
    Ok(true)
}
